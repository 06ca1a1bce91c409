import { assert, assertEquals } from "@std/assert";
import { findCycle, importsOf } from "../../scripts/import_cycles.ts";

const ROOT = new URL("../../", import.meta.url);

function importsIn(folder: string): [string, readonly string[]][] {
  return [...Deno.readDirSync(new URL(folder, ROOT))].flatMap(
    ({ name, isDirectory }): [string, readonly string[]][] => {
      const path = `${folder}${name}`;
      if (isDirectory) return importsIn(`${path}/`);
      return name.endsWith(".ts") ? [[path, importsOf(path, Deno.readTextFileSync(new URL(path, ROOT)))]] : [];
    },
  );
}

Deno.test("importsOf() sees each form that an import can have, and none in a comment", () => {
  for (
    const source of [
      'import { a } from "../b/c.ts";',
      'import {\n  a,\n  b,\n} from "../b/c.ts";',
      'import type { A } from "../b/c.ts";',
      'import "../b/c.ts";',
      'export { a } from "../b/c.ts";',
      'export * from "../b/c.ts";',
      'const { a } = await import("../b/c.ts");',
      'type A = import("../b/c.ts").A;',
      'import d from "../b/c.ts" with { type: "json" };',
    ]
  ) {
    assertEquals(importsOf("src/a/x.ts", source), ["src/b/c.ts"], source);
  }
  for (
    const source of [' * import { a } from "./b.ts";', 'import { a } from "kafkajs";', 'export const a = "./b.ts";']
  ) {
    assertEquals(importsOf("src/a/x.ts", source), source.startsWith("export") ? ["src/a/b.ts"] : [], source);
  }
});

Deno.test("findCycle() finds a cycle that is planted in the project, also one of types alone", () => {
  const imports = new Map(importsIn("src/"));
  const file = "src/cursor/cursor.ts";
  const back = importsOf(file, 'import type { Config } from "../config/config.ts";');
  const cycle = findCycle(imports.set(file, [...imports.get(file) ?? [], ...back]));
  assert(cycle !== null);
  assertEquals([cycle[0], cycle.includes(file), cycle.includes("src/config/config.ts")], [cycle.at(-1), true, true]);
  assertEquals(findCycle(new Map([["a", ["a"]]])), ["a", "a"]);
});

Deno.test("no file of src/, scripts/, bench/ and examples/ imports itself by others", () => {
  const imports = new Map(["src/", "scripts/", "bench/", "examples/"].flatMap(importsIn));
  assert(imports.size > 250, "the files were not found");
  assertEquals(findCycle(imports)?.join(" -> "), undefined);
});
