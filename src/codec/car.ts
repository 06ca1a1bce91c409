/**
 * CARv1, read once from front to back for the few blocks that are wanted: sections come in any order, with duplicates,
 * with blocks nobody asked for, and with some missing.
 *
 * @module
 */
import { cidEnd } from "./cid.ts";
import { readVarint } from "./varint.ts";

/** What a walk over an archive found. */
export interface CarBlocks {
  /** For each wanted CID its block as a view on the archive, or null. */
  readonly found: readonly (Uint8Array | null)[];
  /** What stopped the walk before the end, or null. Blocks found before it are good. */
  readonly problem: string | null;
}

/**
 * Finds the blocks of `wanted` (binary CIDs) in the archive `car`; stops as soon as it has all of them.
 * The header's roots are not read: nothing here depends on them.
 */
export function findBlocks(car: Uint8Array, wanted: readonly Uint8Array[]): CarBlocks {
  const found = new Array<Uint8Array | null>(wanted.length).fill(null);
  const byTail = wanted.length > 8 ? indexByTail(wanted) : null;
  const header = readVarint(car, 0, car.length);
  if (header === null || header.end + header.value > car.length) return { found, problem: "no CAR header" };
  let offset = header.end + header.value;
  let missing = wanted.length;
  while (offset < car.length && missing > 0) {
    const section = readVarint(car, offset, car.length);
    const end = section === null ? 0 : section.end + section.value;
    if (section === null || end > car.length) return { found, problem: `a section cut short at byte ${offset}` };
    const data = cidEnd(car, section.end, end);
    if (data === null) return { found, problem: `a section without a CID at byte ${offset}` };
    const candidates = byTail === null ? null : byTail.get(tail(car, data)) ?? [];
    const count = candidates === null ? wanted.length : candidates.length;
    for (let i = 0; i < count; i++) {
      const index = candidates === null ? i : candidates[i] ?? 0;
      const cid = wanted[index];
      if (cid === undefined || found[index] !== null || !sameBytes(car, section.end, data, cid)) continue;
      found[index] = car.subarray(data, end);
      missing--;
    }
    offset = end;
  }
  return { found, problem: null };
}

/** Commits with dozens of ops would otherwise compare each section with each of them. */
function indexByTail(wanted: readonly Uint8Array[]): Map<number, number[]> {
  const index = new Map<number, number[]>();
  wanted.forEach((cid, i) => {
    const key = tail(cid, cid.length);
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

function sameBytes(bytes: Uint8Array, start: number, end: number, other: Uint8Array): boolean {
  if (end - start !== other.length) return false;
  // From the end: the first bytes are the same in every CID.
  for (let i = other.length - 1; i >= 0; i--) if (bytes[start + i] !== other[i]) return false;
  return true;
}
