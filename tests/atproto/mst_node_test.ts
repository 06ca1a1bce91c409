import { assert, assertEquals } from "@std/assert";
import { hash } from "node:crypto";
import { cidForLex } from "@atproto/lex-cbor";
import { MemoryBlockstore, MST } from "@atproto/repo";
import {
  decodeNode,
  levelOf,
  MAX_KEY_BYTES,
  type MstNode,
  NodeEncoder,
  sharedLength,
} from "../../src/atproto/mst_node.ts";
import * as b from "../fuzz/bytes.ts";

const json = async <T>(name: string): Promise<T> =>
  JSON.parse(await Deno.readTextFile(new URL(`../golden/interop/${name}.json`, import.meta.url)));

Deno.test("levelOf() gives the heights of the protocol's own vectors", async () => {
  const vectors = await json<{ key: string; height: number }[]>("key_heights");
  for (const { key, height } of vectors) assertEquals(levelOf(key), height, key);
  assertEquals(vectors.length, 9);
});

Deno.test("levelOf() gives the same level whatever the length of the key", () => {
  let long = 0;
  for (let n = 0; n < 400; n++) {
    const key = `a.b.c/${"x".repeat(n % 100)}${n}`;
    const bits = BigInt(`0x${hash("sha256", key, "hex")}`).toString(2).padStart(256, "0");
    assertEquals(levelOf(key), Math.floor(bits.indexOf("1") / 2), key);
    if (key.length > 55) long++;
  }
  assert(long > 100);
});

Deno.test("sharedLength() gives the common prefixes of the protocol's own vectors", async () => {
  const vectors = await json<{ left: string; right: string; len: number }[]>("common_prefix");
  for (const { left, right, len } of vectors) assertEquals(sharedLength(left, right), len, `${left} ${right}`);
  assertEquals(vectors.length, 13);
});

Deno.test("decodeNode() and NodeEncoder read and write each node of a tree as the reference library does", async () => {
  let tree = await MST.create(new MemoryBlockstore());
  const value = await cidForLex({});
  for (let n = 0; n < 400; n++) tree = await tree.add(`app.bsky.feed.post/${n.toString(36).padStart(6, "x")}`, value);
  const { blocks } = await tree.getUnstoredBlocks();
  const encoder = new NodeEncoder();
  let keys = 0;
  const levels = new Set<number>();
  for (const { cid, bytes } of blocks.entries()) {
    // One without keys says nothing of where it stands.
    const node = decodeNode(bytes, whole(bytes), cid.bytes, HAS_KEYS(bytes) ? null : 9);
    if (typeof node === "string") throw new Error(node);
    assertEquals(encoder.cidOf(node, node.children as Uint8Array[]), Uint8Array.from(cid.bytes));
    keys += node.keys.length;
    levels.add(node.level);
  }
  assertEquals(keys, 400);
  assert(blocks.size > 50 && levels.size >= 4, `${blocks.size} ${[...levels]}`);
});

/** Whether the list of entries, which stands first, is not empty. */
const HAS_KEYS = (bytes: Uint8Array) => bytes[3] !== 0x80;

const CID = b.cidOf(b.text("record"));
const NULL: Uint8Array = Uint8Array.of(0xf6);
const utf8 = new TextEncoder();

function entry(key: string | Uint8Array, { p = 0, t = NULL, v = b.link(CID) } = {}): Uint8Array {
  const rest = typeof key === "string" ? utf8.encode(key) : key;
  return b.map([["k", b.byteString(rest)], ["p", b.head(0, p)], ["t", t], ["v", v]]);
}

function node(entries: readonly Uint8Array[], left = NULL): Uint8Array {
  return b.map([["e", b.array(entries)], ["l", left]]);
}

function decode(bytes: Uint8Array, level: number | null = null): MstNode | string {
  return decodeNode(bytes, whole(bytes), CID, level);
}

function whole(bytes: Uint8Array) {
  return { start: 0, end: bytes.length };
}

/** Keys of the lowest level. */
const LOW = ["asdf", "2653ae71"].filter((key) => levelOf(key) === 0).toSorted();

Deno.test("decodeNode() says what is wrong with what is no node of a tree", () => {
  const [a = "", z = ""] = LOW;
  const cases: Record<string, readonly [Uint8Array, number | null]> = {
    "its entries are duplicated": [b.map([["e", b.array([])], ["e", b.array([])]]), null],
    "it has no entries, or more follows it": [b.map([["l", NULL]]), null],
    "a key is not on the level that its hash says": [node([entry(a)]), 1],
    "it has nodes below the lowest level": [node([entry(a)], b.link(CID)), null],
    "its keys are out of order": [node([entry(z), entry(a)]), null],
    "a key that is not ASCII, or too long": [node([entry(Uint8Array.of(0xc3, 0xa5))]), null],
    "an entry lacks a valid field": [node([entry(a, { v: NULL })]), null],
    "a prefix that is no number": [node([b.map([["p", b.text("x")]])]), null],
  };
  for (const [problem, [bytes, level]] of Object.entries(cases)) assertEquals(decode(bytes, level), problem);
  assertEquals(decode(node([entry(a, { p: 1 })])), "an entry lacks a valid field");
  assertEquals(decode(node([entry(a), entry(a)])), "its keys are out of order");
  assertEquals(decode(node([entry("x".repeat(MAX_KEY_BYTES + 1))])), "a key that is not ASCII, or too long");
  assertEquals(decode(b.concat(node([]), NULL)), "it has no entries, or more follows it");
  for (
    const other of [new Uint8Array(), NULL, b.text("x"), node([b.text("x")]), node([entry(a, { t: b.text("x") })])]
  ) {
    assertEquals(typeof decode(other), "string");
  }
});

Deno.test("decodeNode() bounds a key that a prefix makes longer and longer", () => {
  const entries = [entry("a".repeat(1000))];
  for (let n = 0; n < 10; n++) entries.push(entry("b".repeat(1000), { p: Math.min(1000 * n, 1000) }));
  assertEquals(decode(node(entries)), "a key is too long");
});

Deno.test("decodeNode() takes an empty node, and one of a later version with another field", () => {
  const empty = decode(node([]));
  assertEquals(typeof empty === "string" ? empty : [empty.level, empty.keys.length, empty.children], [0, 0, [null]]);
  const later = decode(b.map([["e", b.array([entry(LOW[0] ?? "")])], ["l", NULL], ["x", b.text("y")]]));
  assertEquals(typeof later === "string" ? later : later.keys, [LOW[0] ?? ""]);
});
