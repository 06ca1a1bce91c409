import { assertEquals } from "@std/assert";
import { FILES } from "../../src/cursor/files.ts";
import { encodeBlock, journalHead } from "../../src/memory/journal_format.ts";
import { loadJournal } from "../../src/memory/load.ts";
import { TestFolder } from "../support/folder.ts";

const HEAD = journalHead("test", 1, "me");
const BASE = encodeBlock({ kind: "base", host: "", from: 0, reached: 0, words: new Uint32Array([1, 2, 3]) });
const WHOLE = encodeBlock({ kind: "whole", host: "a", from: 5, reached: 5, words: new Uint32Array() });
const LOG = encodeBlock({ kind: "log", host: "a", from: 5, reached: 9, words: new Uint32Array([0, 6, 60, 0, 8, 80]) });

/** What a file of these parts gives at a place of the relay a. */
async function load(parts: readonly Uint8Array[], seq: number, head = HEAD) {
  await using folder = new TestFolder();
  const path = `${folder.path}/memory`;
  await Deno.writeFile(path, new Uint8Array([HEAD, ...parts].flatMap((part) => [...part])));
  using file = await FILES.open(path, { read: true });
  const restored: number[] = [];
  const take = (words: Uint32Array, at: number) => void restored.push(words[at] ?? 0);
  const loaded = await loadJournal(file, head, 1, { host: "a", seq }, take);
  return loaded.kind === "useless" ? null : { restored, size: loaded.size, from: loaded.from, rest: loaded.rest };
}

Deno.test("loadJournal() restores the base and of the log what is not after the place", async () => {
  const base = HEAD.length + BASE.length + WHOLE.length;
  const parts = [BASE, WHOLE, LOG];
  assertEquals(await load(parts, 9), { restored: [1, 2, 3, 60, 80], size: base + LOG.length, from: 9, rest: [] });
  assertEquals(await load(parts, 7), {
    restored: [1, 2, 3, 60],
    size: base,
    from: 5,
    rest: [{ seq: 6, words: new Uint32Array([60]) }],
  });
});

Deno.test("loadJournal() restores nothing of a file that does not show the place, is not complete, or is another's", async () => {
  assertEquals([await load([BASE, WHOLE, LOG], 4), await load([BASE, WHOLE, LOG], 10)], [null, null]);
  assertEquals([await load([BASE, LOG], 7), await load([], 5)], [null, null]);
  assertEquals(await load([BASE, WHOLE, LOG], 7, journalHead("test", 1, "you")), null);
  assertEquals(await load([BASE, WHOLE, LOG.subarray(0, -1)], 7), null);
});
