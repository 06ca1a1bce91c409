import { assert, assertEquals, assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import { picture, screenOf } from "../../scripts/demo_picture.ts";
import { COLLECTIONS, RECORD_TYPES } from "../../src/events/registry.ts";

const OUTPUT = "a -> b\r\n\x1b[0m\r\x1b[Kone · <1>\r\x1b[Ktwo\r\n\r\nDelivered:\r\n  2  A&B\r\n" +
  `{\r\n  "a": 1,\r\n  "b": "${"x".repeat(200)}"\r\n}\r\nmore\r\n`;

Deno.test("screenOf() has the last text of a line that was redrawn in place, and the lines round it", () => {
  const long = `  "b": "${"x".repeat(200)}"`;
  assertEquals(screenOf(OUTPUT), ["a -> b", "two", "", "Delivered:", "  2  A&B", "{", '  "a": 1,', long, "}", "more"]);
});

Deno.test("picture() shows the command, the lines to the end of the event, and where a line goes on", () => {
  const svg = picture("deno task demo", screenOf(OUTPUT));
  for (const text of [">$ deno task demo<", ">a -&gt; b<", ">two<", ">  2  A&amp;B<", '>  "a": 1,<', ">}<", ">…<"]) {
    assertStringIncludes(svg, text);
  }
  assertMatch(svg, /> {2}"b": "x+…</);
  assertFalse(svg.includes("more"), svg);
  // Browsers take xml:space for nothing any more.
  assertStringIncludes(svg, "text{white-space:pre}");
});

for (const name of ["demo", "dashboard", "performance"]) {
  Deno.test(`docs/${name}.svg is whole in its first frame: nothing moves or is hidden, on a background of its own`, async () => {
    const svg = await Deno.readTextFile(new URL(`../../docs/${name}.svg`, import.meta.url));
    assertFalse(/<animate|<set\b|@keyframes|animation|opacity|visibility|display:/.test(svg));
    const [, width = 0, height = 0] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)?.map(Number) ?? [];
    assert(width > 600 && height > 300, `${width} x ${height}`);
    // So that it is the same where the page around it is dark.
    assertMatch(svg, /<rect width="(?:100%|\d{3})" height="(?:100%|\d{3})"(?: rx="\d")? fill="#[0-9a-f]{6}"\/>/);
  });
}

Deno.test("docs/demo.svg is small, and of a run that delivered events of all types", async () => {
  const svg = await Deno.readTextFile(new URL("../../docs/demo.svg", import.meta.url));
  assert(svg.length < 20_000, `${svg.length}`);
  for (const { type, collection } of RECORD_TYPES) {
    if (COLLECTIONS.includes(collection)) assertStringIncludes(svg, type);
  }
  assertStringIncludes(svg, "2,000 of 2,000 events delivered");
  const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
  assertStringIncludes(readme, "](docs/demo.svg)");
});
