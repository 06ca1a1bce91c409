// Pieces of JSON. Each function takes where to write and returns where that ends; 0: something is for the host.
import { sequenceLength } from "./utf8";

const QUOTE: u8 = 0x22;

/** Copies sixteen bytes at a time; up to fifteen beyond are overwritten. */
// @ts-ignore: decorator
@inline
export function copy(o: usize, s: usize, length: usize): usize {
  const e = o + length;
  while (o < e) {
    v128.store(o, v128.load(s));
    o += 16;
    s += 16;
  }
  return e;
}

/** Which of sixteen bytes are not written as they are: control characters, quotes, backslashes, what is not ASCII. */
// @ts-ignore: decorator
@inline
function specialsOf(v: v128): i32 {
  return i8x16.bitmask(
    v128.or(
      i8x16.lt_s(v, i8x16.splat(0x20)),
      v128.or(i8x16.eq(v, i8x16.splat(0x22)), i8x16.eq(v, i8x16.splat(0x5c))),
    ),
  );
}

/** Bytes as a JSON string; 0 if they are no UTF-8. */
export function writeText(o: usize, s: usize, e: usize): usize {
  store<u8>(o++, QUOTE);
  while (s < e) {
    const v = v128.load(s);
    const specials = specialsOf(v);
    const left = e - s;
    const plain: usize = specials == 0 ? 16 : ctz(specials);
    v128.store(o, v);
    if (plain >= left) {
      o += left;
      break;
    }
    s += plain;
    o += plain;
    if (specials == 0) continue;
    const code = <u32> load<u8>(s);
    if (code < 0x80) {
      o = writeEscape(o, code);
      s++;
      continue;
    }
    do {
      const length = sequenceLength(s, e);
      if (length == 0) return 0;
      store<u32>(o, load<u32>(s));
      s += length;
      o += length;
    } while (s < e && load<u8>(s) >= 0x80);
  }
  store<u8>(o, QUOTE);
  return o + 1;
}

function writeEscape(o: usize, code: u32): usize {
  store<u8>(o, 0x5c);
  const letter: u32 = code == 0x22 || code == 0x5c
    ? code
    : code == 8
    ? 0x62
    : code == 9
    ? 0x74
    : code == 10
    ? 0x6e
    : code == 12
    ? 0x66
    : code == 13
    ? 0x72
    : 0;
  if (letter != 0) {
    store<u8>(o, letter, 1);
    return o + 2;
  }
  store<u32>(o, 0x30303075, 1);
  store<u8>(o, code < 16 ? 0x30 : 0x31, 4);
  store<u8>(o, hexDigit(code & 15), 5);
  return o + 6;
}

// @ts-ignore: decorator
@inline
function hexDigit(value: u32): u32 {
  return value < 10 ? 0x30 + value : 0x57 + value;
}

export function writeNull(o: usize): usize {
  store<u32>(o, 0x6c6c756e);
  return o + 4;
}

/** A whole number. */
export function writeInteger(o: usize, value: u64): usize {
  let digits: usize = 1;
  for (let power: u64 = 10; power <= value && digits < 20; power *= 10) digits++;
  const e = o + digits;
  for (let at = e; at > o;) {
    store<u8>(--at, 0x30 + <u32> (value % 10));
    value /= 10;
  }
  return e;
}

/** 36 bytes of a CID as `b` and base32: 57 letters and three bits. */
export function writeCid(o: usize, s: usize): usize {
  store<u8>(o++, 0x62);
  for (let i: usize = 0; i < 7; i++) {
    // Five bytes are eight letters.
    const five = bswap<u64>(load<u64>(s)) >> 24;
    for (let j: u64 = 0; j < 8; j++) store<u8>(o + <usize> j, letter(<u32> (five >> (35 - j * 5)) & 31));
    s += 5;
    o += 8;
  }
  const last = <u32> load<u8>(s);
  store<u8>(o, letter(last >> 3));
  store<u8>(o, letter((last & 7) << 2), 1);
  return o + 2;
}

// @ts-ignore: decorator
@inline
function letter(value: u32): u32 {
  return value < 26 ? 0x61 + value : 0x18 + value;
}

/** Bytes as base64 without padding. */
export function writeBase64(o: usize, s: usize, e: usize): usize {
  for (; s + 3 <= e; s += 3, o += 4) {
    const three = <u32> load<u8>(s) << 16 | <u32> load<u8>(s, 1) << 8 | <u32> load<u8>(s, 2);
    store<u8>(o, base64(three >> 18));
    store<u8>(o, base64((three >> 12) & 63), 1);
    store<u8>(o, base64((three >> 6) & 63), 2);
    store<u8>(o, base64(three & 63), 3);
  }
  if (s == e) return o;
  const two = <u32> load<u8>(s) << 8 | (s + 1 < e ? <u32> load<u8>(s, 1) : 0);
  store<u8>(o++, base64(two >> 10));
  store<u8>(o++, base64((two >> 4) & 63));
  if (s + 1 < e) store<u8>(o++, base64((two << 2) & 63));
  return o;
}

function base64(value: u32): u32 {
  return value < 26 ? 0x41 + value : value < 52 ? 0x47 + value : value < 62 ? value - 4 : value == 62 ? 0x2b : 0x2f;
}
