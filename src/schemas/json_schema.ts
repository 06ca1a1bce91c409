/**
 * The registry as JSON Schema, draft 2020-12: of the whole structured event, or of its data alone.
 *
 * @module
 */
import { type AttributeSpec, envelopeOf, type EventDefinition, requiredAttributes } from "../events/definition.ts";
import type { FieldSpec } from "../events/fields.ts";

/** The dialect, as `$schema` has it. */
export const JSON_SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema";

/** A JSON Schema, or a part of one. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/**
 * The schema of the events of these types. Other extension attributes may stand beside the known ones, as CloudEvents
 * allows; the data has its fields and no other.
 */
export function jsonSchema(types: readonly EventDefinition[]): JsonSchema {
  const [only, ...others] = types;
  if (only !== undefined && others.length === 0) return { $schema: JSON_SCHEMA_DIALECT, ...eventSchema(only) };
  return {
    $schema: JSON_SCHEMA_DIALECT,
    title: "Events of the Bluesky firehose",
    oneOf: types.map(({ type }) => ({ $ref: `#/$defs/${type}` })),
    $defs: Object.fromEntries(types.map((each) => [each.type, eventSchema(each)])),
  };
}

/** The schema of the data of one type, with its dialect. */
export function dataJsonSchema(definition: EventDefinition): JsonSchema {
  return { $schema: JSON_SCHEMA_DIALECT, title: definition.type, ...dataSchema(definition) };
}

function eventSchema(definition: EventDefinition): JsonSchema {
  const { type, doc } = definition;
  const envelope = envelopeOf(definition);
  const attributes = Object.entries(envelope).map(([name, spec]) => [
    name,
    attributeSchema(name === "type" ? { ...spec, values: [type] } : spec),
  ]);
  return {
    title: type,
    description: doc,
    type: "object",
    required: [...requiredAttributes(definition), "data"],
    properties: { ...Object.fromEntries(attributes), data: dataSchema(definition) },
    propertyNames: { pattern: "^[a-z0-9]+$" },
    additionalProperties: { type: ["string", "integer", "boolean", "null"] },
  };
}

function attributeSchema({ type, values, doc }: AttributeSpec): JsonSchema {
  const [first, ...others] = values ?? [];
  if (first !== undefined) {
    return { description: doc, ...(others.length === 0 ? { const: first } : { enum: values }) };
  }
  if (type === "integer") return { description: doc, type, minimum: 1 };
  const format = { string: {}, uri: { format: "uri" }, timestamp: { format: "date-time" } }[type];
  return { description: doc, type: "string", minLength: 1, ...format };
}

function dataSchema({ doc, fields }: EventDefinition): JsonSchema {
  return {
    description: doc,
    type: "object",
    required: Object.entries(fields).filter(([, { isOptional }]) => isOptional !== true).map(([name]) => name),
    properties: Object.fromEntries(Object.entries(fields).map(([name, spec]) => [name, fieldSchema(spec)])),
    additionalProperties: false,
  };
}

function fieldSchema({ type, nullable, doc }: FieldSpec): JsonSchema {
  const base = type === "string[]" ? "array" : type;
  const items = { items: { type: "string" } };
  const rest = { "string": {}, "integer": { minimum: 0 }, "boolean": {}, "string[]": items, "object": {} }[type];
  return { description: doc, type: nullable ? [base, "null"] : base, ...rest };
}
