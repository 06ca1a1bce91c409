// SHA-256 of four messages at once, one in each lane of a vector. Source: FIPS 180-4.
import { SHA } from "./layout";

/** The words of the schedule, four lanes each: 64 of 16 bytes. */
const SCHEDULE: usize = SHA;
/** The eight words of the state, four lanes each. */
const STATE: usize = SHA + 0x400;
/** The last one or two blocks of each message, padded: 128 bytes a lane. */
const TAILS: usize = SHA + 0x500;
/** A lane: its job, or 0; where its next block stands; whole blocks left; tail blocks left. In words. */
const LANES: usize = SHA + 0x800;
const LANE: usize = 16;
const L_JOB: usize = 0;
const L_BLOCK: usize = 4;
const L_WHOLE: usize = 8;
const L_TAILS: usize = 12;

const K = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);
const FIRST_STATE = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);


/** Begins a message of `length` bytes at `p` in a lane; `job` is handed back with its digest. */
export function begin(lane: u32, job: usize, p: usize, length: u32): void {
  const row = LANES + <usize> lane * LANE;
  const tail = TAILS + (<usize> lane << 7);
  store<u32>(row, job, L_JOB);
  store<u32>(row, length >> 6, L_WHOLE);
  store<u32>(row, pad(tail, p, length), L_TAILS);
  store<u32>(row, length >= 64 ? p : tail, L_BLOCK);
  for (let i: usize = 0; i < 8; i++) {
    store<u32>(STATE + (i << 4) + (<usize> lane << 2), load<u32>(FIRST_STATE + (i << 2)));
  }
}

/** Nothing more is hashed in a lane. */
export function idle(lane: u32): void {
  const row = LANES + <usize> lane * LANE;
  store<u32>(row, 0, L_JOB);
  store<u32>(row, TAILS + (<usize> lane << 7), L_BLOCK);
}

/** The job of a lane; 0: it is idle. */
export function jobOf(lane: u32): usize {
  return load<u32>(LANES + <usize> lane * LANE, L_JOB);
}

/** Hashes one block in each lane. */
export function step(): void {
  compress(
    load<u32>(LANES, L_BLOCK),
    load<u32>(LANES + LANE, L_BLOCK),
    load<u32>(LANES + 2 * LANE, L_BLOCK),
    load<u32>(LANES + 3 * LANE, L_BLOCK),
  );
}

/** Moves a lane on to its next block; whether it has one. Its digest is ready if it has none. */
export function advance(lane: u32): bool {
  const row = LANES + <usize> lane * LANE;
  const whole = load<u32>(row, L_WHOLE);
  if (whole > 0) {
    store<u32>(row, whole - 1, L_WHOLE);
    store<u32>(row, whole > 1 ? load<u32>(row, L_BLOCK) + 64 : <u32> (TAILS + (<usize> lane << 7)), L_BLOCK);
    return true;
  }
  const tails = load<u32>(row, L_TAILS) - 1;
  store<u32>(row, tails, L_TAILS);
  store<u32>(row, load<u32>(row, L_BLOCK) + 64, L_BLOCK);
  return tails > 0;
}

/** Whether the digest of a lane is the one of 32 bytes at `p`. */
export function isDigest(lane: u32, p: usize): bool {
  let difference: u32 = 0;
  for (let i: usize = 0; i < 8; i++) {
    difference |= bswap<u32>(load<u32>(STATE + (i << 4) + (<usize> lane << 2))) ^ load<u32>(p + (i << 2));
  }
  return difference == 0;
}

/** Writes the last blocks of a message; how many there are. */
function pad(tail: usize, p: usize, length: u32): u32 {
  const rest = <usize> (length & 63);
  const from = p + <usize> (length - <u32> rest);
  for (let i: usize = 0; i < 64; i += 16) v128.store(tail + i, v128.load(from + i));
  store<u8>(tail + rest, 0x80);
  memory.fill(tail + rest + 1, 0, 127 - rest);
  const blocks: u32 = rest < 56 ? 1 : 2;
  store<u64>(tail + (<usize> blocks << 6) - 8, bswap<u64>(<u64> length << 3));
  return blocks;
}

// @ts-ignore: decorator
@inline
function rotate(v: v128, bits: i32): v128 {
  return v128.or(i32x4.shr_u(v, bits), i32x4.shl(v, 32 - bits));
}

// @ts-ignore: decorator
@inline
function sum0(v: v128): v128 {
  return v128.xor(v128.xor(rotate(v, 2), rotate(v, 13)), rotate(v, 22));
}

// @ts-ignore: decorator
@inline
function sum1(v: v128): v128 {
  return v128.xor(v128.xor(rotate(v, 6), rotate(v, 11)), rotate(v, 25));
}

// @ts-ignore: decorator
@inline
function choose(x: v128, y: v128, z: v128): v128 {
  return v128.bitselect(y, z, x);
}

// @ts-ignore: decorator
@inline
function majority(x: v128, y: v128, z: v128): v128 {
  return v128.bitselect(z, y, v128.xor(x, y));
}

