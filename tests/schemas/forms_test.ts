import { assert, assertEquals } from "@std/assert";
import { FORMS } from "../../src/schemas/forms.ts";
import { EVENT_TYPES } from "../../src/events/registry.ts";
import { BLOCK } from "../../src/events/types/block.ts";

Deno.test("FORMS print a text that ends in one newline, of all types and of one, which then has no other", () => {
  for (const [name, { print }] of Object.entries(FORMS)) {
    for (const types of [EVENT_TYPES, EVENT_TYPES.filter(({ type }) => type === BLOCK.type)]) {
      assert(/[^\n]\n$/.test(print(types)), name);
      // Avro has the name and its namespace apart.
      const text = print(types).replace(/"name": "(\w+)",\s+"namespace": "([\w.]+)"/g, "$2.$1");
      assertEquals(EVENT_TYPES.filter(({ type }) => text.includes(type)), types, name);
    }
  }
});
