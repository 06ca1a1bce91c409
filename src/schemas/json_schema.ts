/**
 * The catalogue as JSON Schema, draft 2020-12: of the whole structured event, or of its data alone.
 *
 * @module
 */
import {
  type AttributeSpec,
  envelopeOf,
  EVENT_TYPES,
  type EventType,
  type FieldSpec,
  specOf,
} from "../events/schema.ts";

/** The dialect, as `$schema` has it. */
export const JSON_SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema";

/** A JSON Schema, or a part of one. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/**
 * The schema of the events of these types. Other extension attributes may stand beside the known ones, as CloudEvents
 * allows; the data has its fields and no other.
 */
export function jsonSchema(types: readonly EventType[]): JsonSchema {
  const [only, ...others] = types;
  if (only !== undefined && others.length === 0) return { $schema: JSON_SCHEMA_DIALECT, ...eventSchema(only) };
  return {
    $schema: JSON_SCHEMA_DIALECT,
    title: "Events of the Bluesky firehose",
    oneOf: types.map((type) => ({ $ref: `#/$defs/${type}` })),
    $defs: Object.fromEntries(types.map((type) => [type, eventSchema(type)])),
  };
}

/** The schema of the data of one type, with its dialect. */
export function dataJsonSchema(type: EventType): JsonSchema {
  return { $schema: JSON_SCHEMA_DIALECT, title: type, ...dataSchema(type) };
}

function eventSchema(type: EventType): JsonSchema {
  const attributes = Object.entries(envelopeOf(type)).map(([name, spec]) => [
    name,
    attributeSchema(name === "type" ? { ...spec, values: [type] } : spec),
  ]);
  return {
    title: type,
    description: EVENT_TYPES[type].doc,
    type: "object",
    required: [...Object.keys(envelopeOf(type)), "data"],
    properties: { ...Object.fromEntries(attributes), data: dataSchema(type) },
    propertyNames: { pattern: "^[a-z0-9]+$" },
    additionalProperties: { type: ["string", "integer", "boolean", "null"] },
  };
}

function attributeSchema({ type, values, doc }: AttributeSpec): JsonSchema {
  const [first, ...others] = values ?? [];
  if (first !== undefined) {
    return { description: doc, ...(others.length === 0 ? { const: first } : { enum: values }) };
  }
  const format = { string: {}, uri: { format: "uri" }, timestamp: { format: "date-time" } }[type];
  return { description: doc, type: "string", minLength: 1, ...format };
}

function dataSchema(type: EventType): JsonSchema {
  const { doc, fields } = specOf(type);
  return {
    description: doc,
    type: "object",
    required: Object.keys(fields),
    properties: Object.fromEntries(Object.entries(fields).map(([name, spec]) => [name, fieldSchema(spec)])),
    additionalProperties: false,
  };
}

function fieldSchema({ type, nullable, doc }: FieldSpec): JsonSchema {
  const base = type === "string[]" ? "array" : type;
  const rest = { "string": {}, "integer": { minimum: 0 }, "string[]": { items: { type: "string" } } }[type];
  return { description: doc, type: nullable ? [base, "null"] : base, ...rest };
}
