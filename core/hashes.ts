// The check that the blocks of operations are the ones their CIDs name.
import { hasBlock } from "./car";
import { DECODED, F_IS_SKIPPED, F_STATE, FRAME_ROW, O_BLOCK, O_CID, O_STATE, OP_ROW, OPEN, RIGHT } from "./layout";
import { firstOpOf, opsEndOf } from "./ops";
import { advance, begin, idle, isDigest, jobOf, step } from "./sha256";

const DIGEST: usize = 4;

let frame: usize = 0;
let lastFrame: usize = 0;
let op: usize = 0;
let lastOp: usize = 0;

/** Notes in the rows of all operations of frames `from` up to `to` whether their blocks are right. */
export function checkBlocks(from: usize, to: usize): void {
  frame = from;
  lastFrame = to;
  op = lastOp = 0;
  for (let lane: u32 = 0; lane < 4; lane++) feed(lane);
  while (jobOf(0) != 0 || jobOf(1) != 0 || jobOf(2) != 0 || jobOf(3) != 0) {
    step();
    for (let lane: u32 = 0; lane < 4; lane++) {
      const job = jobOf(lane);
      if (job == 0 || advance(lane)) continue;
      store<u32>(job, isDigest(lane, <usize> load<u32>(job, O_CID) + DIGEST) ? RIGHT : OPEN, O_STATE);
      feed(lane);
    }
  }
}

/** Begins with the next operation that has a block, if there is one. */
function feed(lane: u32): void {
  const next = nextOp();
  if (next == 0) return idle(lane);
  const block = <usize> load<u32>(next, O_BLOCK);
  begin(lane, next, block, <u32> (<usize> load<u32>(next, O_BLOCK + 4) - block));
}

function nextOp(): usize {
  while (true) {
    if (op < lastOp) {
      const found = op;
      op += OP_ROW;
      if (hasBlock(found)) return found;
    } else if (frame < lastFrame) {
      if (load<u32>(frame, F_STATE) == DECODED && load<u32>(frame, F_IS_SKIPPED) == 0) {
        op = firstOpOf(frame);
        lastOp = opsEndOf(frame);
      }
      frame += FRAME_ROW;
    } else return 0;
  }
}
