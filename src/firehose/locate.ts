/**
 * A place in a firehose by time. Sequence numbers of two hosts have nothing to do with each other, and no host says
 * which number it had at what time; but the first message after any number tells its own time. So numbers are tried
 * backwards from the live one, in steps that grow, until one is early enough: a handful of short connections.
 *
 * @module
 */

/** A message's number and time, the latter in milliseconds since 1970 (NaN where it is none). */
export interface Moment {
  readonly seq: number;
  readonly timeMs: number;
}

/** Where to resume. */
export interface Located {
  /** The cursor; null where times say nothing. */
  readonly cursor: number | null;
  /** Whether nothing is missed that came at the wanted time or later. */
  readonly covers: boolean;
}

/** Rather more than the busiest days had; a step too far costs repeats, one too short another connection. */
const ASSUMED_PER_SECOND = 1000;
const LEAST_STEP = 1000;
const MOST_STEPS = 16;
/** Numbers are not spread evenly over time. */
const CAUTION = 1.25;
/** So much too early is near enough: in milliseconds, and as a share of the time to be made up for. */
const NEAR_MS = 60_000;
const NEAR_SHARE = 0.25;

/**
 * Finds the cursor after which a host sends all that came at `targetMs` (since 1970) or later. `first` gives the first
 * message after a cursor, of a live start for null. `known` is a number of this host up to which all was handled, or
 * null: there is no need to go back further.
 */
export async function locate(
  first: (cursor: number | null) => Promise<Moment>,
  targetMs: number,
  known: number | null,
): Promise<Located> {
  const live = await first(null);
  // A number above the live one is of another sequence space.
  const floor = known !== null && known <= live.seq ? known : null;
  if (Number.isNaN(targetMs) || Number.isNaN(live.timeMs)) return { cursor: floor, covers: floor !== null };
  if (live.timeMs <= targetMs) return { cursor: before(live), covers: true };
  let step = Math.max(LEAST_STEP, (live.timeMs - targetMs) / 1000 * ASSUMED_PER_SECOND);
  let late = live;
  for (let steps = 0; steps < MOST_STEPS && live.seq > step; steps++) {
    const cursor = Math.floor(live.seq - step);
    if (floor !== null && cursor <= floor) return { cursor: floor, covers: true };
    const found = await first(cursor);
    if (found.timeMs <= targetMs) return { cursor: before(await bisect(first, found, late, targetMs)), covers: true };
    // The oldest message that the host still has is the first after every lower number; or numbers were skipped.
    if (steps > 0 && found.seq >= late.seq) break;
    if (found.seq < late.seq) late = found;
    const perMs = (live.seq - late.seq) / (live.timeMs - late.timeMs);
    const estimate = Number.isFinite(perMs) ? perMs * (live.timeMs - targetMs) * CAUTION : 0;
    step = Math.max(2 * step, estimate);
  }
  if (floor !== null) return { cursor: floor, covers: true };
  const oldest = await first(0);
  if (!(oldest.timeMs <= targetMs)) return { cursor: before(oldest), covers: false };
  return { cursor: before(await bisect(first, oldest, late, targetMs)), covers: true };
}

/** A message that is no later than `targetMs`, and near enough to it, between one that is not and one that is. */
async function bisect(
  first: (cursor: number) => Promise<Moment>,
  early: Moment,
  late: Moment,
  targetMs: number,
): Promise<Moment> {
  let best = early;
  let high = late.seq;
  const nearMs = Math.max(NEAR_MS, NEAR_SHARE * (late.timeMs - targetMs));
  for (let steps = 0; steps < MOST_STEPS && high - best.seq > LEAST_STEP; steps++) {
    if (targetMs - best.timeMs < nearMs) break;
    const cursor = Math.floor((best.seq + high) / 2);
    const found = await first(cursor);
    if (found.timeMs <= targetMs && found.seq < high) best = found;
    else high = cursor;
  }
  return best;
}

/** The cursor after which a message is the first. */
function before({ seq }: Moment): number {
  return Math.max(0, seq - 1);
}
