import { assert, assertEquals } from "@std/assert";
import { dataJsonSchema, jsonSchema } from "../../src/schemas/json_schema.ts";
import { envelopeOf, EVENT_TYPES, type EventType, TYPES } from "../../src/events/schema.ts";
import { recordedEvents, simulatedEvents } from "../support/events.ts";
import { gapEvent, GAPS } from "../support/gaps.ts";
import { letterEvent, LETTERS } from "../support/letters.ts";
import { createAjv, schemaErrors } from "../support/schemas.ts";

type Event = Readonly<Record<string, unknown>> & { readonly type: string; readonly id: string };

const made: Event[] = [
  ...[...await recordedEvents(), ...await simulatedEvents(1000)].map(({ event }) => event as unknown as Event),
  ...GAPS.map(gapEvent),
  ...LETTERS.map(letterEvent),
];

/** One event of each type. */
const EXAMPLES = new Map(made.map((event) => [event.type as EventType, event]));

Deno.test("jsonSchema() compiles strictly and takes every event, alone and as one of all types", () => {
  const all = createAjv().compile(jsonSchema(TYPES));
  for (const event of made) {
    assertEquals(schemaErrors(event), [], event.id);
    assert(all(event), event.id);
  }
  assertEquals([...EXAMPLES.keys()].sort(), [...TYPES].sort());
});

Deno.test("jsonSchema() refuses an event that lacks an attribute or a field, or has one of the wrong type", () => {
  for (const [type, event] of EXAMPLES) {
    for (const name of [...Object.keys(envelopeOf(type)), "data"]) {
      const { [name]: _, ...rest } = event;
      assertEquals(schemaErrors({ type, ...rest }).length > 0 || name === "type", true, name);
      assertEquals(schemaErrors({ ...event, [name]: 1 }).length > 0, true, name);
    }
    for (const [name, { nullable }] of Object.entries(EVENT_TYPES[type].fields)) {
      const { [name]: _, ...rest } = event["data"] as Record<string, unknown>;
      assertEquals(schemaErrors({ ...event, data: rest }), [`/data must have required property '${name}'`]);
      for (const wrong of [true, {}, ...(nullable ? [] : [null])]) {
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
  for (const event of EXAMPLES.values()) {
    assertEquals(schemaErrors({ ...event, traceparent: "00-1-2-01", attempts: 2, sampled: true }), []);
    assert(schemaErrors({ ...event, Trace: "x" }).length > 0);
    assert(schemaErrors({ ...event, trace: { id: "x" } }).length > 0);
    assert(schemaErrors({ ...event, data: { ...event["data"] as object, more: "x" } }).length > 0);
  }
});

Deno.test("jsonSchema() refuses what is no URI, no time, another version or an unknown action", () => {
  const [event] = EXAMPLES.values();
  for (const wrong of [{ source: "nowhere" }, { time: "soon" }, { specversion: "0.3" }, { action: "delete" }]) {
    assertEquals(schemaErrors({ ...event, ...wrong }).length, 1, JSON.stringify(wrong));
  }
});

Deno.test("dataJsonSchema() is the schema of the data alone", () => {
  for (const [type, event] of EXAMPLES) {
    const validate = createAjv().compile(dataJsonSchema(type));
    assert(validate(event["data"]), JSON.stringify(validate.errors));
    assert(!validate(event));
  }
});
