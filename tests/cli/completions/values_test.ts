import { assert, assertEquals } from "@std/assert";
import { optionsOf, valuedFlags, valuesOf } from "../../../src/cli/completions/values.ts";
import { COMMANDS } from "../../../src/cli/main.ts";
import { COLLECTIONS, EVENT_TYPES } from "../../../src/events/registry.ts";
import { FAULTS } from "../../../src/simulator/faults.ts";
import { MIX_WORDS } from "../../../src/simulator/mix.ts";

const TYPES = EVENT_TYPES.map(({ type }) => type);

Deno.test("valuedFlags() are those of commands with operands, without switches", () => {
  const flagsOf = (name: string) => COMMANDS.filter((each) => each.name === name).flatMap(valuedFlags);
  assertEquals([flagsOf("schema"), flagsOf("stream")], [["--format"], []]);
  assertEquals(flagsOf("record").includes("--cursor"), true);
});

Deno.test("valuesOf() knows words, files, lists and what the program has names for", () => {
  const cases = [
    ["auto|true|false", { words: ["auto", "true", "false"], files: false, list: false }],
    ["kafka|-|PATH", { words: ["kafka", "-"], files: true, list: false }],
    ["FILE", { words: [], files: true, list: false }],
    ["NSID,...|*", { words: COLLECTIONS, files: false, list: true }],
    ["FAULT[@N],...", { words: Object.keys(FAULTS), files: false, list: true }],
    ["MIX[=SHARE],...", { words: ["network", ...MIX_WORDS], files: false, list: true }],
    ["[TYPE]", { words: TYPES, files: false, list: false }],
    ["[COMMAND]", { words: COMMANDS.map(({ name }) => name), files: false, list: false }],
    ["HOST:PORT,...", { words: [], files: false, list: true }],
    ["oldest|latest|OFFSET|TIME|AGE", { words: ["oldest", "latest"], files: false, list: false }],
    ["0..1", { words: [], files: false, list: false }],
  ] as const;
  for (const [hint, values] of cases) assertEquals<unknown>(valuesOf(hint, COMMANDS), values, hint);
});

Deno.test("every option that takes some words alone has all of them in its hint", () => {
  let checked = 0;
  for (const spec of COMMANDS.flatMap(optionsOf)) {
    const read = spec.read("~ nothing that is known ~");
    const words = read.kind === "wrong" ? read.expected.split(/, | or /) : [];
    if (words.length < 2 || !words.every((word) => /^[a-z0-9-]+$/.test(word))) continue;
    assertEquals(valuesOf(spec.placeholder, COMMANDS).words, words, spec.flag);
    checked++;
  }
  assert(checked >= 25, `${checked}`);
});

Deno.test("every word that is completed for an option is one that it takes", () => {
  let checked = 0;
  for (const spec of COMMANDS.flatMap(optionsOf)) {
    for (const word of valuesOf(spec.placeholder, COMMANDS).words) {
      assertEquals(spec.read(word).kind, "value", `--${spec.flag} ${word}`);
      checked++;
    }
  }
  assert(checked >= 100, `${checked}`);
});
