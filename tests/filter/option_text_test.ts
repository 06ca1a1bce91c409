import { assertEquals } from "@std/assert";
import { quoted } from "../../src/filter/option_text.ts";

Deno.test("quoted() writes control characters and quotes so that they show", () => {
  assertEquals(quoted('a"\u001b\n'), '"a\\"\\u001b\\n"');
});
