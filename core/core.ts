// What the host calls, a batch of frames at a time.
import { findBlocks, hasBlock } from "./car";
import { takeCollections } from "./collections";
import { crc32c, initCrc } from "./crc32c";
import { clearEvents, encodeEvent, out } from "./event";
import { decodeFrame } from "./frame";
import { checkBlocks } from "./hashes";
import {
  DECODED,
  DONE,
  ENCODED,
  F_IS_SKIPPED,
  F_STATE,
  F_UNKNOWN,
  FRAME_ROW,
  FRAMES,
  O_IS_SKIPPED,
  O_STATE,
  OP_ROW,
  OPEN,
  OPS,
  UNUSUAL,
  WRITTEN,
} from "./layout";
import { clearOps, firstOpOf, opCount, opsEndOf, readOps, takeKinds } from "./ops";
import { firstMs, keep, maxMs, writeRecords } from "./records";
import { initSyntax } from "./syntax";

export { crc32c, keep, writeRecords };

/** To be called once, before all else. */
export function init(): void {
  initCrc();
  initSyntax();
}

/**
 * What is wanted: `table` is that of collections, `others` the row for those it lacks, or 0 where the host decides on
 * them.
 */
export function configure(table: usize, others: usize, writes: bool, deletes: bool): void {
  takeCollections(table, others);
  takeKinds(writes, deletes);
}

/** Decodes the first `count` frames, whose places stand in their rows. */
export function decode(count: u32): void {
  clearOps();
  const last = FRAMES + <usize> count * FRAME_ROW;
  for (let frame: usize = FRAMES; frame < last; frame += FRAME_ROW) {
    store<u32>(frame, 0, F_IS_SKIPPED);
    store<u32>(frame, 0, F_UNKNOWN);
    store<u32>(frame, decodeFrame(frame) && readOps(frame) ? DECODED : UNUSUAL, F_STATE);
  }
}

/** Writes the events of the frames `from` up to `to` that were decoded and not skipped. */
export function encode(from: u32, to: u32): void {
  clearEvents();
  const first = FRAMES + <usize> from * FRAME_ROW;
  const last = FRAMES + <usize> to * FRAME_ROW;
  for (let frame = first; frame < last; frame += FRAME_ROW) {
    if (load<u32>(frame, F_STATE) >= ENCODED) store<u32>(frame, DECODED, F_STATE);
    if (load<u32>(frame, F_STATE) != DECODED || load<u32>(frame, F_IS_SKIPPED) != 0) continue;
    if (!findBlocks(frame)) store<u32>(frame, UNUSUAL, F_STATE);
  }
  checkBlocks(first, last);
  for (let frame = first; frame < last; frame += FRAME_ROW) {
    if (load<u32>(frame, F_STATE) != DECODED || load<u32>(frame, F_IS_SKIPPED) != 0) continue;
    store<u32>(frame, encodeFrame(frame), F_STATE);
  }
}

/** The earliest time of the records that were written last, in milliseconds since 1970. */
export function firstRecordMs(): f64 {
  return firstMs;
}

/** Their latest time. */
export function lastRecordMs(): f64 {
  return maxMs;
}

/** Where the events that were written last end. */
export function outEnd(): usize {
  return out;
}

/** Where the rows of operations end. */
export function opsEnd(): usize {
  return OPS + <usize> opCount * OP_ROW;
}

/** Writes the events of a frame; what state it is in then. */
function encodeFrame(frame: usize): u32 {
  const first = firstOpOf(frame);
  const last = opsEndOf(frame);
  for (let op = first; op < last; op += OP_ROW) {
    if (hasBlock(op) && load<u32>(op, O_STATE) == OPEN) return UNUSUAL;
  }
  let state = WRITTEN;
  for (let op = first; op < last; op += OP_ROW) {
    if (load<u32>(op, O_IS_SKIPPED) != 0) continue;
    if (hasBlock(op) && encodeEvent(op)) store<u32>(op, DONE, O_STATE);
    else state = ENCODED;
  }
  return state;
}
