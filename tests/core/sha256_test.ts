import { createRandom } from "../../src/simulator/random.ts";
import * as b from "../fuzz/bytes.ts";
import { assertLeft, assertTaken, commitOfRecords, EMPTY, eventsOf, LIKE, record } from "../support/core.ts";

const random = createRandom(256);

/** A record of so many bytes; null where there is none of that length. */
function sized(length: number): Uint8Array | null {
  if (length === 1) return EMPTY;
  for (const width of [0, 1, 2]) {
    const left = length - 4 - width;
    const isIt = left >= 0 && (width === 0 ? left < 24 : width === 1 ? left < 256 : left < 65_536);
    if (isIt) return record({ x: b.concat(b.head(2, left, width), random.bytes(left)) });
  }
  return null;
}

/** A commit whose archive has another block under the CID of a record. */
function falsified(block: Uint8Array, other: Uint8Array): Uint8Array {
  const cid = b.cidOf(block);
  return b.commit([b.op("create", `${LIKE}/a`, cid)], b.car(cid, [b.section(cid, other)]));
}

Deno.test("a record of every length up to 300 has its hash, alone and in each of four lanes", () => {
  let found = 0;
  for (let length = 0; length <= 300; length++) {
    const block = sized(length);
    if (block === null) continue;
    found++;
    assertTaken(commitOfRecords([[LIKE, block]]), undefined, 1, `${length}`);
    for (let lane = 0; lane < 4; lane++) {
      const others = Array.from({ length: 4 }, () => sized(4 + random.below(400)) ?? EMPTY).with(lane, block);
      assertTaken(
        commitOfRecords(others.map((each) => [LIKE, each] as const)),
        undefined,
        4,
        `${length} in lane ${lane}`,
      );
    }
  }
  if (found !== 298) throw new Error(`${found} lengths`);
});

Deno.test("records of all lengths in one batch have their hashes, in whatever order the lanes become free", () => {
  for (let round = 0; round < 5; round++) {
    const messages = Array.from({ length: 40 }, () =>
      commitOfRecords(Array.from({ length: random.below(12) }, () => {
        const length = random.below(4) === 0 ? random.below(16_000) : random.below(300);
        return [LIKE, sized(length) ?? EMPTY] as const;
      })));
    const { events, byCore } = eventsOf(messages);
    if (events < 100 || byCore !== events) throw new Error(`${byCore} of ${events}`);
  }
});

Deno.test("a flipped bit is noticed at every length and at every place", () => {
  for (let length = 4; length <= 300; length++) {
    const block = sized(length);
    if (block === null) continue;
    // Beyond its head and its name the record is good whatever is flipped.
    const places = length <= 140 ? [random.below(length), length - 1] : [random.below(length), 63, 64, length - 1];
    for (const place of places) {
      const flipped = block.with(place, (block[place] ?? 0) ^ (1 << random.below(8)));
      assertLeft(falsified(block, flipped), 0, undefined, `${place} of ${length}`);
    }
  }
});

Deno.test("a flipped bit of a digest is noticed at every place", () => {
  const block = sized(100) ?? EMPTY;
  const right = b.cidOf(block);
  for (let bit = 0; bit < 256; bit++) {
    const place = 4 + (bit >> 3);
    const cid = right.with(place, (right[place] ?? 0) ^ (1 << (bit & 7)));
    assertLeft(
      b.commit([b.op("create", `${LIKE}/a`, cid)], b.car(cid, [b.section(cid, block)])),
      0,
      undefined,
      `${bit}`,
    );
  }
});
