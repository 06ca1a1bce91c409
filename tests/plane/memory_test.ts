import { assert, assertEquals } from "@std/assert";
import {
  bytes,
  configure,
  decode,
  encode,
  floats,
  FRAMES,
  OUT,
  outEnd,
  wordAt,
  words,
} from "../../src/plane/memory.ts";

const MODULE = await WebAssembly.compile(
  await Deno.readFile(new URL("../../src/plane/core.wasm", import.meta.url)),
);
const MIB = 1024 * 1024;

Deno.test("core.wasm imports nothing, so that it reaches nothing but its memory", () => {
  assertEquals(WebAssembly.Module.imports(MODULE), []);
});

Deno.test("core.wasm exports its memory and functions alone: exported globals differ between versions of Deno", () => {
  const kinds = new Set(WebAssembly.Module.exports(MODULE).map(({ name, kind }) => name === "memory" ? "" : kind));
  assertEquals([...kinds].filter((kind) => kind !== ""), ["function"]);
});

Deno.test("the memory has 16 MiB and never grows, so that the views on it hold", () => {
  assertEquals([bytes.length, words.length * 4, floats.length * 8], [16 * MIB, 16 * MIB, 16 * MIB]);
  assert(bytes.buffer === words.buffer && bytes.buffer === floats.buffer);
});

Deno.test("wordAt() reads a word as the core writes it, and decode() and encode() take no frame at all", () => {
  bytes.set([1, 2, 3, 0xff], FRAMES);
  assertEquals(wordAt(FRAMES), 0xff030201);
  assertEquals(wordAt(bytes.length), 0);
  configure(0, 0, true, true);
  decode(0);
  encode(0, 0);
  assertEquals(outEnd(), OUT);
});
