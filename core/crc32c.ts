// CRC-32C (Castagnoli), which guards each record batch: eight bytes a step, two parts side by side, as each step waits
// for the one before.
import { CRC } from "./layout";

const POLYNOMIAL: u32 = 0x82f63b78;
const TABLE: usize = 1024;
/** Eight tables of 256: the n-th is for a byte that n others follow within a step. */
const STEP: usize = 8;
/** Four more tables: what each byte of a checksum becomes over the bytes of a part. */
const SHIFT: usize = CRC + STEP * TABLE;
/** Bytes of each of the two parts. */
const PART: usize = 512;

/** Fills the tables. */
export function initCrc(): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ POLYNOMIAL : crc >> 1;
    store<u32>(CRC + (<usize> byte << 2), crc);
  }
  for (let at = CRC + TABLE; at < SHIFT; at += 4) store<u32>(at, overByte(load<u32>(at - TABLE)));
  for (let bit: u32 = 0; bit < 32; bit++) {
    let crc = (<u32> 1) << bit;
    for (let i: usize = 0; i < PART; i++) crc = overByte(crc);
    store<u32>(SHIFT + <usize> (bit >> 3) * TABLE + ((<usize> 1 << <usize> (bit & 7)) << 2), crc);
  }
  for (let table = SHIFT; table < SHIFT + 4 * TABLE; table += TABLE) {
    for (let byte: u32 = 3; byte < 256; byte++) {
      const rest = byte & (byte - 1);
      if (rest == 0) continue;
      const lowest = byte ^ rest;
      store<u32>(table + (<usize> byte << 2), at(table, rest) ^ at(table, lowest));
    }
  }
}

/** The checksum of the bytes from `s` to `e`. */
export function crc32c(s: usize, e: usize): u32 {
  let crc: u32 = 0xffffffff;
  while (e - s >= 2 * PART) {
    let other: u32 = 0;
    const end = s + PART;
    while (s < end) {
      crc = step(crc, s);
      other = step(other, s + PART);
      s += STEP;
    }
    crc = at(SHIFT, crc & 255) ^ at(SHIFT + TABLE, (crc >> 8) & 255) ^ at(SHIFT + 2 * TABLE, (crc >> 16) & 255) ^
      at(SHIFT + 3 * TABLE, crc >> 24) ^ other;
    s += PART;
  }
  while (e - s >= STEP) {
    crc = step(crc, s);
    s += STEP;
  }
  while (s < e) {
    crc = at(CRC, (crc ^ <u32> load<u8>(s)) & 255) ^ (crc >> 8);
    s++;
  }
  return ~crc;
}

// @ts-ignore: decorator
@inline
function at(table: usize, index: u32): u32 {
  return load<u32>(table + (<usize> index << 2));
}

/** A checksum over one more byte, which is zero. */
// @ts-ignore: decorator
@inline
function overByte(crc: u32): u32 {
  return (crc >> 8) ^ at(CRC, crc & 255);
}

/** A checksum over the eight bytes at `s`. */
// @ts-ignore: decorator
@inline
function step(crc: u32, s: usize): u32 {
  const a = load<u32>(s) ^ crc;
  const b = load<u32>(s, 4);
  return (at(CRC + 7 * TABLE, a & 255) ^ at(CRC + 6 * TABLE, (a >> 8) & 255)) ^
    (at(CRC + 5 * TABLE, (a >> 16) & 255) ^ at(CRC + 4 * TABLE, a >> 24)) ^
    ((at(CRC + 3 * TABLE, b & 255) ^ at(CRC + 2 * TABLE, (b >> 8) & 255)) ^
      (at(CRC + TABLE, (b >> 16) & 255) ^ at(CRC, b >> 24)));
}
