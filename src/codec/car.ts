/**
 * CARv1, read once from front to back for the few blocks that are wanted: sections come in any order, with duplicates,
 * with blocks nobody asked for, and with some missing.
 *
 * @module
 */
import { cidEnd } from "./cid.ts";
import { sameSpans, type Span } from "./span.ts";
import { varintEnd, varintValue } from "./varint.ts";

/** What a walk over an archive found. */
export interface CarBlocks {
  /** For each wanted CID its block, or null. */
  readonly found: readonly (Span | null)[];
  /** What stopped the walk before the end, or null. Blocks found before it are good. */
  readonly problem: string | null;
}

/**
 * Finds the blocks of `wanted` (binary CIDs) in the archive `car`; stops as soon as it has all of them. The CIDs, the
 * archive and the blocks are ranges of `bytes`. The header's roots are not read: nothing here depends on them.
 */
export function findBlocks(bytes: Uint8Array, car: Span, wanted: readonly Span[]): CarBlocks {
  const found = new Array<Span | null>(wanted.length).fill(null);
  const byTail = wanted.length > 8 ? indexByTail(bytes, wanted) : null;
  const only = wanted.length === 1 ? wanted[0] : undefined;
  const limit = car.end;
  const header = varintEnd(bytes, car.start, limit);
  let offset = header < 0 ? limit + 1 : header + varintValue(bytes, car.start, header);
  if (offset > limit) return { found, problem: "no CAR header" };
  let missing = wanted.length;
  while (offset < limit && missing > 0) {
    const start = varintEnd(bytes, offset, limit);
    const end = start < 0 ? limit + 1 : start + varintValue(bytes, offset, start);
    if (end > limit) return { found, problem: `a section cut short at byte ${offset - car.start}` };
    const data = cidEnd(bytes, start, end);
    if (data === null) return { found, problem: `a section without a CID at byte ${offset - car.start}` };
    offset = end;
    // Nearly all sections are of no interest, which their last bytes tell.
    if (only !== undefined && bytes[data - 1] !== bytes[only.end - 1]) continue;
    const cid = { start, end: data };
    const candidates = byTail === null ? null : byTail.get(tail(bytes, data)) ?? NONE;
    const count = candidates === null ? wanted.length : candidates.length;
    for (let i = 0; i < count; i++) {
      const index = candidates === null ? i : candidates[i] ?? 0;
      const want = wanted[index];
      if (want === undefined || found[index] !== null || !sameSpans(bytes, cid, want)) continue;
      found[index] = { start: data, end };
      missing--;
    }
  }
  return { found, problem: null };
}

const NONE: readonly number[] = [];

/** Commits with dozens of ops would otherwise compare each section with each of them. */
function indexByTail(bytes: Uint8Array, wanted: readonly Span[]): Map<number, number[]> {
  const index = new Map<number, number[]>();
  wanted.forEach(({ end }, i) => {
    const key = tail(bytes, end);
    const same = index.get(key);
    if (same === undefined) index.set(key, [i]);
    else same.push(i);
  });
  return index;
}

/** The last three bytes before `end`: digest bytes, so as good as a hash. */
function tail(bytes: Uint8Array, end: number): number {
  return ((bytes[end - 3] ?? 0) << 16) | ((bytes[end - 2] ?? 0) << 8) | (bytes[end - 1] ?? 0);
}
