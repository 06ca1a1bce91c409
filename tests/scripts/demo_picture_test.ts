import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { picture, screenOf } from "../../scripts/demo_picture.ts";
import { COLLECTIONS, RECORD_TYPES } from "../../src/events/registry.ts";

const CHUNKS = [
  { atMs: 90, text: "a -> b\r\n" },
  { atMs: 100, text: "\x1b[0m\r\x1b[Kone · <1>" },
  { atMs: 350, text: "\r\x1b[Ktwo" },
  { atMs: 360, text: "\r\x1b[Ktwo\r\n\r\nDelivered:\r\n  2  A&B\r\n{\r\n" },
  { atMs: 370, text: '  "a": 1\r\n}\r\nmore\r\n' },
];

Deno.test("screenOf() tells what was redrawn in place, and the lines above and below it", () => {
  const { first, redrawn, lines } = screenOf(CHUNKS);
  assertEquals(first, ["a -> b"]);
  assertEquals(redrawn, [{ atMs: 100, text: "one · <1>" }, { atMs: 350, text: "two" }]);
  assertEquals(lines, ["", "Delivered:", "  2  A&B", "{", '  "a": 1', "}", "more", ""]);
});

Deno.test("picture() shows the command, each text in its time, and the lines to the end of the first example", () => {
  const svg = picture("deno task demo", screenOf(CHUNKS));
  for (const text of ["$ deno task demo", "a -&gt; b", "one · &lt;1&gt;", ">two<", "  2  A&amp;B", '  "a": 1', "…"]) {
    assertStringIncludes(svg, text);
  }
  assert(!svg.includes("more"), svg);
  // Where nothing moves the last text is there, and no other.
  assertStringIncludes(svg, "#f0{opacity:0;");
  assertStringIncludes(svg, "#f1{opacity:1;");
});

Deno.test("docs/demo.svg is small, and of a run that delivered events of all types", async () => {
  const svg = await Deno.readTextFile(new URL("../../docs/demo.svg", import.meta.url));
  assert(svg.length < 60_000, `${svg.length}`);
  for (const { type, collection } of RECORD_TYPES) {
    if (COLLECTIONS.includes(collection)) assertStringIncludes(svg, type);
  }
  assertStringIncludes(svg, "2,000 of 2,000 events delivered");
  const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
  assert(readme.split("\n").slice(0, 30).some((line) => line.includes("](docs/demo.svg)")));
});
