// The blocks of wanted operations in a commit's CAR archive.
import { DELETE, F_BLOCKS, O_BLOCK, O_CID, O_IS_SKIPPED, O_KIND, O_STATE, OP_ROW, OPEN } from "./layout";
import { firstOpOf, isSha256, opsEndOf } from "./ops";

const MAX_SECTIONS: u32 = 20000;
/** Larger blocks are rare, and those of a commit may not have more together; the host decides. */
const MAX_BLOCK: usize = 16384;
const MAX_BLOCKS: usize = 1000000;
const CID_BYTES: usize = 36;

/** Where the length at `p` ends that `varint` holds then; 0 if it takes more than four bytes, or runs past `e`. */
function varintAt(p: usize, e: usize): usize {
  varint = 0;
  for (let shift: u32 = 0; shift < 28; shift += 7) {
    if (p >= e) return 0;
    const byte = <u32> load<u8>(p++);
    varint |= (byte & 0x7f) << shift;
    if (byte < 0x80) return p;
  }
  return 0;
}

let varint: u32 = 0;

/** Notes where the blocks of a frame's operations stand; false: something is for the host. */
export function findBlocks(frame: usize): bool {
  const first = firstOpOf(frame);
  const last = opsEndOf(frame);
  let missing: u32 = 0;
  for (let op = first; op < last; op += OP_ROW) {
    store<u32>(op, OPEN, O_STATE);
    if (!hasBlock(op)) continue;
    store<u32>(op, 0, O_BLOCK);
    missing++;
  }
  // An archive that nobody reads need not be one.
  if (missing == 0) return true;
  const archiveEnd = <usize> load<u32>(frame, F_BLOCKS + 4);
  let p = varintAt(load<u32>(frame, F_BLOCKS), archiveEnd);
  if (p == 0 || varint > <u32> (archiveEnd - p)) return false;
  p += varint;
  let bytes: usize = 0;
  for (let sections: u32 = 0; missing > 0; sections++) {
    if (p >= archiveEnd || sections == MAX_SECTIONS) return false;
    const cid = varintAt(p, archiveEnd);
    if (cid == 0 || varint > <u32> (archiveEnd - cid) || varint < <u32> CID_BYTES || !isSha256(cid)) return false;
    p = cid + varint;
    for (let op = first; op < last; op += OP_ROW) {
      if (!hasBlock(op) || !isSame(load<u32>(op, O_CID), cid) || load<u32>(op, O_BLOCK) != 0) continue;
      bytes += p - cid;
      if (p - cid - CID_BYTES > MAX_BLOCK || bytes > MAX_BLOCKS) return false;
      store<u32>(op, cid + CID_BYTES, O_BLOCK);
      store<u32>(op, p, O_BLOCK + 4);
      missing--;
    }
  }
  return true;
}

/** Whether an operation names a block that is wanted. */
// @ts-ignore: decorator
@inline
export function hasBlock(op: usize): bool {
  return load<u32>(op, O_KIND) != DELETE && load<u32>(op, O_IS_SKIPPED) == 0;
}

/** Whether two CIDs are one. Compared from the end, as their beginnings are alike. */
// @ts-ignore: decorator
@inline
function isSame(a: usize, b: usize): bool {
  return load<u64>(a, 28) == load<u64>(b, 28) && load<u64>(a, 20) == load<u64>(b, 20) &&
    load<u64>(a, 12) == load<u64>(b, 12) && load<u64>(a, 4) == load<u64>(b, 4) && load<u32>(a) == load<u32>(b);
}
