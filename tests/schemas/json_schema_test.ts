import { assert, assertEquals } from "@std/assert";
import { dataJsonSchema, jsonSchema } from "../../src/schemas/json_schema.ts";
import { requiredAttributes } from "../../src/events/definition.ts";
import { EVENT_TYPES } from "../../src/events/registry.ts";
import { everyEvent } from "../support/every_event.ts";
import { createAjv, schemaErrors } from "../support/schemas.ts";

const made = await everyEvent();

/** Each type with one of its events. */
const EXAMPLES = EVENT_TYPES.flatMap((definition) => {
  const event = made.findLast(({ type }) => type === definition.type);
  return event === undefined ? [] : [{ definition, event }];
});

Deno.test("jsonSchema() compiles strictly and takes every event, alone and as one of all types", () => {
  const all = createAjv().compile(jsonSchema(EVENT_TYPES));
  for (const event of made) {
    assertEquals(schemaErrors(event), [], event.id);
    assert(all(event), event.id);
  }
  assertEquals(EXAMPLES.length, EVENT_TYPES.length);
});

Deno.test("jsonSchema() refuses an event that lacks an attribute or a field, or has one of the wrong type", () => {
  for (const { definition, event } of EXAMPLES) {
    const { type } = definition;
    for (const name of [...requiredAttributes(definition), "data"]) {
      const { [name]: _, ...rest } = event;
      assertEquals(schemaErrors({ type, ...rest }).length > 0 || name === "type", true, name);
      assertEquals(schemaErrors({ ...event, [name]: 1 }).length > 0, true, name);
    }
    if (definition.collection !== null) {
      assertEquals(schemaErrors({ ...event, sampledrate: 10 }), []);
      for (const wrong of ["10", 0, 1.5]) assert(schemaErrors({ ...event, sampledrate: wrong }).length > 0);
    }
    for (const [name, { type, nullable, isOptional }] of Object.entries(definition.fields)) {
      const { [name]: _, ...rest } = event["data"] as Record<string, unknown>;
      const lacks = isOptional === true ? [] : [`/data must have required property '${name}'`];
      assertEquals(schemaErrors({ ...event, data: rest }), lacks);
      for (
        const wrong of [type === "boolean" ? "true" : true, type === "object" ? [] : {}, ...(nullable ? [] : [null])]
      ) {
        assert(
          schemaErrors({ ...event, data: { ...event["data"] as object, [name]: wrong } }).length > 0,
          `${name} ${wrong}`,
        );
      }
      const errors = schemaErrors({ ...event, data: { ...event["data"] as object, [name]: null } });
      assertEquals(errors.length === 0, nullable, name);
    }
  }
});

Deno.test("jsonSchema() allows other extension attributes, and no other fields", () => {
  for (const { event } of EXAMPLES) {
    assertEquals(schemaErrors({ ...event, traceparent: "00-1-2-01", attempts: 2, sampled: true }), []);
    assert(schemaErrors({ ...event, Trace: "x" }).length > 0);
    assert(schemaErrors({ ...event, trace: { id: "x" } }).length > 0);
    assert(schemaErrors({ ...event, data: { ...event["data"] as object, more: "x" } }).length > 0);
  }
});

Deno.test("jsonSchema() refuses what is no URI, no time, another version or an unknown action", () => {
  const event = EXAMPLES[0]?.event;
  for (const wrong of [{ source: "nowhere" }, { time: "soon" }, { specversion: "0.3" }, { action: "delete" }]) {
    assertEquals(schemaErrors({ ...event, ...wrong }).length, 1, JSON.stringify(wrong));
  }
});

Deno.test("dataJsonSchema() is the schema of the data alone", () => {
  for (const { definition, event } of EXAMPLES) {
    const validate = createAjv().compile(dataJsonSchema(definition));
    assert(validate(event["data"]), JSON.stringify(validate.errors));
    assert(!validate(event));
  }
});
