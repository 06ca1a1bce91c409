import { assertEquals } from "@std/assert";
import { listItems, quoted } from "../../src/filter/option_text.ts";

Deno.test("listItems() trims the items and leaves out empty ones", () => {
  assertEquals(listItems(" a, b ,,c,"), ["a", "b", "c"]);
  assertEquals([listItems(""), listItems(" , ")], [[], []]);
});

Deno.test("quoted() writes control characters and quotes so that they show", () => {
  assertEquals(quoted('a"\u001b\n'), '"a\\"\\u001b\\n"');
});
