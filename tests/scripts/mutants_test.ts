import { assert, assertEquals, assertThrows } from "@std/assert";
import { MUTANTS } from "../../scripts/mutant_list.ts";
import { mapWith, mutate, sample } from "../../scripts/mutants.ts";

const ROOT = new URL("../../", import.meta.url);

Deno.test("each of at least 40 mutants stands in its file once, and changes it", async () => {
  assert(MUTANTS.length >= 40, `${MUTANTS.length}`);
  assertEquals(new Set(MUTANTS.map(({ name }) => name)).size, MUTANTS.length);
  for (const mutant of MUTANTS) {
    const source = await Deno.readTextFile(new URL(mutant.file, ROOT));
    assert(mutate(source, mutant) !== source, mutant.name);
    await Deno.stat(new URL(mutant.test, ROOT));
  }
});

Deno.test("mutate() fails where the text is not there, or more than once", () => {
  const mutant = { name: "m", file: "f", from: "a", to: "b", test: "t" };
  assertEquals(mutate("xay", mutant), "xby");
  for (const source of ["xy", "aa"]) assertThrows(() => mutate(source, mutant), Error, "expected once");
});

Deno.test("sample() takes the same of the same seed, each once", () => {
  const ten = sample(MUTANTS, 10, 7);
  assertEquals(ten, sample(MUTANTS, 10, 7));
  assertEquals(new Set(ten).size, 10);
  assert(ten.some((mutant, i) => mutant !== sample(MUTANTS, 10, 8)[i]));
  assertEquals(sample(MUTANTS, 1000, 1).length, MUTANTS.length);
});

Deno.test("mapWith() puts one file in the place of another, and keeps what the map has, with absolute addresses", () => {
  const base = new URL("file:///project/scripts/map.json");
  const [file, instead] = [new URL("file:///project/src/a.ts"), new URL("file:///project/src/.mutant-a.ts")];
  const map = { imports: { b: "npm:b@1", c: "./c.ts" }, scopes: { "./std/": { d: "npm:d@2" } } };
  assertEquals(mapWith(map, base, file, instead), {
    imports: { b: "npm:b@1", c: "file:///project/scripts/c.ts", [file.href]: instead.href },
    scopes: { "file:///project/scripts/std/": { d: "npm:d@2" } },
  });
});
