import { assert, assertEquals } from "@std/assert";
import { cidForLex, encode } from "@atproto/lex-cbor";
import { findBlocks, MAX_SECTIONS } from "../../src/atproto/car.ts";
import { NOWHERE } from "../../src/atproto/bytes/span.ts";
import { concat } from "../fuzz/bytes.ts";
import { createRandom } from "../../src/simulator/random.ts";

interface Section {
  readonly cid: Uint8Array;
  readonly data: Uint8Array;
}

async function section(value: number): Promise<Section> {
  return { cid: (await cidForLex({ value })).bytes, data: encode({ value }) };
}

function car(sections: readonly Section[]): Uint8Array {
  const parts: Uint8Array[] = [new Uint8Array([3, 0xa1, 0x61, 0x76])];
  for (const { cid, data } of sections) parts.push(new Uint8Array([cid.length + data.length]), cid, data);
  return concat(...parts);
}

/** findBlocks() on an archive and CIDs that stand in one buffer, as in a message. */
function find(archive: Uint8Array, cids: readonly Uint8Array[]) {
  const bytes = concat(Uint8Array.of(9), ...cids, archive, Uint8Array.of(9));
  let at = 1;
  const wanted = cids.map((cid) => ({ cid: { start: at, end: at += cid.length }, block: NOWHERE }));
  const problem = findBlocks(bytes, { start: at, end: at + archive.length }, wanted);
  const found: (Uint8Array | null)[] = wanted.map(({ block }) =>
    block === NOWHERE ? null : bytes.slice(block.start, block.end)
  );
  return { found, problem };
}

Deno.test("findBlocks() finds wanted blocks in any order, among others and duplicates", async () => {
  const [a, b, c] = [await section(1), await section(2), await section(3)];
  const archive = car([c, b, b, a, a]);
  assertEquals(find(archive, [a.cid, b.cid]), { found: [a.data, b.data], problem: null });
});

Deno.test("findBlocks() gives both of two wants for one block, and null for a missing one", async () => {
  const [a, b] = [await section(1), await section(2)];
  assertEquals(find(car([a]), [a.cid, b.cid, a.cid]), { found: [a.data, null, a.data], problem: null });
});

Deno.test("findBlocks() finds as many blocks by index as by comparing", async () => {
  const sections = await Promise.all(Array.from({ length: 60 }, (_, i) => section(i)));
  const { found, problem } = find(car(sections), sections.map(({ cid }) => cid).reverse());
  assertEquals(problem, null);
  assertEquals(found, sections.map(({ data }) => data).reverse());
});

/** CIDs that are the same in their last bytes, as anybody can make them. */
function alike(count: number, from: number): Section[] {
  return Array.from({ length: count }, (_, i) => {
    const cid = new Uint8Array([1, 0x71, 0x12, 0x20, ...new Uint8Array(32)]);
    new DataView(cid.buffer).setUint32(4, from + i);
    return { cid, data: new Uint8Array([i & 255]) };
  });
}

Deno.test("findBlocks() finds CIDs that end alike, and one that is wanted hundreds of times, each with its block", () => {
  const wanted = alike(300, 0);
  const archive = car([...alike(500, 1000), ...wanted, ...wanted]);
  assertEquals(find(archive, wanted.map(({ cid }) => cid)).found, wanted.map(({ data }) => data));
  const [one] = wanted;
  if (one === undefined) throw new Error();
  const same = new Array<Uint8Array>(300).fill(one.cid);
  assertEquals(find(archive, same), { found: same.map(() => one.data), problem: null });
});

Deno.test("findBlocks() compares each section with few of the wanted CIDs, however these end", () => {
  const sections = alike(15_000, 5000);
  const wanted = alike(1000, 0);
  const bytes = new Uint8Array([...wanted.flatMap(({ cid }) => [...cid]), ...car(sections)]);
  let reads = 0;
  const counting = new Proxy(bytes, {
    get: (target, name) => {
      if (typeof name === "string" && name >= "0" && name <= "9999999") reads++;
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const blocks = wanted.map((_, i) => ({ cid: { start: i * 36, end: (i + 1) * 36 }, block: NOWHERE }));
  findBlocks(counting, { start: 36_000, end: bytes.length }, blocks);
  assertEquals(blocks.filter(({ block }) => block !== NOWHERE), []);
  assert(reads < 15_000 * 100, `${reads} bytes were looked at`);
});

Deno.test("findBlocks() reads no more sections than the bound", async () => {
  const a = await section(1);
  const empty = { cid: new Uint8Array([1, 0x71, 0, 0]), data: new Uint8Array() };
  const few = new Array<Section>(MAX_SECTIONS - 1).fill(empty);
  assertEquals(find(car([...few, a]), [a.cid]).found, [a.data]);
  const { found, problem } = find(car([...few, empty, a]), [a.cid]);
  assertEquals([found, problem], [[null], `more than ${MAX_SECTIONS} sections`]);
});

Deno.test("findBlocks() steps over blocks with a CIDv0 or a raw codec", async () => {
  const a = await section(1);
  const old = { cid: new Uint8Array([0x12, 0x20, ...new Uint8Array(32)]), data: new Uint8Array([1, 2]) };
  const raw = { cid: new Uint8Array([1, 0x55, 0x12, 0x20, ...new Uint8Array(32)]), data: new Uint8Array([3]) };
  assertEquals(find(car([old, raw, a]), [a.cid]).found, [a.data]);
});

Deno.test("findBlocks() keeps what it found before the damage and says where that is", async () => {
  const [a, b] = [await section(1), await section(2)];
  const whole = car([a, b]);
  const { found, problem } = find(whole.subarray(0, whole.length - 1), [a.cid, b.cid]);
  assertEquals(found, [a.data, null]);
  assert(problem?.startsWith("a section cut short at byte"));
  assertEquals(find(new Uint8Array(0), [a.cid]), { found: [null], problem: "no CAR header" });
  assert(find(new Uint8Array([0, 2, 9, 9]), [a.cid]).problem?.startsWith("a section without a CID"));
});

Deno.test("findBlocks() never throws, whatever the bytes", async () => {
  const random = createRandom(7);
  const wanted = [(await section(1)).cid];
  let damaged = 0;
  for (let i = 0; i < 5000; i++) if (find(random.bytes(random.below(80)), wanted).problem !== null) damaged++;
  assert(damaged > 3000);
});
