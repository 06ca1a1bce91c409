import { assertEquals } from "@std/assert";

const MODULE = await WebAssembly.compile(
  await Deno.readFile(new URL("../../src/plane/core.wasm", import.meta.url)),
);

Deno.test("core.wasm imports nothing, so that it reaches nothing but its memory", () => {
  assertEquals(WebAssembly.Module.imports(MODULE), []);
});

Deno.test("core.wasm exports its memory and functions alone: exported globals differ between versions of Deno", () => {
  const kinds = new Set(WebAssembly.Module.exports(MODULE).map(({ name, kind }) => name === "memory" ? "" : kind));
  assertEquals([...kinds].filter((kind) => kind !== ""), ["function"]);
});
