/**
 * Events against the JSON Schema of their type.
 *
 * @module
 */
import { Ajv2020, type ValidateFunction } from "ajv/2020";
import formats from "ajv-formats";
import { jsonSchema } from "../../src/schemas/json_schema.ts";
import type { TopicRecord } from "../../src/kafka/consumer/cluster.ts";
import { readEvent } from "../../src/events/from_record.ts";
import { EVENT_TYPES } from "../../src/events/registry.ts";

/** A validator that takes nothing it does not know for granted. */
export function createAjv(): Ajv2020 {
  const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
  // Under Node's rules for CommonJS the function is the module itself or its default.
  const add = formats as unknown as { default?: typeof formats.default } & typeof formats.default;
  (add.default ?? add)(ajv);
  return ajv;
}

const ajv = createAjv();
const validators = new Map<string, ValidateFunction>(
  EVENT_TYPES.map((each) => [each.type, ajv.compile(jsonSchema([each]))]),
);

/** What is wrong with an event by the JSON Schema of its type; empty if nothing is. */
export function schemaErrors(event: unknown): string[] {
  const type = typeof event === "object" && event !== null && "type" in event ? String(event.type) : "";
  const validate = validators.get(type);
  if (validate === undefined) return [`"${type}" is no type of the registry`];
  if (validate(event)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** Throws if an event breaks the JSON Schema of its type. */
export function assertSchema(event: unknown): void {
  const errors = schemaErrors(event);
  if (errors.length > 0) throw new Error(`${errors.join("; ")}: ${JSON.stringify(event)}`);
}

/**
 * Throws if what Kafka or a sink got is a CloudEvent that breaks its schema; what a test made up itself is none, and a
 * tombstone lacks the data.
 */
export function assertRecord({ value, headers }: Pick<TopicRecord, "value" | "headers">): void {
  if (value === null) return;
  const read = readEvent({ value, headers });
  if (read.kind === "event") assertSchema(read.event);
}

/** An event as tests look into it. */
export interface Seen {
  readonly type: string;
  readonly id: string;
  readonly source: string;
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The events of a text with one on each line; throws if one of them breaks its schema. */
export function eventsOfLines(text: string): Seen[] {
  return text.split("\n").filter((line) => line !== "").map((line) => {
    const event = JSON.parse(line);
    assertSchema(event);
    return event;
  });
}
