/**
 * A seek by time in a firehose. Sequence numbers of two relays have nothing to do with each other, and no relay says which
 * number it had at what time; but the first messages after any number have a time, and show whether they were read before
 * from another relay. So numbers are tried backwards from the live one, in steps that grow, until one is early enough: a
 * handful of short connections.
 *
 * Times are a hint, records are the proof: a place is right if what the relay sends from there on was mostly handled
 * before, for then what comes next follows on that. Where times led to a place of which nothing was handled, some more
 * are tried further back.
 *
 * @module
 */

/** The first messages after a sequence number. */
export interface PlaceSample {
  /** The sequence number of the first one. */
  readonly seq: number;
  /** The time of the first one as most of them have it, in milliseconds since 1970; NaN where none has one. */
  readonly timeMs: number;
  readonly messages: number;
  /** How many of them were handled before. */
  readonly handled: number;
}

/** Where to resume. */
export interface SeekResult {
  /** The cursor; null where times say nothing. */
  readonly cursor: number | null;
  /**
   * Why nothing is missed there: all `up-to` there was handled of this very relay; messages that were handled before follow
   * (`records`); by `time` alone; or something may be missed (`nothing`).
   */
  readonly proof: "up-to" | "records" | "time" | "nothing";
  /** The time of what follows, in milliseconds since 1970; NaN if unknown. */
  readonly timeMs: number;
}

/** Rather more than the busiest days had; a step too far costs repeats, one too short another connection. */
const ASSUMED_PER_SECOND = 1000;
const LEAST_STEP = 1000;
const MOST_STEPS = 16;
/** So often a place further back is tried where times led too far, each time four times as far back. */
const MOST_RETREATS = 5;
/** Sequence numbers are not spread evenly over time. */
const CAUTION = 1.25;
/** So much too early is near enough: in milliseconds, and as a share of the time to be made up for. */
const NEAR_MS = 60_000;
const NEAR_SHARE = 0.25;

/**
 * Finds the cursor after which a relay sends all that came at `targetMs` (since 1970) or later. `first` gives the first
 * messages after a cursor, of a live start for null. `known` is a sequence number of this relay up to which all was
 * handled, or null: there is no need to go back further. `canProve`: some of what was handled is known, and so can be
 * met again. The place is earlier by a minute at most, or by `nearShare` of the time since then where that is more.
 */
export async function seek(
  first: (cursor: number | null) => Promise<PlaceSample>,
  targetMs: number,
  known: number | null,
  canProve: boolean,
  nearShare: number = NEAR_SHARE,
): Promise<SeekResult> {
  const moments: PlaceSample[] = [];
  const sample = async (cursor: number | null) => {
    const moment = await first(cursor);
    moments.push(moment);
    return moment;
  };
  const live = await sample(null);
  // A number above the live one is of another sequence space.
  const floor = known !== null && known <= live.seq ? known : null;
  const place = await byTime(sample, live, targetMs, floor, nearShare);
  if (place === null) return { cursor: null, proof: "nothing", timeMs: NaN };
  if (typeof place === "number") return { cursor: place, proof: "up-to", timeMs: NaN };
  const found = moments.some((moment) => moment.seq >= place.seq && isOverlap(moment))
    ? { ...place, proof: "records" as const }
    : canProve
    ? await retreat(sample, live, place)
    : null;
  const proof = found?.proof ?? (place.timeMs <= targetMs ? "time" : "nothing");
  const { seq, timeMs } = found ?? place;
  return { cursor: Math.max(0, seq - 1), proof, timeMs };
}

/** Whether most of the messages were handled before: that one was may be chance, at the very end of what was. */
function isOverlap({ handled, messages }: PlaceSample): boolean {
  return handled > 0 && 2 * handled >= messages;
}

/** The place by times: the floor where that is late enough, null where times say nothing. */
async function byTime(
  first: (cursor: number | null) => Promise<PlaceSample>,
  live: PlaceSample,
  targetMs: number,
  floor: number | null,
  nearShare: number,
): Promise<PlaceSample | number | null> {
  if (Number.isNaN(targetMs) || Number.isNaN(live.timeMs)) return floor;
  if (live.timeMs <= targetMs) return live;
  let step = Math.max(LEAST_STEP, (live.timeMs - targetMs) / 1000 * ASSUMED_PER_SECOND);
  let late = live;
  for (let steps = 0; steps < MOST_STEPS && live.seq > step; steps++) {
    const cursor = Math.floor(live.seq - step);
    if (floor !== null && cursor <= floor) return floor;
    const found = await first(cursor);
    if (found.timeMs <= targetMs) return await bisect(first, found, late, targetMs, nearShare);
    // The oldest message that the relay still has is the first after every lower number; or numbers were skipped.
    if (steps > 0 && found.seq >= late.seq) break;
    if (found.seq < late.seq) late = found;
    const perMs = (live.seq - late.seq) / (live.timeMs - late.timeMs);
    const estimate = Number.isFinite(perMs) ? perMs * (live.timeMs - targetMs) * CAUTION : 0;
    step = Math.max(2 * step, estimate);
  }
  if (floor !== null) return floor;
  const oldest = await first(0);
  return oldest.timeMs <= targetMs ? await bisect(first, oldest, late, targetMs, nearShare) : oldest;
}

/** A place that is no later than `targetMs`, and near enough to it, between one that is not and one that is. */
async function bisect(
  first: (cursor: number) => Promise<PlaceSample>,
  early: PlaceSample,
  late: PlaceSample,
  targetMs: number,
  nearShare: number,
): Promise<PlaceSample> {
  let best = early;
  let high = late.seq;
  const nearMs = Math.max(NEAR_MS, nearShare * (late.timeMs - targetMs));
  for (let steps = 0; steps < MOST_STEPS && high - best.seq > LEAST_STEP; steps++) {
    if (targetMs - best.timeMs < nearMs) break;
    const cursor = Math.floor((best.seq + high) / 2);
    const found = await first(cursor);
    if (found.timeMs <= targetMs && found.seq < high) best = found;
    else high = cursor;
  }
  return best;
}

/** A place before `place` of which most was handled; null where there is none near. */
async function retreat(
  first: (cursor: number) => Promise<PlaceSample>,
  live: PlaceSample,
  place: PlaceSample,
): Promise<PlaceSample & { readonly proof: "records" } | null> {
  let step = Math.max(LEAST_STEP, live.seq - place.seq);
  let before = place.seq;
  for (let steps = 0; steps < MOST_RETREATS && before > 1; steps++) {
    const found = await first(Math.max(0, place.seq - step));
    if (isOverlap(found)) return { ...found, proof: "records" };
    if (found.seq >= before) return null;
    before = found.seq;
    step *= 4;
  }
  return null;
}
