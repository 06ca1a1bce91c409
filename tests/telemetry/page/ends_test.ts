import { assertEquals, assertStringIncludes } from "@std/assert";
import { type Ends, endsHtml, type EndsNow } from "../../../src/telemetry/page/ends.ts";
import { ENDS, pageParts } from "../../support/status_page.ts";

const FAILURE = { isUnreachable: true, server: "b:9092", reason: "no <route>", retryInMs: 1, advice: "look & see" };

function endsNow(): EndsNow {
  const { outages, figures } = pageParts();
  return { state: figures.state, outages, relay: ENDS.relays[0] ?? null, hide: (text) => text };
}

/** Name, class and text of each row. */
function rowsOf(html: string): string[][] {
  return [...html.matchAll(/<th scope="row">([^<]*)<\/th><td class="(\w+)">([^<]*)</g)].map((each) => each.slice(1));
}

Deno.test("endsHtml() shows the relay that is read, those in reserve, and every broker", () => {
  const now = endsNow();
  Object.assign(now.state, { upstreamConnected: true, sinkOpened: true });
  assertEquals(rowsOf(endsHtml(ENDS, now)), [
    ["relay.example", "good", "connected"],
    ["spare.example", "wait", "in reserve"],
    ["a:9092", "good", "acknowledges"],
    ["b:9092", "good", "acknowledges"],
  ]);
});

Deno.test("endsHtml() shows what is not connected yet", () => {
  assertEquals(rowsOf(endsHtml(ENDS, { ...endsNow(), relay: null })).map(([, , text]) => text), [
    "not dialled yet",
    "not dialled yet",
    "connecting",
    "connecting",
  ]);
});

Deno.test("endsHtml() shows which broker and which partitions fail, why, and what to do", () => {
  const now = endsNow();
  Object.assign(now.state, { upstreamConnected: true, sinkOpened: true });
  now.outages.kafka.failed(FAILURE);
  now.state.failing.set("bluesky/3", "replicas");
  const html = endsHtml(ENDS, now);
  assertEquals(rowsOf(html).slice(2), [
    ["a:9092", "wait", "no failure of its own; b:9092 fails"],
    ["b:9092", "bad", "unreachable for 0 s: no &lt;route&gt;"],
    ["partition bluesky/3", "bad", "fewer replicas are in sync than min.insync.replicas"],
  ]);
  assertStringIncludes(html, '<p class="advice">What to do: look &amp; see</p>');
});

Deno.test("endsHtml() shows why the relay cannot be read, without secrets that it repeats", () => {
  const now = { ...endsNow(), hide: (text: string) => text.replace("secret", "***") };
  now.outages.relay.failed({ ...FAILURE, isUnreachable: false, reason: "the secret is wrong" });
  assertEquals(rowsOf(endsHtml(ENDS, now))[0], ["relay.example", "bad", "refuses for 0 s: the *** is wrong"]);
});

Deno.test("endsHtml() shows a file in place of brokers, and counts rows past its bound", () => {
  const now = endsNow();
  now.state.sinkOpened = true;
  const lines: Ends = { relays: [], output: { kind: "lines", to: "/tmp/<a>" } };
  assertEquals(rowsOf(endsHtml(lines, now)), [["/tmp/&lt;a&gt;", "good", "open"]]);
  const many = Array.from({ length: 12 }, (_, at) => `b${at}:9092`);
  const html = endsHtml({ relays: [], output: { kind: "kafka", brokers: many, topic: "t" } }, now);
  assertEquals([rowsOf(html).length, html.includes("and 4 more")], [8, true]);
});
