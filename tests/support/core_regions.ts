/**
 * The regions of the core's memory, from the names that core/ and the host share.
 *
 * @module
 */
import * as layout from "../../src/plane/memory.ts";

/** Where a region begins, and how many bytes of it are written at most. */
export interface Region {
  readonly name: string;
  readonly start: number;
  readonly bytes: number;
}

/** What core/sha256.ts needs: 64 words and 8 words of state in four lanes, two blocks a lane, four rows of lanes. */
const SHA_BYTES = 0x800 + 4 * 16;

/** How many bytes each region has. Those that stand alone in layout.ts are the rest before the next one. */
const BYTES: Readonly<Record<string, number>> = {
  CLASSES: 256,
  SHA: SHA_BYTES,
  SLOTS: layout.MAX_SLOTS * 8,
  CRC: 12 * 1024,
  RECORDS: layout.MAX_RECORDS * layout.RECORD_ROW,
  FRAMES: layout.MAX_FRAMES * layout.FRAME_ROW,
  OPS: layout.MAX_OPS * layout.OP_ROW,
  HANDLES: layout.MAX_FRAMES * layout.HANDLE_BYTES,
  CONFIG: layout.CONFIG_BYTES,
  JSON: layout.INPUT - layout.JSON,
  INPUT: layout.INPUT_BYTES,
  OUT: layout.OUT_BYTES,
  EVENTS: layout.EVENT_SLOTS * layout.SLOT_BYTES,
  STAGE: layout.STAGE_BYTES,
  WIRE: layout.WIRE_BYTES,
};

/** Every region of layout.ts, in the order of their addresses. A name without a `_` that is an address is a region. */
export const REGIONS: readonly Region[] = Object.entries(layout)
  .filter((entry): entry is [string, number] => /^[A-Z0-9]+$/.test(entry[0]) && Number(entry[1]) >= layout.CLASSES)
  .map(([name, start]) => ({ name, start, bytes: BYTES[name] ?? NaN }))
  .sort((a, b) => a.start - b.start);
