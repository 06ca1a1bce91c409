import { assertEquals } from "@std/assert";
import {
  type Block,
  encodeBlock,
  hasHead,
  journalHead,
  readBlocks,
  type ReadBytes,
  seqAt,
} from "../../src/memory/journal_format.ts";

const BLOCKS: readonly Block[] = [
  { kind: "base", host: "", from: 0, reached: 0, words: new Uint32Array([1, 2, 0xffff_ffff]) },
  { kind: "whole", host: "relay.example:443", from: 31_500_000_001, reached: 31_500_000_001, words: new Uint32Array() },
  { kind: "log", host: "zürich.example", from: 31_500_000_001, reached: 2 ** 52, words: new Uint32Array([7, 5, 9]) },
];

function reading(bytes: Uint8Array): ReadBytes {
  let at = 0;
  return (length) => Promise.resolve(at + length > bytes.length ? null : bytes.subarray(at, at += length));
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

async function blocksIn(bytes: Uint8Array): Promise<Block[]> {
  return (await Array.fromAsync(readBlocks(reading(bytes), 0))).map(({ start: _, end: __, ...block }) => block);
}

Deno.test("readBlocks() reads what encodeBlock() wrote, with its places", async () => {
  const encoded = BLOCKS.map(encodeBlock);
  const read = await Array.fromAsync(readBlocks(reading(joined(encoded)), 0));
  let at = 0;
  for (const [i, { start, end, ...block }] of read.entries()) {
    assertEquals([block, start, end], [BLOCKS[i], at, at += encoded[i]?.length ?? 0]);
  }
  assertEquals(read.length, 3);
});

Deno.test("readBlocks() ends before a block that is cut short or damaged anywhere", async () => {
  const whole = joined(BLOCKS.map(encodeBlock));
  const first = encodeBlock(BLOCKS[0] as Block).length;
  const last = whole.length - encodeBlock(BLOCKS[2] as Block).length;
  for (let at = 0; at < whole.length; at++) {
    const damaged = whole.slice();
    damaged[at] = (damaged[at] ?? 0) ^ 0x10;
    const left = BLOCKS.slice(0, at < first ? 0 : at < last ? 1 : 2);
    assertEquals([await blocksIn(damaged), await blocksIn(whole.subarray(0, at))], [left, left], `${at}`);
  }
});

Deno.test("hasHead() knows a file of the same kind, size of entries and owner", async () => {
  const bytes = joined([journalHead("repos", 8, "job 1"), new Uint8Array([1, 2])]);
  assertEquals(await hasHead(reading(bytes), journalHead("repos", 8, "job 1")), true);
  for (
    const head of [journalHead("repos", 8, "job 2"), journalHead("repos", 9, "job 1"), journalHead("x", 8, "job 1")]
  ) {
    assertEquals(await hasHead(reading(bytes), head), false);
  }
  assertEquals(await hasHead(reading(new Uint8Array()), journalHead("repos", 8, "")), false);
});

Deno.test("seqAt() reads a number beyond 32 bits", () => {
  assertEquals(seqAt(new Uint32Array([0, 7, 1_434_919_096]), 1), 31_499_690_168);
});
