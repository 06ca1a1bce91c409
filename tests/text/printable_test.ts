import { assertEquals } from "@std/assert";
import { printable, printableJson } from "../../src/text/printable.ts";

/** Every character of one unit that a terminal could obey, and some that it shows. */
const ALL = Array.from({ length: 0x10000 }, (_, unit) => String.fromCharCode(unit)).join("");
const COMMANDS = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

Deno.test("printable() shows what a terminal would obey, and leaves all else", () => {
  assertEquals(COMMANDS.test(printable(ALL)), false);
  const rest = ALL.replaceAll(new RegExp(COMMANDS, "gu"), "");
  assertEquals(printable(rest), rest);
  assertEquals(printable("a\nb\x1b[2J\x9b31m\x7f\u202egnp🦋"), "a\\u000ab\\u001b[2J\\u009b31m\\u007f\\u202egnp🦋");
});

Deno.test("printableJson() keeps what a line means, and lets it command no terminal", () => {
  const line = printableJson(JSON.stringify({ text: ALL, [ALL]: 1 }));
  assertEquals(COMMANDS.test(line), false);
  assertEquals(JSON.parse(line), { text: ALL, [ALL]: 1 });
  assertEquals(printableJson('{\t"a":\r1}'), '{ "a": 1}');
});
