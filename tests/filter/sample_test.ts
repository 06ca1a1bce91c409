import { assert, assertEquals } from "@std/assert";
import { isSampled, parseSampleRates, Sampler, sampleRatesText } from "../../src/filter/sample.ts";

function samplerOf(text: string): Sampler {
  const parsed = parseSampleRates(text);
  assert(parsed.kind === "value", text);
  return new Sampler(parsed.value);
}

function rates(text: string): number[] {
  const sampler = samplerOf(text);
  return ["app.bsky.feed.post", "app.bsky.feed.like", "app.bsky.graph.follow"].map((name) => sampler.rateOf(name));
}

Deno.test("Sampler.rateOf() gives a collection its own rate, that of the longest wildcard, or the rest's", () => {
  assertEquals(rates("0.5"), [0.5, 0.5, 0.5]);
  assertEquals(rates("1.0,app.bsky.feed.like=0.1"), [1, 0.1, 1]);
  assertEquals(rates("app.bsky.feed.like=0.1, *=0.2"), [0.2, 0.1, 0.2]);
  assertEquals(rates("app.bsky.feed.like=0.1"), [1, 0.1, 1]);
  assertEquals(rates("0,app.bsky.*=.5,app.bsky.feed.*=2e-1,app.bsky.feed.post=1."), [1, 0.2, 0.5]);
  assertEquals(samplerOf("0.9,a.b.*=0.1,a.b.c=0.2").rateOf("a.b.c"), 0.2);
});

Deno.test("sampleRatesText() gives a text of the same rates", () => {
  for (const text of ["1", "0.5,app.bsky.feed.like=0.1,app.bsky.*=0"]) {
    const parsed = parseSampleRates(text);
    assertEquals(parsed.kind === "value" && sampleRatesText(parsed.value), text);
  }
});

Deno.test("Sampler.isEverything says when nobody need ask", () => {
  assertEquals(samplerOf("1").isEverything, true);
  assertEquals(samplerOf("1,app.bsky.feed.like=1.0").isEverything, true);
  assertEquals(samplerOf("1,app.bsky.feed.like=0.99").isEverything, false);
  assertEquals(samplerOf("0.5,app.bsky.feed.like=1").isEverything, false);
});

Deno.test("parseSampleRates() says what is wrong", () => {
  const problem = (text: string) => {
    const parsed = parseSampleRates(text);
    return parsed.kind === "wrong" ? parsed.is : "nothing";
  };
  assertEquals(problem(""), "it has no rate");
  assertEquals(problem("app.bsky.feed.like=0.1,0.5"), '"0.5" says of no collection');
  assertEquals(problem("1,likes=0.1"), '"likes" is no collection');
  assertEquals(problem("=0.1"), '"" is no collection');
  assertEquals(problem("0.5,*=0.6"), "the rate for all is given twice");
  assertEquals(problem("a.b.c=0.5,a.b.c=0.5"), '"a.b.c" is given twice');
  for (const item of ["1.1", "-0.1", "half", "a.b.c=", "a.b.c=10%", "a.b.c=0.1=0.2", "a.b.c=NaN"]) {
    assertEquals(problem(item), `the rate of "${item}" is no number from 0 to 1`);
  }
});

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
