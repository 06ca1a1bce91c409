import { assert, assertEquals, assertThrows } from "@std/assert";
import { cidForLex } from "@atproto/lex-cbor";
import { jsonToLex } from "@atproto/lex-json";
import { BlockMap, blocksToCarFile, MemoryBlockstore, MST } from "@atproto/repo";
import { Archive } from "../../src/atproto/archive.ts";
import { MAX_TREE_ITEMS, PartialTree, TreeError } from "../../src/atproto/mst.ts";
import { levelOf } from "../../src/atproto/mst_node.ts";
import { cidText } from "../../src/atproto/cid.ts";
import { createRandom } from "../../src/simulator/random.ts";
import * as b from "../fuzz/bytes.ts";

const VALUE = await cidForLex({ n: 1 });
const OTHER = await cidForLex({ n: 2 });

async function treeOf(keys: readonly string[]): Promise<MST> {
  let tree = await MST.create(new MemoryBlockstore());
  for (const key of keys) tree = await tree.add(key, VALUE);
  return tree;
}

async function rootOf(tree: MST): Promise<string> {
  return String(await tree.getPointer());
}

/** All of a tree. */
async function whole(tree: MST): Promise<PartialTree> {
  const { root, blocks } = await tree.getUnstoredBlocks();
  return partial(root, blocks);
}

async function partial(root: MST["pointer"], blocks: BlockMap): Promise<PartialTree> {
  const car = await blocksToCarFile(root, blocks);
  return new PartialTree(new Archive(car, { start: 0, end: car.length }), root.bytes);
}

function keyOf(n: number): string {
  return `app.bsky.feed.post/${n.toString(36).padStart(4, "a")}`;
}

interface Fixture {
  readonly comment: string;
  readonly keys: readonly string[];
  readonly adds: readonly string[];
  readonly dels: readonly string[];
  readonly rootBeforeCommit: string;
  readonly rootAfterCommit: string;
  readonly blocksInProof: readonly string[];
  readonly leafValue: string;
}

Deno.test("PartialTree takes back the protocol's own vectors, by the nodes in their proofs alone", async () => {
  const path = new URL("../golden/interop/commit-proof-fixtures.json", import.meta.url);
  const fixtures: Fixture[] = JSON.parse(await Deno.readTextFile(path));
  for (const { comment, keys, adds, dels, rootBeforeCommit, rootAfterCommit, blocksInProof, leafValue } of fixtures) {
    const value = jsonToLex({ $link: leafValue }) as MST["pointer"];
    let tree = await MST.create(new MemoryBlockstore());
    for (const key of keys) tree = await tree.add(key, value);
    assertEquals(await rootOf(tree), rootBeforeCommit, comment);
    for (const key of adds) tree = await tree.add(key, value);
    for (const key of dels) tree = await tree.delete(key);
    assertEquals(await rootOf(tree), rootAfterCommit, comment);
    const { root, blocks } = await tree.getUnstoredBlocks();
    const proof = new BlockMap();
    for (const { cid, bytes } of blocks.entries()) if (blocksInProof.includes(String(cid))) proof.set(cid, bytes);
    assertEquals(proof.size, blocksInProof.length, comment);
    const found = await partial(root, proof);
    for (const key of dels) found.insert(key, value.bytes);
    for (const key of adds) assertEquals(cidText(found.remove(key)), leafValue);
    assertEquals(cidText(found.rootCid()), rootBeforeCommit, comment);
  }
  assertEquals(fixtures.length, 6);
});

Deno.test("PartialTree changes a tree in any order as the reference library does", async () => {
  const random = createRandom(4);
  let operations = 0;
  for (let round = 0; round < 30; round++) {
    const keys = new Set(Array.from({ length: round * 3 }, () => keyOf(random.below(5000))));
    let tree = await treeOf([...keys]);
    const found = await whole(tree);
    for (let n = 0; n < 12; n++, operations++) {
      const there = [...keys][random.below(Math.max(1, keys.size))];
      const word = random.below(3);
      if (there === undefined || word === 0) {
        const key = keyOf(5000 + random.below(5000));
        if (keys.has(key)) continue;
        keys.add(key);
        tree = await tree.add(key, VALUE);
        found.insert(key, VALUE.bytes);
      } else if (word === 1) {
        keys.delete(there);
        tree = await tree.delete(there);
        // An emptied tree of the reference library remembers how deep it was.
        if (keys.size === 0) tree = await MST.create(new MemoryBlockstore());
        found.remove(there);
      } else {
        tree = await tree.update(there, OTHER);
        found.update(there, OTHER.bytes);
        assertEquals(cidText(found.get(there) ?? new Uint8Array()), OTHER.toString());
        tree = await tree.update(there, VALUE);
        found.update(there, VALUE.bytes);
      }
      assertEquals(cidText(found.rootCid()), await rootOf(await treeOf([...keys].toSorted())), `round ${round}, ${n}`);
      assertEquals(cidText(found.rootCid()), await rootOf(tree));
    }
  }
  assert(operations > 300, `${operations}`);
});

