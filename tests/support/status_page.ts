/**
 * The parts of a status page, of a run that has only begun.
 *
 * @module
 */
import { limitLog } from "../../src/telemetry/limit.ts";
import type { Ends } from "../../src/telemetry/page/ends.ts";
import { History } from "../../src/telemetry/page/history.ts";
import { Recent } from "../../src/telemetry/page/recent.ts";
import type { PageParts } from "../../src/telemetry/page/sections.ts";
import { createOutages } from "../../src/telemetry/report.ts";
import { newFigures } from "./figures.ts";

/** A time for clocks, in milliseconds since 1970. */
export const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

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
