// The fields of a record that its event needs: where they stand in its block.
import { argument, check, cidAt, end, enterAt, majorAt, textAt } from "./cbor";
import { SLOTS } from "./layout";
import { isSha256 } from "./ops";
import { isUtf8 } from "./utf8";

// A map of fields in CONFIG: how many, and a row for each, all in words.
const N_COUNT: usize = 0;
const N_FIRST: usize = 8;
const N_ROW: usize = 32;
/** The first eight bytes of the name, the rest being zeros; its length; where it stands. */
const N_HEAD: usize = 0;
const N_LENGTH: usize = 8;
const N_NAME: usize = 12;
const N_FORM: usize = 16;
/** Of a map where its fields are, else the slot. */
const N_TARGET: usize = 20;

// What a field must be. A checked text is one that some events do not write, so that nothing else shows it to be UTF-8.
const TEXT: u32 = 0;
const CHECKED_TEXT: u32 = 1;
const TEXTS: u32 = 2;
const MAP: u32 = 3;
const ARRAY: u32 = 4;
const OBJECT: u32 = 5;
const LINK: u32 = 6;

/** Reads the map at `p`, whose fields are in `node`; returns where it ends, 0 if the record is for the host. */
export function readFields(p: usize, node: usize, depth: u32): usize {
  p = enterAt(p, 5);
  if (p == 0) return 0;
  const first = node + N_FIRST;
  const last = first + <usize> load<u32>(node, N_COUNT) * N_ROW;
  let seen: u32 = 0;
  for (let left = argument; left > 0; left--) {
    p = textAt(p);
    if (p == 0) return 0;
    const length = argument;
    const name = p - length;
    const row = find(first, last, name, length);
    if (row == 0) {
      if (!isUtf8(name, p)) return 0;
      p = check(p, depth + 1);
      if (p == 0) return 0;
      continue;
    }
    const bit: u32 = 1 << <u32> ((row - first) / N_ROW);
    // Of a key that stands twice the last value counts.
    if ((seen & bit) != 0) return 0;
    seen |= bit;
    p = load<u32>(row, N_FORM) == MAP
      ? readFields(p, load<u32>(row, N_TARGET), depth + 1)
      : readField(p, load<u32>(row, N_FORM), SLOTS + (<usize> load<u32>(row, N_TARGET) << 3), depth + 1);
    if (p == 0) return 0;
  }
  return p;
}

/** The row of a name; 0: it is none of them. */
function find(row: usize, last: usize, name: usize, length: u32): usize {
  const head = length >= 8 ? load<u64>(name) : load<u64>(name) & ((<u64> 1 << (<u64> length << 3)) - 1);
  for (; row < last; row += N_ROW) {
    if (load<u64>(row, N_HEAD) != head || load<u32>(row, N_LENGTH) != length) continue;
    if (length <= 8 || memory.compare(name, load<u32>(row, N_NAME), length) == 0) return row;
  }
  return 0;
}

function readField(p: usize, form: u32, slot: usize, depth: u32): usize {
  if (form <= CHECKED_TEXT) {
    p = textAt(p);
    if (p == 0 || (form == CHECKED_TEXT && !isUtf8(p - argument, p))) return 0;
    store<u32>(slot, p - argument);
  } else if (form == TEXTS) {
    store<u32>(slot, p);
    p = enterAt(p, 4);
    if (p == 0) return 0;
    for (let left = argument; left > 0; left--) {
      p = textAt(p);
      if (p == 0) return 0;
    }
  } else if (form == LINK) {
    p = cidAt(p);
    if (p == 0 || argument != 36 || !isSha256(p - 36)) return 0;
    store<u32>(slot, p - 36);
  } else {
    if (majorAt(p) == <u32> (form == ARRAY ? 4 : 5) && p < end) store<u32>(slot, p);
    return check(p, depth);
  }
  store<u32>(slot, p, 4);
  return p;
}

/** Forgets what the last record had in its slots. */
export function clearSlots(slots: u32): void {
  memory.fill(SLOTS, 0, <usize> slots << 3);
}
