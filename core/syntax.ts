// Identifiers and times by their bytes.
import { CLASSES } from "./layout";

const IN_DID: u8 = 1;
const IN_RECORD_KEY: u8 = 2;
const MAX_RECORD_KEY: u32 = 512;

/** Fills the table of what each byte may stand in. */
export function initSyntax(): void {
  for (let code: u32 = 0; code < 256; code++) {
    const isBoth = (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) ||
      code == 0x2d || code == 0x2e || code == 0x3a || code == 0x5f;
    const isPercent = code == 0x25;
    const isTilde = code == 0x7e;
    store<u8>(CLASSES + code, (isBoth || isPercent ? IN_DID : 0) | (isBoth || isTilde ? IN_RECORD_KEY : 0));
  }
}

/** `did:`, a method of small letters and digits, `:`, and then letters, digits and `._:%-`. */
export function isDid(s: usize, e: usize): bool {
  if (e - s < 4 || load<u32>(s) != 0x3a646964) return false;
  let colon = s + 4;
  while (colon < e && isLowerOrDigit(<u32> load<u8>(colon))) colon++;
  if (colon == s + 4 || colon + 1 >= e || load<u8>(colon) != 0x3a) return false;
  for (let p = colon + 1; p < e; p++) if ((load<u8>(CLASSES + <usize> load<u8>(p)) & IN_DID) == 0) return false;
  return true;
}

/** 1 to 512 letters, digits and `._:~-`, but neither `.` nor `..`. */
export function isRecordKey(s: usize, e: usize): bool {
  const length = <i32> (e - s);
  if (length < 1 || length > <i32> MAX_RECORD_KEY) return false;
  for (let p = s; p < e; p++) if ((load<u8>(CLASSES + <usize> load<u8>(p)) & IN_RECORD_KEY) == 0) return false;
  const isDots = load<u8>(s) == 0x2e && (length == 1 || (length == 2 && load<u8>(s, 1) == 0x2e));
  return !isDots;
}

/** Small letters and digits alone, at least one. */
export function isRevision(s: usize, e: usize): bool {
  for (let p = s; p < e; p++) if (!isLowerOrDigit(<u32> load<u8>(p))) return false;
  return s < e;
}

// @ts-ignore: decorator
@inline
function isLowerOrDigit(code: u32): bool {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39);
}

/** The milliseconds since 1970 in a timestamp identifier, thirteen digits of base 32, of which two say nothing; else NaN. */
export function tidTimeMs(s: usize, e: usize): f64 {
  if (e - s != 13) return NaN;
  let micros: u64 = 0;
  for (let p = s; p < s + 11; p++) {
    const code = <u32> load<u8>(p);
    const digit: u32 = code >= 0x61 && code <= 0x7a ? code - 0x5b : code >= 0x32 && code <= 0x37 ? code - 0x32 : 255;
    if (digit == 255) return NaN;
    micros = micros << 5 | digit;
  }
  return <f64> micros / 1000;
}

/** `YYYY-MM-DDTHH:MM:SS` with the digits as set bits, the first in the lowest. Only the first sixteen fit. */
const DIGITS: i32 = 0b1101101101101111;
const MAX_FRACTION: usize = 9;

/** RFC 3339 in UTC with a `Z`, years 1 to 9999, at most nine fractional digits. */
export function isUtcTime(s: usize, e: usize): bool {
  const length = e - s;
  if (length < 20 || length > 21 + MAX_FRACTION || load<u8>(e - 1) != 0x5a) return false;
  const digits = i8x16.bitmask(i8x16.lt_u(i8x16.sub(v128.load(s), i8x16.splat(0x30)), i8x16.splat(10)));
  if (digits != DIGITS || !isDigit(s + 17) || !isDigit(s + 18)) return false;
  if (load<u8>(s, 4) != 0x2d || load<u8>(s, 7) != 0x2d || load<u8>(s, 10) != 0x54) return false;
  if (load<u8>(s, 13) != 0x3a || load<u8>(s, 16) != 0x3a) return false;
  if (length > 20) {
    if (length == 21 || load<u8>(s, 19) != 0x2e) return false;
    for (let p = s + 20; p < e - 1; p++) if (!isDigit(p)) return false;
  }
  const year = two(s) * 100 + two(s + 2);
  const day = two(s + 8);
  return year > 0 && day >= 1 && day <= daysIn(year, two(s + 5)) && two(s + 11) <= 23 && two(s + 14) <= 59 &&
    two(s + 17) <= 59;
}

// @ts-ignore: decorator
@inline
function isDigit(p: usize): bool {
  return <u32> load<u8>(p) - 0x30 <= 9;
}

// @ts-ignore: decorator
@inline
function two(p: usize): u32 {
  return (<u32> load<u8>(p) - 0x30) * 10 + <u32> load<u8>(p, 1) - 0x30;
}

/** 0 for a month that is none. */
function daysIn(year: u32, month: u32): u32 {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  if (month < 1 || month > 12) return 0;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/** From 1 March of the year 0 to 1 January 1970, with the day that counting days from 1 adds. */
const DAYS_BEFORE_1970: i32 = 719469;

/** The milliseconds since 1970 of such a time; smaller fractions are cut off. */
export function utcTimeMs(s: usize, e: usize): f64 {
  const year = <i32> (two(s) * 100 + two(s + 2));
  const month = <i32> two(s + 5);
  // Years begin in March, so that a leap day is the last day of its year.
  const years = month > 2 ? year : year - 1;
  const months = month > 2 ? month - 3 : month + 9;
  const leapDays = (years >> 2) - years / 100 + years / 400;
  const days = years * 365 + leapDays + (months * 153 + 2) / 5 + <i32> two(s + 8) - DAYS_BEFORE_1970;
  const seconds = (two(s + 11) * 60 + two(s + 14)) * 60 + two(s + 17);
  let ms: u32 = 0;
  if (e - s > 21) ms += (<u32> load<u8>(s, 20) - 0x30) * 100;
  if (e - s > 22) ms += (<u32> load<u8>(s, 21) - 0x30) * 10;
  if (e - s > 23) ms += <u32> load<u8>(s, 22) - 0x30;
  return (<f64> days * 86400 + <f64> seconds) * 1000 + <f64> ms;
}

/** Whether one such time is before another. */
export function isEarlier(a: usize, aEnd: usize, b: usize, bEnd: usize): bool {
  // Without the Z a whole second comes before its fractions.
  const aLength = aEnd - a - 1;
  const bLength = bEnd - b - 1;
  for (let i: usize = 0; i < aLength && i < bLength; i++) {
    const x = load<u8>(a + i);
    const y = load<u8>(b + i);
    if (x != y) return x < y;
  }
  return aLength < bLength;
}

/** A fingerprint of 53 bits of the bytes in two ranges, with a slash between them. */
export function fingerprint(a: usize, aEnd: usize, b: usize, bEnd: usize): f64 {
  high = 0x811c9dc5;
  low = 0x2f0b4a27;
  for (let p = a; p < aEnd; p++) mix(<u32> load<u8>(p));
  mix(0x2f);
  for (let p = b; p < bEnd; p++) mix(<u32> load<u8>(p));
  return <f64> high * 2097152 + <f64> (low >> 11);
}

let high: u32 = 0;
let low: u32 = 0;

// @ts-ignore: decorator
@inline
function mix(byte: u32): void {
  high = (high ^ byte) * 0x01000193;
  low = (low ^ byte) * 0x5bd1e995;
}
