import { assert, assertEquals } from "@std/assert";
import withJsr from "../../scripts/jsr.json" with { type: "json" };
import npmOnly from "../../scripts/npm_only.json" with { type: "json" };
import { chooseImportMap, currentImportMap, IMPORT_MAPS, programModules } from "../../scripts/import_map.ts";
import * as assertions from "../../scripts/npm_std/assert.ts";
import * as directories from "../../scripts/npm_std/ensure_dir.ts";
import * as args from "../../scripts/npm_std/parse_args.ts";

/** Our typed modules, by the name that the maps give them. */
const TYPED = { "@std/assert": assertions, "@std/cli/parse-args": args, "@std/fs/ensure-dir": directories } as const;
const BEHIND: Readonly<Record<string, string>> = npmOnly.scopes["./npm_std/"];

Deno.test("chooseImportMap() takes JSR only when every module of it is to be had", async () => {
  const asked: string[] = [];
  const all = (specifier: string) => Promise.resolve(asked.push(specifier));
  assertEquals(await chooseImportMap(all, 60_000), IMPORT_MAPS.jsr);
  assertEquals(asked.toSorted(), Object.values(withJsr.imports).filter((each) => each.startsWith("jsr:")).toSorted());
  const [first] = asked;
  const but = (specifier: string) => specifier === first ? Promise.reject(new Error("403")) : Promise.resolve();
  assertEquals(await chooseImportMap(but, 60_000), IMPORT_MAPS.npmOnly);
});

Deno.test("chooseImportMap() asks for the modules of the program alone where the program alone is run", async () => {
  const asked: string[] = [];
  const all = (specifier: string) => Promise.resolve(asked.push(specifier));
  assertEquals(await chooseImportMap(all, 60_000, programModules()), IMPORT_MAPS.jsr);
  const { "@std/assert": tests, ...program } = withJsr.imports;
  assertEquals(asked.toSorted(), Object.values(program).filter((each) => each.startsWith("jsr:")).toSorted());
  assert(tests.startsWith("jsr:"));
});

Deno.test("chooseImportMap() waits no longer than told for a registry that says nothing", async () => {
  const { promise } = Promise.withResolvers<void>();
  assertEquals(await chooseImportMap(() => promise, 1), IMPORT_MAPS.npmOnly);
});

Deno.test("currentImportMap() is one of the two maps", () => {
  assert(Object.values(IMPORT_MAPS).includes(currentImportMap()));
});

Deno.test("the two maps hold the same names, and what comes from npm is the same, pinned exactly", () => {
  const [jsr, npm] = [Object.entries(withJsr.imports), new Map(Object.entries(npmOnly.imports))];
  assertEquals(jsr.map(([name]) => name).toSorted(), [...npm.keys()].toSorted());
  for (const [name, specifier] of jsr) {
    assert(/^(?:npm:\/?|jsr:)(?:@[\w-]+\/)?[\w-]+@\d+\.\d+\.\d+(?:\/.*)?$/.test(specifier), specifier);
    if (specifier.startsWith("npm:")) assertEquals(npm.get(name), specifier);
    else {
      assert(/^\.\/npm_std\/\w+\.ts$/.test(npm.get(name) ?? ""), name);
      assert(/^npm:(?:@[\w-]+\/)?[\w-]+@\d+\.\d+\.\d+\//.test(BEHIND[name] ?? ""), name);
    }
  }
  const std = jsr.filter(([, specifier]) => specifier.startsWith("jsr:")).map(([name]) => name);
  assertEquals([Object.keys(BEHIND), Object.keys(TYPED)], [std, std]);
});

Deno.test("every name that scripts/npm_std/ types is the function of that name in the standard library", async () => {
  const real: Readonly<Record<string, string>> = currentImportMap() === IMPORT_MAPS.jsr ? withJsr.imports : BEHIND;
  let compared = 0;
  for (const [name, typed] of Object.entries(TYPED)) {
    const library: Readonly<Record<string, unknown>> = await import(real[name] ?? "");
    for (const [exported, value] of Object.entries(typed)) {
      assertEquals([exported, typeof library[exported]], [exported, "function"]);
      assert(library[exported] === value, exported);
      compared++;
    }
  }
  assert(compared >= 10, `${compared}`);
});
