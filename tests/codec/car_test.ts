import { assert, assertEquals } from "@std/assert";
import { cidForLex, encode } from "@atproto/lex-cbor";
import { findBlocks } from "../../src/codec/car.ts";
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
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

/** findBlocks() on an archive and CIDs that stand in one buffer, as in a message. */
function find(archive: Uint8Array, cids: readonly Uint8Array[]) {
  const bytes = new Uint8Array([9, ...cids.flatMap((cid) => [...cid]), ...archive, 9]);
  let at = 1;
  const wanted = cids.map((cid) => ({ start: at, end: at += cid.length }));
  const { found, problem } = findBlocks(bytes, { start: at, end: at + archive.length }, wanted);
  return { found: found.map((span) => span && bytes.slice(span.start, span.end)), problem };
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
