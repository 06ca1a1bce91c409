/**
 * Events against the JSON Schema of their type.
 *
 * @module
 */
import { Ajv2020, type ValidateFunction } from "ajv/2020";
import formats from "ajv-formats";
import { jsonSchema } from "../../src/events/forms/json_schema.ts";
import { EVENT_TYPES, type EventType, TYPES } from "../../src/events/schema.ts";

/** A validator that takes nothing it does not know for granted. */
export function createAjv(): Ajv2020 {
  const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
  // Under Node's rules for CommonJS the function is the module itself or its default.
  const add = formats as unknown as { default?: typeof formats.default } & typeof formats.default;
  (add.default ?? add)(ajv);
  return ajv;
}

const ajv = createAjv();
const validators = new Map<EventType, ValidateFunction>(TYPES.map((type) => [type, ajv.compile(jsonSchema([type]))]));

/** What is wrong with an event by the JSON Schema of its type; empty if nothing is. */
export function schemaErrors(event: unknown): string[] {
  const type = typeof event === "object" && event !== null && "type" in event ? String(event.type) : "";
  if (!isEventType(type)) return [`"${type}" is no type of the catalogue`];
  const validate = validators.get(type);
  if (validate === undefined || validate(event)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** Throws if an event breaks the JSON Schema of its type. */
export function assertSchema(event: unknown): void {
  const errors = schemaErrors(event);
  if (errors.length > 0) throw new Error(`${errors.join("; ")}: ${JSON.stringify(event)}`);
}

function isEventType(type: string): type is EventType {
  return Object.hasOwn(EVENT_TYPES, type);
}
