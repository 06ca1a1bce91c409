/**
 * The registry as Avro: one record for the whole event, and within it one for the data.
 *
 * @module
 */
import { envelopeOf, type EventDefinition } from "../events/definition.ts";
import type { FieldSpec } from "../events/fields.ts";

/** An Avro schema, or a part of one. */
export type AvroSchema = string | readonly AvroSchema[] | { readonly [name: string]: unknown };

/**
 * The schema of the events of these types: a record for one, a union for more. The record `Bluesky.Feed.Post` has the
 * attributes and, in `data`, the record `Bluesky.Feed.PostData`; a time stays the text that the JSON has.
 */
export function avroSchema(types: readonly EventDefinition[]): AvroSchema {
  const [only, ...others] = types;
  return only !== undefined && others.length === 0 ? eventRecord(only) : types.map(eventRecord);
}

function eventRecord(definition: EventDefinition): AvroSchema {
  const { type, doc, fields } = definition;
  const dot = type.lastIndexOf(".");
  const [namespace, name] = [type.slice(0, dot), type.slice(dot + 1)];
  const attributes = Object.entries(envelopeOf(definition)).map(([name, { type, isOptional, doc }]) => {
    const base = type === "integer" ? "int" : "string";
    return { name, ...(isOptional === true ? { type: ["null", base], default: null } : { type: base }), doc };
  });
  const data = {
    type: "record",
    name: `${name}Data`,
    namespace,
    doc,
    fields: Object.entries(fields).map(([name, spec]) => ({
      name,
      type: fieldType(spec),
      ...(spec.isOptional === true ? { default: null } : {}),
      doc: spec.doc,
    })),
  };
  return { type: "record", name, namespace, doc, fields: [...attributes, { name: "data", type: data }] };
}

function fieldType({ type, nullable, isOptional }: FieldSpec): AvroSchema {
  const list = { type: "array", items: "string" };
  const base =
    { "string": "string", "integer": "long", "boolean": "boolean", "string[]": list, "object": "string" }[type];
  return nullable || isOptional === true ? ["null", base] : base;
}
