// Collections by the bytes of their names: a table with chains, filled by the host.
import { C_LENGTH, C_NAME, C_NEXT } from "./layout";

const BUCKETS: u32 = 256;
let table: usize = 0;
/** The row for every collection that the table lacks; 0: those are for the host. */
let others: usize = 0;

/** `at` has a word for each of 256 buckets: its first row, or 0. */
export function takeCollections(at: usize, rowOfOthers: usize): void {
  table = at;
  others = rowOfOthers;
}

/** The bucket of a name. The host fills the table by the same rule. */
export function bucketOf(p: usize, e: usize): u32 {
  // Names differ at their ends.
  const last = e > p ? <u32> load<u8>(e - 1) : 0;
  const before = e - p > 4 ? <u32> load<u8>(e - 4) : 0;
  return (<u32> (e - p) * 31 + last * 7 + before) % BUCKETS;
}

/** The row of a collection; 0: it is for the host. */
export function collectionAt(p: usize, e: usize): usize {
  const length = <u32> (e - p);
  for (let row = load<u32>(table + <usize> bucketOf(p, e) * 4); row != 0; row = load<u32>(row, C_NEXT)) {
    if (load<u32>(row, C_LENGTH) != length) continue;
    const name = <usize> load<u32>(row, C_NAME);
    let i = length;
    while (i > 0 && load<u8>(p + i - 1) == load<u8>(name + i - 1)) i--;
    if (i == 0) return row;
  }
  return others;
}
