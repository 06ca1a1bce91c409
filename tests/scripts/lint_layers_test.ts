import { assertEquals, assertStringIncludes } from "@std/assert";
import project from "../../deno.json" with { type: "json" };
import withJsr from "../../scripts/jsr.json" with { type: "json" };
import plugin, { importProblem, LAYERS, PACKAGES, PURE } from "../../scripts/lint_layers.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const REFUSED =
  'layers/imports: Cannot import "../pipeline/pipeline.ts" here: atproto/ must not import pipeline/pipeline.ts';

/** What the plugin says of a file, as `rule: message`. */
function lint(path: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, `${ROOT}${path}`, source).map(({ id, message }) => `${id}: ${message}`);
}

Deno.test("the plugin refuses an import downstream in each form that an import can have", () => {
  for (
    const source of [
      'import { run } from "../pipeline/pipeline.ts";',
      'import type { Run } from "../pipeline/pipeline.ts";',
      'import "../pipeline/pipeline.ts";',
      'export { run } from "../pipeline/pipeline.ts";',
      'export * from "../pipeline/pipeline.ts";',
      'await import("../pipeline/pipeline.ts");',
      'type Run = import("../pipeline/pipeline.ts").Run;',
    ]
  ) {
    assertEquals(lint("src/atproto/cbor.ts", source), [REFUSED], source);
    assertEquals(lint("src/app/produce.ts", source), [], source);
  }
});

Deno.test("the plugin sees a file by its path from the root, wherever that is", () => {
  const source = 'import { run } from "../pipeline/pipeline.ts";';
  assertEquals(lint("src/tests/src/cli/stream.ts", source).length, 1);
  assertEquals(Deno.lint.runPlugin(plugin, `/elsewhere/src/atproto/cbor.ts`, source), []);
  assertEquals(Deno.lint.runPlugin(plugin, `${ROOT}docs/src/atproto/cbor.ts`, source), []);
});

Deno.test("the plugin lets types alone through where a layer may import no more", () => {
  assertEquals(lint("src/kafka/offsets/cursor_offset.ts", 'import type { Cursor } from "../../cursor/cursor.ts";'), []);
  const [problem = ""] = lint("src/kafka/offsets/cursor_offset.ts", 'import { Cursor } from "../../cursor/cursor.ts";');
  assertStringIncludes(problem, "may import only types from cursor/cursor.ts");
});