Deno.test("PartialTree makes new levels, and gives them up again", async () => {
  const keys = Array.from({ length: 3000 }, (_, n) => keyOf(n));
  const high = keys.filter((key) => levelOf(key) >= 4);
  assert(high.length > 3);
  const low = keys.filter((key) => levelOf(key) === 0).slice(0, 20);
  const found = await whole(await treeOf(low));
  const before = cidText(found.rootCid());
  for (const key of high) found.insert(key, VALUE.bytes);
  assertEquals(cidText(found.rootCid()), await rootOf(await treeOf([...low, ...high])));
  for (const key of high) found.remove(key);
  assertEquals(cidText(found.rootCid()), before);
  for (const key of low) found.remove(key);
  assertEquals(cidText(found.rootCid()), await rootOf(await treeOf([])));
});

Deno.test("PartialTree refuses to add what is there, and to remove or change what is not", async () => {
  const keys = Array.from({ length: 40 }, (_, n) => keyOf(n));
  const found = await whole(await treeOf(keys));
  for (const key of keys) assertThrows(() => found.insert(key, VALUE.bytes), TreeError, "already");
  for (const key of [keyOf(41), keyOf(500), ""]) {
    assertThrows(() => found.remove(key), TreeError, "the tree has no");
    assertThrows(() => found.update(key, VALUE.bytes), TreeError, "the tree has no");
    assertEquals(found.get(key), null);
  }
});

Deno.test("PartialTree says which it is: a node is missing, or is none", async () => {
  const tree = await treeOf(Array.from({ length: 60 }, (_, n) => keyOf(n)));
  const { root, blocks } = await tree.getUnstoredBlocks();
  const rootBytes = blocks.get(root);
  if (rootBytes === undefined) throw new Error("no root");
  const alone = new BlockMap();
  alone.set(root, rootBytes);
  const found = await partial(root, alone);
  let missing = 0;
  for (let n = 0; n < 60; n++) {
    try {
      found.get(keyOf(n));
    } catch (error) {
      assert(error instanceof TreeError && error.problem === "missing");
      missing++;
    }
  }
  assert(missing > 30, `${missing}`);
  assertEquals(problemOf(() => open(b.text("no node"))), "invalid");
  const chain = b.map([["e", b.array([])], ["l", b.link(b.cidOf(b.text("x")))]]);
  // A root without keys is none, wherever it leads.
  assertEquals(problemOf(() => open(chain)), "invalid");
});

Deno.test("PartialTree counts what it reads, so that a tree of thousands of keys a node ends", () => {
  const low: string[] = [];
  for (let n = 0; low.length < 14_000; n++) if (levelOf(`k${n}`) === 0) low.push(`k${n}`);
  const entries = low.toSorted().map((key) =>
    b.map([["k", b.byteString(new TextEncoder().encode(key))], ["p", b.head(0, 0)], ["t", Uint8Array.of(0xf6)], [
      "v",
      b.link(VALUE.bytes),
    ]])
  );
  const node = b.map([["e", b.array(entries)], ["l", Uint8Array.of(0xf6)]]);
  let high = "";
  for (let n = 0; high === ""; n++) if (levelOf(`z${n}`) === 3) high = `z${n}`;
  const tree = open(node);
  // Each key of a high level cuts all the nodes on its way in two.
  const problem = problemOf(() => {
    for (let n = 0; n < 2 * MAX_TREE_ITEMS; n++) {
      const key = `k${n}x`;
      if (levelOf(key) >= 1) tree.insert(key, VALUE.bytes);
    }
  });
  assertEquals(problem, "invalid");
});

function open(block: Uint8Array): PartialTree {
  const cid = b.cidOf(block);
  const car = b.car(cid, [b.section(cid, block)]);
  return new PartialTree(new Archive(car, { start: 0, end: car.length }), cid);
}

function problemOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof TreeError) return error.problem;
    throw error;
  }
  return "none";
}
