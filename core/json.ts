// A DAG-CBOR item as the protocol's JSON, bytes to bytes.
import { argument, cidAt, contentAt, end, enterAt, headAt, majorAt, textAt } from "./cbor";
import { isSha256 } from "./ops";
import { writeBase64, writeCid, writeInteger, writeNull, writeText } from "./write";

const MAX_DEPTH: u32 = 24;
/** What is larger keeps its digits by the host's way. */
const MAX_INTEGER: u32 = 0xfffffffe;

/** Where the item that was written last ends. */
export let itemEnd: usize = 0;

/** Writes the item at `p`; returns where that ends, 0 if the host is to write it. */
export function writeJson(o: usize, p: usize, depth: u32): usize {
  switch (majorAt(p)) {
    case 0:
    case 1:
      return writeNumber(o, p);
    case 2:
      itemEnd = contentAt(p);
      if (itemEnd == 0) return 0;
      o = writePiece(o, BYTES, 11);
      return writePiece(writeBase64(o, itemEnd - argument, itemEnd), END_OF_TEXT, 2);
    case 3:
      itemEnd = textAt(p);
      return itemEnd == 0 ? 0 : writeText(o, itemEnd - argument, itemEnd);
    case 4:
      return writeArray(o, p, depth);
    case 5:
      return writeMap(o, p, depth);
    case 6:
      itemEnd = cidAt(p);
      if (itemEnd == 0 || argument != 36 || !isSha256(itemEnd - 36)) return 0;
      o = writePiece(o, LINK, 10);
      return writePiece(writeCid(o, itemEnd - 36), END_OF_TEXT, 2);
    default:
      return writeSimple(o, p);
  }
}

const LINK = memory.data<u8>([0x7b, 0x22, 0x24, 0x6c, 0x69, 0x6e, 0x6b, 0x22, 0x3a, 0x22, 0, 0]);
const BYTES = memory.data<u8>([0x7b, 0x22, 0x24, 0x62, 0x79, 0x74, 0x65, 0x73, 0x22, 0x3a, 0x22, 0]);
const END_OF_TEXT = memory.data<u8>([0x22, 0x7d]);

function writePiece(o: usize, piece: usize, length: usize): usize {
  memory.copy(o, piece, length);
  return o + length;
}

function writeNumber(o: usize, p: usize): usize {
  const isNegative = majorAt(p) == 1;
  itemEnd = headAt(p);
  if (itemEnd == 0 || itemEnd > end || argument > MAX_INTEGER) return 0;
  if (!isNegative) return writeInteger(o, argument);
  store<u8>(o, 0x2d);
  return writeInteger(o + 1, <u64> argument + 1);
}

function writeArray(o: usize, p: usize, depth: u32): usize {
  p = enterAt(p, 4);
  if (p == 0 || depth >= MAX_DEPTH) return 0;
  const size = argument;
  store<u8>(o++, 0x5b);
  for (let i: u32 = 0; i < size; i++) {
    if (i > 0) store<u8>(o++, 0x2c);
    o = writeJson(o, p, depth + 1);
    if (o == 0) return 0;
    p = itemEnd;
  }
  itemEnd = p;
  store<u8>(o, 0x5d);
  return o + 1;
}

function writeMap(o: usize, p: usize, depth: u32): usize {
  p = enterAt(p, 5);
  if (p == 0 || depth >= MAX_DEPTH) return 0;
  const size = argument;
  store<u8>(o++, 0x7b);
  let before: usize = 0;
  let beforeLength: u32 = 0;
  for (let i: u32 = 0; i < size; i++) {
    p = textAt(p);
    if (p == 0) return 0;
    const length = argument;
    const key = p - length;
    // Out of order, a key may stand twice.
    if (i > 0) {
      if (length < beforeLength || (length == beforeLength && memory.compare(key, before, length) <= 0)) return 0;
      store<u8>(o++, 0x2c);
    }
    before = key;
    beforeLength = length;
    o = writeText(o, key, p);
    if (o == 0) return 0;
    store<u8>(o++, 0x3a);
    o = writeJson(o, p, depth + 1);
    if (o == 0) return 0;
    p = itemEnd;
  }
  itemEnd = p;
  store<u8>(o, 0x7d);
  return o + 1;
}

/** False, true and null; the host writes floats. */
function writeSimple(o: usize, p: usize): usize {
  itemEnd = p + 1;
  if (itemEnd > end) return 0;
  const initial = load<u8>(p);
  if (initial == 0xf6) return writeNull(o);
  if (initial == 0xf5) {
    store<u32>(o, 0x65757274);
    return o + 4;
  }
  if (initial != 0xf4) return 0;
  store<u32>(o, 0x736c6166);
  store<u8>(o, 0x65, 4);
  return o + 5;
}
