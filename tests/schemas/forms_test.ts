import { assert, assertEquals } from "@std/assert";
import { FORMS } from "../../src/schemas/forms.ts";
import { TYPES } from "../../src/events/schema.ts";

Deno.test("FORMS print a text that ends in one newline, of all types and of one, which then has no other", () => {
  for (const [name, { print }] of Object.entries(FORMS)) {
    for (const types of [TYPES, ["Bluesky.Graph.Block"] as const]) {
      assert(/[^\n]\n$/.test(print(types)), name);
      // Avro has the name and its namespace apart.
      const text = print(types).replace(/"name": "(\w+)",\s+"namespace": "([\w.]+)"/g, "$2.$1");
      assertEquals(TYPES.filter((type) => text.includes(type)), [...types], name);
    }
  }
});
