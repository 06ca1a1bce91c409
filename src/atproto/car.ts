/**
 * CARv1, read once from front to back for the few blocks that are wanted: sections come in any order, with duplicates,
 * with blocks nobody asked for, and with some missing.
 *
 * @module
 */
import { cidEnd } from "./cid.ts";
import { NOWHERE, sameSpans, type Span } from "./bytes/span.ts";
import { varintEnd, varintValue } from "./bytes/varint.ts";

/** The most sections that are read: a hundred for each of the 200 operations that a commit may have. */
export const MAX_SECTIONS = 20_000;

/** A block that is looked for. */
export interface WantedBlock {
  /** The binary CID. */
  readonly cid: Span;
  /** Where the block stands; {@linkcode NOWHERE} until it is found. */
  block: Span;
}

/**
 * Finds the wanted blocks in the archive `car`, and notes in each where it stands; stops as soon as it has all of them. At
 * least one is wanted. The CIDs, the archive and the blocks are ranges of `bytes`. The header's roots are not read: nothing
 * here depends on them.
 *
 * @returns what stopped the walk before the end, or null; blocks found before it are good
 */
export function findBlocks(bytes: Uint8Array, car: Span, wanted: readonly WantedBlock[]): string | null {
  const index = wanted.length > MAX_COMPARED ? indexOf(bytes, wanted) : null;
  const only = wanted.length === 1 ? wanted[0]?.cid : undefined;
  let missing = wanted.length;
  return walkSections(bytes, car, (start, data, end) => {
    // Nearly all sections are of no interest, which their last bytes tell.
    if (only !== undefined && bytes[data - 1] !== bytes[only.end - 1]) return true;
    const cid = { start, end: data };
    const candidates = index === null ? null : index.candidates(data, cid);
    const count = candidates === null ? wanted.length : candidates.length;
    for (let i = 0; i < count; i++) {
      const place = candidates === null ? i : candidates[i] ?? 0;
      const want = wanted[place];
      if (want === undefined || want.block !== NOWHERE || !sameSpans(bytes, cid, want.cid)) continue;
      want.block = { start: data, end };
      missing--;
    }
    return missing > 0;
  });
}

/**
 * Goes through the archive `car`, a range of `bytes`, while `onSection` says so: a section's CID is from `start` to `data`,
 * its block from there to `end`.
 *
 * @returns what stopped the walk before the end, or null
 */
export function walkSections(
  bytes: Uint8Array,
  car: Span,
  onSection: (start: number, data: number, end: number) => boolean,
): string | null {
  const limit = car.end;
  const header = varintEnd(bytes, car.start, limit);
  let offset = header < 0 ? limit + 1 : header + varintValue(bytes, car.start, header);
  if (offset > limit) return "no CAR header";
  for (let sections = 1; offset < limit; sections++) {
    if (sections > MAX_SECTIONS) return `more than ${MAX_SECTIONS} sections`;
    const start = varintEnd(bytes, offset, limit);
    const end = start < 0 ? limit + 1 : start + varintValue(bytes, offset, start);
    if (end > limit) return `a section cut short at byte ${offset - car.start}`;
    const data = cidEnd(bytes, start, end);
    if (data === null) return `a section without a CID at byte ${offset - car.start}`;
    if (!onSection(start, data, end)) return null;
    offset = end;
  }
  return null;
}

/** More wanted CIDs than these are not all compared with each section. */
const MAX_COMPARED = 8;
const NONE: readonly number[] = [];

/** Tells which of the wanted CIDs the CID of a section may be. */
interface CidIndex {
  /** The places of the CIDs in the list of the wanted ones; `end` is where the section's CID, `cid`, ends. */
  candidates(end: number, cid: Span): readonly number[];
}

function indexOf(bytes: Uint8Array, wanted: readonly WantedBlock[]): CidIndex {
  const byTail = grouped(wanted, ({ end }) => tail(bytes, end));
  let most = 0;
  for (const places of byTail.values()) most = Math.max(most, places.length);
  if (most <= MAX_COMPARED) return { candidates: (end) => byTail.get(tail(bytes, end)) ?? NONE };
  // Many of the wanted are the same, or were made to end alike: by the whole CID, each taken out when it was found.
  const whole = ({ start, end }: Span) => String.fromCharCode(...bytes.subarray(start, end));
  const byWhole = grouped(wanted, whole);
  return {
    candidates(_, cid) {
      const key = whole(cid);
      const places = byWhole.get(key) ?? NONE;
      byWhole.delete(key);
      return places;
    },
  };
}

function grouped<Key>(wanted: readonly WantedBlock[], keyOf: (cid: Span) => Key): Map<Key, number[]> {
  const groups = new Map<Key, number[]>();
  wanted.forEach(({ cid }, place) => {
    const key = keyOf(cid);
    const same = groups.get(key);
    if (same === undefined) groups.set(key, [place]);
    else same.push(place);
  });
  return groups;
}

/** The last three bytes before `end`: digest bytes, so as good as a hash. */
function tail(bytes: Uint8Array, end: number): number {
  return ((bytes[end - 3] ?? 0) << 16) | ((bytes[end - 2] ?? 0) << 8) | (bytes[end - 1] ?? 0);
}
