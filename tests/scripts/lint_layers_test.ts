import { assertEquals, assertStringIncludes } from "@std/assert";
import project from "../../deno.json" with { type: "json" };
import withJsr from "../../scripts/jsr.json" with { type: "json" };
import plugin, { importProblem, LAYERS, PACKAGES, PURE } from "../../scripts/lint_layers.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const REFUSED = 'layers/imports: Cannot import "../pipeline/run.ts" here: atproto/ must not import pipeline/run.ts';

/** What the plugin says of a file, as `rule: message`. */
function lint(path: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, `${ROOT}${path}`, source).map(({ id, message }) => `${id}: ${message}`);
}

Deno.test("the plugin refuses an import downstream in each form that an import can have", () => {
  for (
    const source of [
      'import { run } from "../pipeline/run.ts";',
      'import type { Run } from "../pipeline/run.ts";',
      'import "../pipeline/run.ts";',
      'export { run } from "../pipeline/run.ts";',
      'export * from "../pipeline/run.ts";',
      'await import("../pipeline/run.ts");',
      'type Run = import("../pipeline/run.ts").Run;',
    ]
  ) {
    assertEquals(lint("src/atproto/cbor.ts", source), [REFUSED], source);
    assertEquals(lint("src/app/produce.ts", source), [], source);
  }
});

Deno.test("the plugin sees a file by its path from the root, wherever that is", () => {
  const source = 'import { run } from "../pipeline/run.ts";';
  assertEquals(lint("src/tests/src/cli/stream.ts", source).length, 1);
  assertEquals(Deno.lint.runPlugin(plugin, `/elsewhere/src/atproto/cbor.ts`, source), []);
  assertEquals(Deno.lint.runPlugin(plugin, `${ROOT}docs/src/atproto/cbor.ts`, source), []);
});

Deno.test("the plugin lets types alone through where a layer may import no more", () => {
  assertEquals(lint("src/kafka/offsets/kept_cursor.ts", 'import type { Cursor } from "../../cursor/cursor.ts";'), []);
  const [problem = ""] = lint("src/kafka/offsets/kept_cursor.ts", 'import { Cursor } from "../../cursor/cursor.ts";');
  assertStringIncludes(problem, "may import only types from cursor/cursor.ts");
});

Deno.test("the plugin keeps each package where it belongs, and specifiers in the import maps", () => {
  assertEquals(lint("src/kafka/producer/lane.ts", 'import type { Message } from "kafkajs";'), []);
  for (
    const [path, source, told] of [
      ["src/pipeline/run.ts", 'import { Kafka } from "kafkajs";', '"kafkajs" belongs to'],
      ["src/kafka/producer/lane.ts", 'import { Kafka } from "npm:kafkajs@2";', "specifiers stand in scripts/jsr.json"],
      ["tests/x_test.ts", 'import { y } from "jsr:@std/assert";', "specifiers stand in scripts/jsr.json"],
      ["src/cli/stream.ts", 'import { y } from "left-pad";', '"left-pad" is in no row of PACKAGES'],
      ["src/cli/stream.ts", "await import(name);", "Cannot import a computed name"],
      ["src/cli/stream.ts", 'import { y } from "../../scripts/build.ts";', "scripts/build.ts is outside of src/"],
      ["src/new.ts", 'import { y } from "./atproto/cbor.ts";', "src/new.ts is in no layer"],
    ] as const
  ) {
    const problems = lint(path, source);
    assertEquals(problems.length, 1, `${path}: ${source}`);
    assertStringIncludes(problems[0] ?? "", told);
  }
});

Deno.test("the plugin refuses clock, chance, timers and the runtime in a pure module, and only there", () => {
  for (
    const source of [
      "Deno.cwd();",
      "setTimeout(f, 1);",
      "Math.random();",
      "Date.now();",
      "new Date();",
      "performance.now();",
      'import { readFileSync } from "node:fs";',
      'import { randomBytes } from "node:crypto";',
    ]
  ) {
    assertEquals(lint("src/atproto/cbor.ts", source).length, 1, source);
    assertEquals(lint("src/upstream/socket.ts", source), [], source);
  }
  for (const source of ["new Date(0);", "a.Deno;", 'import { createHash } from "node:crypto";', "Math.max(1, 2);"]) {
    assertEquals(lint("src/atproto/cbor.ts", source), [], source);
  }
});

Deno.test("the plugin refuses what the style rules out", () => {
  for (
    const [source, told] of [
      ["enum A { B }", "Cannot use an enum"],
      ["export default function f() {}", "Cannot export a default"],
      ["class A { private b = 1; }", "#name is wanted"],
      ["class A { constructor(private b: number) {} }", "#name is wanted"],
      ["export const f = () => 1;", "Cannot export an arrow function"],
      ["Deno.exit(1);", "only main.ts ends the process"],
    ] as const
  ) {
    const problems = lint("src/cli/stream.ts", source);
    assertEquals(problems.length, 1, source);
    assertStringIncludes(problems[0] ?? "", told);
  }
  assertEquals(lint("main.ts", "Deno.exit(1);"), []);
});

Deno.test("the plugin is on in deno.json, and its tables name what is there", async () => {
  assertEquals(project.lint.plugins, ["./scripts/lint_layers.ts"]);
  assertEquals(Object.keys(plugin.rules), ["imports", "pure", "style"]);
  const stated = new Set(Object.keys(withJsr.imports).map((name) => /^@[^/]+\/[^/]+|^[^/]+/.exec(name)?.[0]));
  assertEquals(new Set(Object.keys(PACKAGES)), stated);
  for (const path of [...Object.keys(LAYERS).map((layer) => `src/${layer}`), ...PURE]) {
    await Deno.stat(`${ROOT}${path}`);
  }
});

Deno.test("importProblem() lets app/ have all but cli/, and nothing but cli/ have app/", () => {
  const problem = (from: string, to: string) => importProblem(`src/${from}`, to, false);
  assertEquals(problem("app/produce.ts", "../pipeline/run.ts"), null);
  assertEquals(problem("app/produce.ts", "../cli/advice.ts"), "app/ must not import cli/advice.ts");
  assertEquals(problem("cli/stream.ts", "../app/produce.ts"), null);
  for (const layer of Object.keys(LAYERS).filter((name) => name.endsWith("/") && !["app/", "cli/"].includes(name))) {
    assertEquals(problem(`${layer}x.ts`, "../app/produce.ts"), `${layer} must not import app/produce.ts`);
    assertEquals(problem(`${layer}x.ts`, "../cli/main.ts"), `${layer} must not import cli/main.ts`);
  }
  for (const to of ["pipeline/run.ts", "net/fetch.ts", "filter/filter.ts"]) {
    assertEquals(problem("cli/stream.ts", `../${to}`), `cli/ must not import ${to}`);
  }
});

Deno.test("importProblem() lets every module wait but the pure ones, and the version alone have deno.json", () => {
  assertEquals(importProblem("src/lines/lines.ts", "../async.ts", false), null);
  assertEquals(importProblem("src/atproto/cbor.ts", "../async.ts", false), "atproto/ must not import async.ts");
  assertEquals(importProblem("src/version.ts", "../deno.json", false), null);
  assertEquals(importProblem("src/cli/help.ts", "../../deno.json", false), "deno.json is outside of src/");
});

Deno.test("importProblem() takes everything between files outside of src/", () => {
  assertEquals(importProblem("tests/x_test.ts", "../src/atproto/cbor.ts", false), null);
  assertEquals(importProblem("main.ts", "./src/cli/main.ts", false), null);
});
