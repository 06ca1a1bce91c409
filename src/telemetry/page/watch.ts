/**
 * What the status page needs of a run beside its figures: the counters of ten minutes, and what happened last. It costs
 * a sample every five seconds, and copies of at most 20 events a second.
 *
 * @module
 */
import { publicUrl, type Redact } from "../../text/redact.ts";
import type { RunObserver } from "../../pipeline/observer.ts";
import type { UpstreamObserver } from "../../upstream/upstream.ts";
import type { ReportParts } from "../report.ts";
import type { Ends } from "./ends.ts";
import { History, SAMPLE_MS } from "./history.ts";
import { Recent } from "./recent.ts";
import { type PageParts, sampleNow } from "./sections.ts";

const TICK_MS = 1000;

/** A watched run, until it is disposed of. */
export interface Watch extends Disposable {
  readonly parts: PageParts;
  /** The same observer, which also reports to the page. */
  watching<O extends RunObserver & UpstreamObserver>(observer: O): O;
}

/** Watches a run, and shows `maxEvents` events of it; `clock` is in milliseconds, and never set. */
export function watchRun(
  { outages, now, ...figures }: Pick<ReportParts, "state" | "metrics" | "unready" | "outages" | "now">,
  { ends, maxEvents, hide, clock }: {
    readonly ends: Ends;
    readonly maxEvents: number;
    readonly hide: Redact;
    readonly clock: () => number;
  },
): Watch {
  const recent = new Recent(maxEvents, now);
  const history = new History();
  let relay: string | null = null;
  const parts: PageParts = { figures, outages, history, recent, ends, maxEvents, hide, clock, now, relay: () => relay };
  history.add(sampleNow(parts));
  const ticking = setInterval(() => recent.tick(), TICK_MS);
  const sampling = setInterval(() => history.add(sampleNow(parts)), SAMPLE_MS);
  return {
    parts,
    watching: (observer) => ({
      ...observer,
      connecting: (event) => {
        relay = publicUrl(event.url);
        observer.connecting(event);
      },
      gap: (gap) => {
        recent.gap(gap);
        observer.gap(gap);
      },
      rejected: (rejected) => {
        recent.reject(rejected);
        observer.rejected(rejected);
      },
      settled: (record, outcome, ageMs) => {
        observer.settled(record, outcome, ageMs);
        if (outcome === "delivered") recent.delivered(record);
      },
    }),
    [Symbol.dispose]: () => {
      clearInterval(ticking);
      clearInterval(sampling);
    },
  };
}
