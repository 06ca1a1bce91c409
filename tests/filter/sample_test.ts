import { assert, assertEquals } from "@std/assert";
import { isSampled } from "../../src/filter/sample.ts";

function uris(count: number): string[] {
  return Array.from(
    { length: count },
    (_, i) => `at://did:plc:${(i * 7919) % 997}/app.bsky.feed.like/3l${i.toString(32)}`,
  );
}

Deno.test("isSampled() keeps the share that was asked for", () => {
  const all = uris(50_000);
  for (const rate of [0.01, 0.1, 0.5, 0.9]) {
    const share = all.filter((uri) => isSampled(uri, rate)).length / all.length;
    assert(Math.abs(share - rate) < 0.01, `${share} for ${rate}`);
  }
});

Deno.test("isSampled() keeps at a higher rate all that it keeps at a lower one", () => {
  const kept = uris(5000).filter((uri) => isSampled(uri, 0.2));
  assert(kept.length > 800);
  assertEquals(kept.filter((uri) => !isSampled(uri, 0.3)), []);
});

Deno.test("isSampled() gives the same answer in every version", () => {
  // A changed hash would make a replay keep other events than the first run.
  assertEquals(uris(20).map((uri) => isSampled(uri, 0.5) ? 1 : 0).join(""), "11011001010010111101");
});
