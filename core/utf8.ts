// UTF-8 by its bytes.

/** Whether the bytes from `p` to `e` are UTF-8: no overlong form, no surrogate, nothing past U+10FFFF, nothing cut short. */
export function isUtf8(p: usize, e: usize): bool {
  while (p < e) {
    const others = i8x16.bitmask(v128.load(p));
    if (others == 0) {
      p += 16;
      continue;
    }
    p += ctz(others);
    while (p < e && load<u8>(p) >= 0x80) {
      const length = sequenceLength(p, e);
      if (length == 0) return false;
      p += length;
    }
  }
  return true;
}

/** How many bytes the character of more than one byte has that begins at `p`; 0 if none does before `e`. */
// @ts-ignore: decorator
@inline
export function sequenceLength(p: usize, e: usize): u32 {
  const first = <u32> load<u8>(p);
  const left = <u32> (e - p);
  if (first >= 0xc2 && first <= 0xdf) return left >= 2 && isNext(p, 1) ? 2 : 0;
  const second = <u32> load<u8>(p, 1);
  if (first >= 0xe0 && first <= 0xef) {
    if (left < 3 || !isNext(p, 1) || !isNext(p, 2)) return 0;
    const fits = first == 0xe0 ? second >= 0xa0 : first == 0xed ? second <= 0x9f : true;
    return fits ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    if (left < 4 || !isNext(p, 1) || !isNext(p, 2) || !isNext(p, 3)) return 0;
    const fits = first == 0xf0 ? second >= 0x90 : first == 0xf4 ? second <= 0x8f : true;
    return fits ? 4 : 0;
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function isNext(p: usize, offset: usize): bool {
  return (load<u8>(p + offset) & 0xc0) == 0x80;
}
