import { assertEquals, assertStringIncludes } from "@std/assert";
import { plotHtml } from "../../../src/telemetry/page/plot.ts";

function rate(atMs: number, of: Readonly<Record<string, number>>) {
  return { atMs, of: new Map(Object.entries(of)) };
}

/** The points of each line, by its class. */
function pointsOf(html: string): Record<string, string> {
  return Object.fromEntries([...html.matchAll(/<polyline class="(l\d)" points="([^"]*)"/g)].map(([, a, b]) => [a, b]));
}

Deno.test("plotHtml() draws a line a type, the last ten minutes wide, under a round number", () => {
  const html = plotHtml([rate(0, { a: 100 }), rate(600_000, { a: 50, b: 25 })], new Map([["a", 9], ["b", 8]]), 600_000);
  assertEquals(pointsOf(html), { l0: "0,0 600,80", l1: "0,160 600,120" });
  assertStringIncludes(html, "75 events/s now, at most 100 in ten minutes.");
  assertStringIncludes(html, "<span>100</span><span>50</span><span>0</span>");
});

Deno.test("plotHtml() has the figures in a table too, for those who do not see lines", () => {
  const html = plotHtml([rate(5000, { a: 1234, b: 0.25 })], new Map([["b", 3], ["a", 12_000]]), 5000);
  const rows = [...html.matchAll(/<\/svg>([^<]*)<\/th><td>([^<]*)<\/td><td>([^<]*)</g)].map((each) => each.slice(1));
  assertEquals(rows, [["a", "1,234", "12,000"], ["b", "0.3", "3"]]);
  assertStringIncludes(
    html,
    'role="img" aria-label="Events a second by type over the last ten minutes, as lines. 1,234',
  );
});

Deno.test("plotHtml() has one line for all types after the first five", () => {
  const types = ["a", "b", "c", "d", "e", "f", "g"];
  const rates = [rate(1000, Object.fromEntries(types.map((type) => [type, 2])))];
  const html = plotHtml(rates, new Map(types.map((type, at) => [type, 10 - at])), 1000);
  assertEquals(Object.keys(pointsOf(html)).length, 6);
  assertStringIncludes(html, "all others</th><td>4.0</td><td>9</td>");
  const six = plotHtml(rates, new Map(types.slice(1).map((type) => [type, 1])), 1000);
  assertEquals([Object.keys(pointsOf(six)).length, six.includes("all others")], [6, false]);
});

Deno.test("plotHtml() says so before there is anything to draw", () => {
  const html = plotHtml([], new Map(), 0);
  assertStringIncludes(html, "No rate yet");
  assertStringIncludes(html, "Nothing was delivered yet");
  assertEquals(pointsOf(html), {});
});

Deno.test("plotHtml() stays within its frame, also with a clock or a counter that goes back", () => {
  const html = plotHtml([rate(-900_000, { a: 3 }), rate(0, { a: -5 })], new Map([["a", 1]]), 0);
  assertEquals(pointsOf(html), { l0: "0,0 600,160" });
});

Deno.test("plotHtml() fills its width after a minute, and says how long ago its left edge is", () => {
  const young = plotHtml([rate(5000, { a: 4 }), rate(20_000, { a: 4 })], new Map([["a", 1]]), 20_000);
  assertEquals([pointsOf(young), young.includes("<span>60 s ago</span>")], [{ l0: "450,0 600,0" }, true]);
  const older = plotHtml([rate(0, { a: 4 }), rate(240_000, { a: 4 })], new Map([["a", 1]]), 240_000);
  assertEquals([pointsOf(older), older.includes("<span>4 min ago</span>")], [{ l0: "0,0 600,0" }, true]);
  assertStringIncludes(plotHtml([rate(0, { a: 4 })], new Map([["a", 1]]), 900_000), "<span>10 min ago</span>");
});
