// CBOR heads, and steps over whole items. A position of 0 says that something is for the host to decide.
//
// A read may run past the end of what is read, into the bytes behind it, but never past memory: each position is compared
// with `end` before what stands there counts.
import { isUtf8 } from "./utf8";

/** Where the item, frame or list ends that is read. */
export let end: usize = 0;
/** The argument of the last head: a value, a length or a count. What needs more than 32 bits is 0xffffffff. */
export let argument: u32 = 0;
let items: u32 = 0;

/** The host allows more of both; what comes near is its to decide. */
const MAX_ITEMS: u32 = 90000;
const MAX_DEPTH: u32 = 24;
const CID_TAG: u32 = 42;
/** With the zero before the CID. */
const MAX_CID_BYTES: u32 = 101;

/** Reads up to `to` from here on. */
export function limit(to: usize): void {
  end = to;
  items = 0;
}

// @ts-ignore: decorator
@inline
export function majorAt(p: usize): u32 {
  return <u32> load<u8>(p) >> 5;
}

/** Where the head at `p` ends; it is for the caller to compare that with `end`. */
// @ts-ignore: decorator
@inline
export function headAt(p: usize): usize {
  const info = <u32> load<u8>(p) & 31;
  if (info < 24) {
    argument = info;
    return p + 1;
  }
  return longHeadAt(p, info);
}

function longHeadAt(p: usize, info: u32): usize {
  if (info == 24) {
    argument = load<u8>(p, 1);
    return p + 2;
  }
  if (info == 25) {
    argument = bswap<u16>(load<u16>(p, 1));
    return p + 3;
  }
  if (info == 26) {
    argument = bswap<u32>(load<u32>(p, 1));
    return p + 5;
  }
  if (info == 27) {
    argument = load<u32>(p, 1) != 0 ? u32.MAX_VALUE : bswap<u32>(load<u32>(p, 5));
    return p + 9;
  }
  return 0;
}

/** Enters a map or an array of this major type; its size is the argument. */
export function enterAt(p: usize, major: u32): usize {
  if (majorAt(p) != major) return 0;
  p = headAt(p);
  return p != 0 && counts(p, argument) ? p : 0;
}

/** Whether so many items may follow at `p`. */
function counts(p: usize, size: u32): bool {
  if (p > end || size > <u32> (end - p)) return false;
  items += size;
  return items <= MAX_ITEMS;
}

/** Steps over a text; its bytes are the last `argument` before where it ends. It need not be UTF-8. */
// @ts-ignore: decorator
@inline
export function textAt(p: usize): usize {
  return majorAt(p) == 3 ? contentAt(p) : 0;
}

/** Steps over a text or a string of bytes, whichever it is. */
// @ts-ignore: decorator
@inline
export function contentAt(p: usize): usize {
  const q = headAt(p);
  if (q == 0 || q > end || argument > <u32> (end - q)) return 0;
  return q + argument;
}

/** Steps over any item, as one does over what nobody asks for. */
export function skip(p: usize, depth: u32): usize {
  const major = majorAt(p);
  p = headAt(p);
  if (p == 0 || p > end) return 0;
  const size = argument;
  if (major < 2 || major == 7) return p;
  if (major < 4) return size > <u32> (end - p) ? 0 : p + size;
  if (depth >= MAX_DEPTH) return 0;
  if (major == 6) return skip(p, depth + 1);
  if (!counts(p, size)) return 0;
  for (let left = major == 5 ? size * 2 : size; left > 0; left--) {
    p = skip(p, depth + 1);
    if (p == 0) return 0;
  }
  return p;
}

/** Steps over an item that is DAG-CBOR throughout: what a decoder would take. */
export function check(p: usize, depth: u32): usize {
  const initial = <u32> load<u8>(p);
  const major = initial >> 5;
  p = headAt(p);
  if (p == 0 || p > end) return 0;
  const size = argument;
  if (major < 2) return p;
  if (major == 7) return isSimple(initial) ? p : 0;
  if (major < 4) {
    if (size > <u32> (end - p)) return 0;
    return major == 3 && !isUtf8(p, p + size) ? 0 : p + size;
  }
  if (major == 6) return size == CID_TAG ? cidContentAt(p) : 0;
  if (depth >= MAX_DEPTH || !counts(p, size)) return 0;
  if (major == 4) {
    for (let left = size; left > 0; left--) {
      p = check(p, depth + 1);
      if (p == 0) return 0;
    }
    return p;
  }
  if (!counts(p, size * 2)) return 0;
  for (let left = size; left > 0; left--) {
    p = textAt(p);
    if (p == 0 || !isUtf8(p - argument, p)) return 0;
    p = check(p, depth + 1);
    if (p == 0) return 0;
  }
  return p;
}

/** False, true, null or a float. */
function isSimple(initial: u32): bool {
  return (initial >= 0xf4 && initial <= 0xf6) || (initial >= 0xf9 && initial <= 0xfb);
}

/** Steps over a CID; its bytes are the last `argument` before where it ends. */
export function cidAt(p: usize): usize {
  if (majorAt(p) != 6) return 0;
  p = headAt(p);
  return p != 0 && p <= end && argument == CID_TAG ? cidContentAt(p) : 0;
}

/** The same after its tag. */
function cidContentAt(p: usize): usize {
  if (majorAt(p) != 2) return 0;
  const q = headAt(p);
  if (q == 0 || q > end || argument > <u32> (end - q)) return 0;
  if (argument < 2 || argument > MAX_CID_BYTES || load<u8>(q) != 0) return 0;
  const last = q + argument;
  argument--;
  return last;
}