/** What a round adds to `d`, and a part of what it adds to itself. `i` is the word within eight. */
// @ts-ignore: decorator
@inline
function mixed(e: v128, f: v128, g: v128, h: v128, w: usize, k: usize, i: usize): v128 {
  const word = i32x4.add(v128.load(w + (i << 4)), v128.load32_splat(k + (i << 2)));
  return i32x4.add(i32x4.add(h, word), i32x4.add(sum1(e), choose(e, f, g)));
}

// @ts-ignore: decorator
@inline
function sums(a: v128, b: v128, c: v128, t: v128): v128 {
  return i32x4.add(t, i32x4.add(sum0(a), majority(a, b, c)));
}

/** Sixteen words of each of four blocks, big-endian, so that one vector has the same word of all. */
function schedule(p0: usize, p1: usize, p2: usize, p3: usize): void {
  for (let i: usize = 0; i < 64; i += 16) {
    const x0 = swapped(v128.load(p0 + i));
    const x1 = swapped(v128.load(p1 + i));
    const x2 = swapped(v128.load(p2 + i));
    const x3 = swapped(v128.load(p3 + i));
    const y0 = v128.shuffle<u32>(x0, x1, 0, 4, 1, 5);
    const y1 = v128.shuffle<u32>(x2, x3, 0, 4, 1, 5);
    const y2 = v128.shuffle<u32>(x0, x1, 2, 6, 3, 7);
    const y3 = v128.shuffle<u32>(x2, x3, 2, 6, 3, 7);
    const w = SCHEDULE + (i << 2);
    v128.store(w, v128.shuffle<u64>(y0, y1, 0, 2));
    v128.store(w, v128.shuffle<u64>(y0, y1, 1, 3), 16);
    v128.store(w, v128.shuffle<u64>(y2, y3, 0, 2), 32);
    v128.store(w, v128.shuffle<u64>(y2, y3, 1, 3), 48);
  }
  for (let w: usize = SCHEDULE + 256; w < SCHEDULE + 1024; w += 16) {
    const early = v128.load(w - 240);
    const late = v128.load(w - 32);
    const a = v128.xor(v128.xor(rotate(early, 7), rotate(early, 18)), i32x4.shr_u(early, 3));
    const b = v128.xor(v128.xor(rotate(late, 17), rotate(late, 19)), i32x4.shr_u(late, 10));
    v128.store(w, i32x4.add(i32x4.add(v128.load(w - 256), a), i32x4.add(v128.load(w - 112), b)));
  }
}

// @ts-ignore: decorator
@inline
function swapped(v: v128): v128 {
  return v128.shuffle<u8>(v, v, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}

function compress(p0: usize, p1: usize, p2: usize, p3: usize): void {
  schedule(p0, p1, p2, p3);
  let a = v128.load(STATE);
  let b = v128.load(STATE, 16);
  let c = v128.load(STATE, 32);
  let d = v128.load(STATE, 48);
  let e = v128.load(STATE, 64);
  let f = v128.load(STATE, 80);
  let g = v128.load(STATE, 96);
  let h = v128.load(STATE, 112);
  let t: v128;
  let w: usize = SCHEDULE;
  // Eight rounds at a time: after them each variable has its own name again.
  for (let k: usize = K; k < K + 256; k += 32, w += 128) {
    t = mixed(e, f, g, h, w, k, 0);
    d = i32x4.add(d, t);
    h = sums(a, b, c, t);
    t = mixed(d, e, f, g, w, k, 1);
    c = i32x4.add(c, t);
    g = sums(h, a, b, t);
    t = mixed(c, d, e, f, w, k, 2);
    b = i32x4.add(b, t);
    f = sums(g, h, a, t);
    t = mixed(b, c, d, e, w, k, 3);
    a = i32x4.add(a, t);
    e = sums(f, g, h, t);
    t = mixed(a, b, c, d, w, k, 4);
    h = i32x4.add(h, t);
    d = sums(e, f, g, t);
    t = mixed(h, a, b, c, w, k, 5);
    g = i32x4.add(g, t);
    c = sums(d, e, f, t);
    t = mixed(g, h, a, b, w, k, 6);
    f = i32x4.add(f, t);
    b = sums(c, d, e, t);
    t = mixed(f, g, h, a, w, k, 7);
    e = i32x4.add(e, t);
    a = sums(b, c, d, t);
  }
  v128.store(STATE, i32x4.add(v128.load(STATE), a));
  v128.store(STATE, i32x4.add(v128.load(STATE, 16), b), 16);
  v128.store(STATE, i32x4.add(v128.load(STATE, 32), c), 32);
  v128.store(STATE, i32x4.add(v128.load(STATE, 48), d), 48);
  v128.store(STATE, i32x4.add(v128.load(STATE, 64), e), 64);
  v128.store(STATE, i32x4.add(v128.load(STATE, 80), f), 80);
  v128.store(STATE, i32x4.add(v128.load(STATE, 96), g), 96);
  v128.store(STATE, i32x4.add(v128.load(STATE, 112), h), 112);
}
