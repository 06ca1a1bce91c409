import { assertEquals } from "@std/assert";
import { listItems } from "../../src/text/list.ts";

Deno.test("listItems() trims the items and leaves out empty ones", () => {
  assertEquals(listItems(" a, b ,,c,"), ["a", "b", "c"]);
  assertEquals([listItems(""), listItems(" , ")], [[], []]);
});
