/**
 * What documents say of the program outside of their generated parts, held against the code.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { EVENT_TYPES } from "../src/events/schema.ts";
import { recordedEvents, simulatedEvents } from "./support/events.ts";

Deno.test("each field for a handle is described as always null, and is", async () => {
  const fields = Object.values(EVENT_TYPES).flatMap(({ fields }) => Object.entries(fields))
    .filter(([name]) => /^(?:subject_)?handle$/.test(name));
  assert(fields.length >= 8, `${fields.length}`);
  for (const [name, { nullable, doc }] of fields) {
    assertEquals(nullable, true, name);
    assertStringIncludes(doc, "always null", name);
  }
  let seen = 0;
  for (const { event } of [...await recordedEvents(), ...await simulatedEvents(300)]) {
    for (const [name, value] of Object.entries(event.data ?? {})) {
      if (!/^(?:subject_)?handle$/.test(name)) continue;
      assertEquals(value, null, event.id);
      seen++;
    }
  }
  assert(seen > 500, `${seen}`);
});
