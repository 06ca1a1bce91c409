/**
 * The parts of a status page, of a run that has only begun.
 *
 * @module
 */
import { reject } from "../../src/atproto/rejected.ts";
import { ProducerRecord } from "../../src/record/producer_record.ts";
import { limitLog } from "../../src/telemetry/limit.ts";
import type { Ends } from "../../src/telemetry/page/ends.ts";
import { History, SAMPLE_MS } from "../../src/telemetry/page/history.ts";
import { Recent } from "../../src/telemetry/page/recent.ts";
import type { PageParts } from "../../src/telemetry/page/sections.ts";
import { createOutages } from "../../src/telemetry/report.ts";
import { VERSION } from "../../src/version.ts";
import { newFigures } from "./figures.ts";

/** A time for clocks, in milliseconds since 1970. */
export const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

/** Ten minutes of the page's clock. */
const SPAN_MS = 600_000;

/** Two relays, and Kafka by two brokers. */
export const ENDS: Ends = {
  relays: ["wss://relay.example/xrpc/x", "wss://spare.example/xrpc/x"],
  output: { kind: "kafka", brokers: ["a:9092", "b:9092"], topic: "bluesky" },
};

/** What hostile posts try: tags, ends of the places that they stand in, entities, and turning the direction. */
export const HOSTILE = [
  "<script>globalThis.hacked=1</script>",
  "<img src=x onerror=globalThis.hacked=1>",
  "</bdi></p></li></ol></div></section></main><h1>hacked</h1>",
  "\"'><svg onload=globalThis.hacked=1>",
  "</script><script>globalThis.hacked=1</script>",
  "&lt;b&gt; &amp; <!-- ]]> {{7*7}} ${7*7}",
  "\u202egnirts desrever\u202c \u0000\u0007\u001b[31m\r\ndata: {}\n\nevent: x",
  "<a href='javascript:globalThis.hacked=1'>click</a><meta http-equiv=refresh content='0;url=//evil.example'>",
];

/** The parts, at {@linkcode NOW_MS}, but for what `over` says. */
export function pageParts(over: Partial<PageParts> = {}): PageParts {
  const figures = over.figures ?? newFigures({ now: () => NOW_MS });
  const log = () => {};
  const now = () => NOW_MS;
  return {
    figures,
    outages: createOutages({ ...figures, log, now, ...limitLog(log, now) }),
    history: new History(),
    recent: new Recent(20, now),
    ends: ENDS,
    relay: () => ENDS.relays[0] ?? null,
    maxEvents: 20,
    hide: (text) => text,
    now,
    clock: () => 1000,
    ...over,
  };
}

const POSTS = [
  "東京の朝はコーヒーから ☕",
  "Snow on the bridge this morning",
  "Does anybody else read changelogs for fun?",
];
const RATES = { "Feed.Like": 640, "Graph.Follow": 210, "Feed.Post": 150, "Feed.Repost": 120, "Actor.Profile": 30 };

/**
 * A page with ten minutes behind it, an outage of a broker, gaps, what was left out, and hostile posts; `advance` ends
 * the outage and delivers a post.
 */
export function pageInTrouble(): { readonly parts: PageParts; readonly advance: () => void } {
  // It goes on a little each time, as pages that are drawn at one moment are shared.
  let ms = SPAN_MS;
  const process = () => ({
    cpuSeconds: 61,
    residentBytes: 148_000_000,
    heapBytes: 3,
    startSeconds: NOW_MS / 1000 - 7260,
  });
  const figures = newFigures({ version: VERSION, process, now: () => NOW_MS });
  const parts = { ...pageParts({ figures, clock: () => ms++ }), recent: new Recent(20, () => NOW_MS) };
  const { outages, recent, history } = parts;
  const { state, metrics } = figures;
  const counts = new Map<string, number>();
  for (let atMs = 0; atMs <= SPAN_MS; atMs += SAMPLE_MS) {
    history.add({ atMs, delivered: 0, lagMs: 100, counts: new Map(counts) });
    // A broker was away for a while, and is again.
    const part = atMs > 200_000 && atMs < 245_000
      ? 0
      : atMs >= 245_000 && atMs < 260_000
      ? 3
      : atMs > 570_000
      ? 0.1
      : 1;
    for (const [name, rate] of Object.entries(RATES)) {
      const wave = 1 + 0.12 * Math.sin(atMs / 31_000 + rate) + 0.06 * Math.sin(atMs / 7000 + rate);
      counts.set(`Bluesky.${name}`, (counts.get(`Bluesky.${name}`) ?? 0) + Math.round(rate * 5 * wave * part));
    }
  }
  for (const [type, count] of counts) metrics.delivered.add(type, count);
  const deliver = (text: string) => {
    const value = JSON.stringify({ type: "Bluesky.Feed.Post", data: { text } });
    const key = new TextEncoder().encode("did:plc:aaaaaaaaaaaaaaaaaaaaaaaa");
    const uri = "at://did:plc:aaaaaaaaaaaaaaaaaaaaaaaa/app.bsky.feed.post/3mbd36cncosk7";
    const bytes = new TextEncoder().encode(value);
    recent.delivered(
      ProducerRecord.of({ topic: "bluesky", type: "Bluesky.Feed.Post", key, value: bytes, headers: null, uri }),
    );
  };
  for (const text of [...HOSTILE, ...POSTS]) deliver(text);
  const place = { host: "relay.example", seq: 31_500_000_123, time: null };
  recent.gap({ cause: "window-exceeded", from: place, to: { ...place, seq: 31_500_004_000 }, missing: 3876 });
  metrics.gaps.add("window-exceeded");
  for (const detail of HOSTILE.slice(0, 3)) {
    recent.reject(reject("record-undecodable", detail, { did: "did:plc:a", path: "c/r" }));
  }
  metrics.rejected.add("record-undecodable", 3);
  metrics.deadLetters.add("record-undecodable", 3);
  Object.assign(state, {
    ...{ sinkOpened: true, upstreamConnected: true, receivedMs: NOW_MS, connectedMs: NOW_MS, lagMs: 120 },
    ...{ deliveryLagMs: 40_000, inFlightEvents: 44_120, inFlightBytes: 30_300_000, maxInFlightBytes: 33_554_432 },
    ...{ positionMs: NOW_MS, secondsUntilLoss: 259_000, cursor: 31_500_123_456, cursorMs: NOW_MS - 40_000 },
  });
  state.failing.set("bluesky/1", "connection");
  const reason = "connection refused";
  outages.kafka.failed({
    isUnreachable: true,
    server: "b:9092",
    reason,
    retryInMs: 500,
    advice: "see whether the broker runs",
  });
  state.kafkaOutage = { isUnreachable: true, seconds: 40 };
  const advance = () => {
    outages.kafka.ended();
    state.failing.clear();
    deliver("the newest post");
  };
  return { parts, advance };
}
