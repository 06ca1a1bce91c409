import { assertEquals } from "@std/assert";
import { cidForLex, encode } from "@atproto/lex-cbor";
import { BlockMap, blocksToCarFile } from "@atproto/repo";
import { Archive } from "../../src/atproto/archive.ts";
import { MAX_SECTIONS } from "../../src/atproto/car.ts";
import * as b from "../fuzz/bytes.ts";

const whole = (bytes: Uint8Array) => ({ start: 0, end: bytes.length });

Deno.test("Archive gives each block of an archive by its CID, wherever the archive stands", async () => {
  const blocks = new BlockMap();
  const cids = [];
  for (let n = 0; n < 50; n++) {
    const cid = await cidForLex({ n });
    blocks.set(cid, encode({ n }) as Uint8Array<ArrayBuffer>);
    cids.push(cid);
  }
  const [root] = cids;
  if (root === undefined) throw new Error("no root");
  const car = await blocksToCarFile(root, blocks);
  const bytes = Uint8Array.of(1, 2, 3, ...car, 4);
  const archive = new Archive(bytes, { start: 3, end: bytes.length - 1 });
  assertEquals(archive.problem, null);
  cids.forEach((cid, n) => {
    const found = archive.find(cid.bytes);
    assertEquals(found && bytes.subarray(found.start, found.end), encode({ n }));
  });
  assertEquals(archive.find((await cidForLex({ n: 50 })).bytes), null);
  assertEquals(archive.first?.block, archive.find(root.bytes));
});

Deno.test("Archive gives no block whose hash is not its CID's, and none by another CID with the same digest", () => {
  const good = b.text("good");
  const cid = b.cidOf(good);
  const bytes = b.car(cid, [b.section(cid, b.text("bad!")), b.section(cid, good)]);
  const archive = new Archive(bytes, whole(bytes));
  assertEquals([archive.problem, archive.find(cid)], [null, null]);
  const other = cid.slice();
  other[1] = 0x55;
  const right = b.car(cid, [b.section(cid, good)]);
  assertEquals(new Archive(right, whole(right)).find(cid) !== null, true);
  assertEquals(new Archive(right, whole(right)).find(other), null);
  assertEquals(new Archive(right, whole(right)).find(new Uint8Array()), null);
});

Deno.test("Archive has the blocks before the place where it is damaged, and says what is wrong", () => {
  const blocks = [b.text("one"), b.text("two")];
  const [first, second] = blocks.map((block) => b.cidOf(block));
  if (first === undefined || second === undefined) throw new Error("no block");
  const bytes = b.car(first, blocks.map((block) => b.section(b.cidOf(block), block)));
  const cut = bytes.subarray(0, bytes.length - 1);
  const archive = new Archive(cut, whole(cut));
  assertEquals([archive.find(first) !== null, archive.find(second)], [true, null]);
  assertEquals(archive.problem?.startsWith("a section cut short at byte"), true);
  for (const [bad, problem] of [[new Uint8Array(), "no CAR header"], [Uint8Array.of(9), "no CAR header"]] as const) {
    const none = new Archive(bad, whole(bad));
    assertEquals([none.problem, none.first, none.find(first)], [problem, null, null]);
  }
});

Deno.test("Archive reads no more sections than there may be", () => {
  const block = b.text("x");
  const cid = b.cidOf(block);
  const section = b.section(cid, block);
  const bytes = b.car(cid, Array(MAX_SECTIONS + 1).fill(section));
  assertEquals(new Archive(bytes, whole(bytes)).problem, `more than ${MAX_SECTIONS} sections`);
});