Deno.test("the plugin keeps each package where it belongs, and specifiers in the import maps", () => {
  assertEquals(lint("src/kafka/producer/partition_queue.ts", 'import type { Message } from "kafkajs";'), []);
  for (
    const [path, source, told] of [
      ["src/pipeline/pipeline.ts", 'import { Kafka } from "kafkajs";', '"kafkajs" belongs to'],
      ["src/kafka/client/auth.ts", 'import x from "kafkajs/src/errors.js";', '"kafkajs/src" belongs to'],
      [
        "src/kafka/producer/partition_queue.ts",
        'import { Kafka } from "npm:kafkajs@2";',
        "specifiers stand in scripts/jsr.json",
      ],
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

Deno.test("the plugin refuses the name of a flag below cli/, but for options and their mechanism", () => {
  for (const source of ['f("give --cursor-file");', "f(`${a}--standby`);", "f(`give --cursor ${a}`);"]) {
    for (const path of ["src/cursor/file.ts", "src/kafka/client/errors.ts", "src/app/start.ts"]) {
      const [problem = "", ...others] = lint(path, source);
      assertEquals(others, []);
      assertStringIncludes(problem, "layers/flags: Cannot name --");
    }
    for (
      const path of ["src/cli/advice.ts", "src/config/table.ts", "src/cursor/options.ts", "src/kafka/options/x.ts"]
    ) {
      assertEquals(lint(path, source), []);
    }
  }
  for (const source of ["// give --cursor", 'f("-----begin");', 'f("a--b");', 'f("-- comment");']) {
    assertEquals(lint("src/cursor/file.ts", source), [], source);
  }
});

Deno.test("the plugin is on in deno.json, and its tables name what is there", async () => {
  assertEquals(project.lint.plugins, ["./scripts/lint_layers.ts"]);
  assertEquals(Object.keys(plugin.rules), ["imports", "pure", "style", "flags"]);
  const packagesOf = (names: object) =>
    new Set(Object.keys(names).map((name) => /^@[^/]+\/[^/]+|^[^/]+/.exec(name)?.[0]));
  assertEquals(packagesOf(PACKAGES), packagesOf(withJsr.imports));
  for (const path of [...Object.keys(LAYERS).map((layer) => `src/${layer}`), ...PURE]) {
    await Deno.stat(`${ROOT}${path}`);
  }
});

Deno.test("importProblem() lets app/ have all but cli/, and nothing but cli/ have app/", () => {
  const problem = (from: string, to: string) =>
    importProblem(`src/${from}`, from.includes("/options/") ? `../${to}` : to, false);
  assertEquals(problem("app/produce.ts", "../pipeline/pipeline.ts"), null);
  assertEquals(problem("app/produce.ts", "../cli/advice.ts"), "app/ must not import cli/advice.ts");
  assertEquals(problem("cli/stream.ts", "../app/produce.ts"), null);
  for (const layer of Object.keys(LAYERS).filter((name) => name.endsWith("/") && !["app/", "cli/"].includes(name))) {
    assertEquals(problem(`${layer}x.ts`, "../app/produce.ts"), `${layer} must not import app/produce.ts`);
    assertEquals(problem(`${layer}x.ts`, "../cli/main.ts"), `${layer} must not import cli/main.ts`);
  }
  for (const to of ["pipeline/pipeline.ts", "net/websocket.ts", "filter/filter.ts"]) {
    assertEquals(problem("cli/stream.ts", `../${to}`), `cli/ must not import ${to}`);
  }
});

Deno.test("importProblem() lets config.ts alone join the options, which know the mechanism and nothing that uses them", () => {
  const problem = (from: string, to: string) => importProblem(`src/${from}`, to, true);
  const closed = ": only config/config.ts, app/ and cli/ know the options of components";
  for (const from of ["config/config.ts", "app/produce.ts", "cli/stream.ts"]) {
    assertEquals(problem(from, "../kafka/options/options.ts"), null);
    assertEquals(problem(from, "../cursor/options.ts"), null);
  }
  assertEquals(problem("cursor/options.ts", "../config/readers.ts"), null);
  assertEquals(problem("cursor/options.ts", "./resume.ts"), null);
  assertEquals(problem("kafka/options/options.ts", "../../config/option.ts"), null);
  assertEquals(problem("kafka/options/options.ts", "./addresses.ts"), null);
  for (
    const [from, to, message] of [
      ["config/table.ts", "../cursor/options.ts", `config/ must not import cursor/options.ts${closed}`],
      ["config/table.ts", "./config.ts", "config/ must not import config/config.ts"],
      ["config/config.ts", "../cursor/resume.ts", "config/config.ts must not import cursor/resume.ts"],
      ["cursor/resume.ts", "./options.ts", `cursor/ must not import cursor/options.ts${closed}`],
      ["cursor/resume.ts", "../config/option.ts", "cursor/ must not import config/option.ts"],
      ["cursor/options.ts", "../config/config.ts", "cursor/options.ts must not import config/config.ts"],
      ["kafka/client/client.ts", "../options/options.ts", `kafka/ must not import kafka/options/options.ts${closed}`],
      ["telemetry/log.ts", "../upstream/options.ts", `telemetry/ must not import upstream/options.ts${closed}`],
      ["lines/options.ts", "../upstream/options.ts", `lines/options.ts must not import upstream/options.ts${closed}`],
    ] as const
  ) {
    assertEquals(problem(from, to), message);
  }
});

Deno.test("importProblem() lets every module wait but the pure ones, and the version alone have deno.json", () => {
  assertEquals(importProblem("src/lines/lines.ts", "../async.ts", false), null);
  assertEquals(importProblem("src/atproto/cbor.ts", "../async.ts", false), "atproto/ must not import async.ts");
  assertEquals(importProblem("src/version.ts", "../deno.json", false), null);
  assertEquals(importProblem("src/cli/help.ts", "../../deno.json", false), "deno.json is outside of src/");
});

Deno.test("importProblem() takes what is between files outside of src/, but bench/ in scripts/", () => {
  assertEquals(importProblem("tests/x_test.ts", "../src/atproto/cbor.ts", false), null);
  assertEquals(importProblem("main.ts", "./src/cli/main.ts", false), null);
  assertEquals(importProblem("bench/main.ts", "../scripts/kafka.ts", false), null);
  assertEquals(
    importProblem("scripts/docs.ts", "../bench/report.ts", true),
    "scripts/ must not import bench/; what both need stands in scripts/",
  );
});

Deno.test("importProblem() keeps an example to its own folder and the client of Kafka", () => {
  assertEquals(importProblem("examples/trending/main.ts", "./page.ts", false), null);
  assertEquals(importProblem("examples/trending/main.ts", "kafkajs", false), null);
  assertEquals(
    importProblem("examples/trending/main.ts", "../../src/text/redact.ts", false),
    "an example stands by itself, to be copied",
  );
  assertEquals(importProblem("tests/examples/trending_test.ts", "../../examples/trending/page.ts", false), null);
});
