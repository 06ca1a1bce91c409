import { assertEquals } from "@std/assert";
import { declared, EXIT } from "../../src/cli/exit.ts";

Deno.test("EXIT has the promised codes", () => {
  const codes = Object.fromEntries(Object.entries(EXIT).map(([name, { code }]) => [name, code]));
  assertEquals(codes, { ok: 0, failed: 1, usage: 2, fenced: 3, undelivered: 4, interrupted: 130 });
});

Deno.test("EXIT gives each code once, each with one line that says what it means", () => {
  const all = Object.values(EXIT);
  assertEquals(new Set(all.map(({ code }) => code)).size, all.length);
  for (const { code, doc } of all) {
    assertEquals(Number.isInteger(code) && code >= 0 && code <= 255, true);
    assertEquals(/^[a-z][^\n]+[^.\n]$/.test(doc), true, doc);
  }
});

Deno.test("declared() has the statuses of a command with their codes, in their order", () => {
  assertEquals(declared({ usage: "wrong", ok: "good" }), [{ code: 0, doc: "good" }, { code: 2, doc: "wrong" }]);
});
