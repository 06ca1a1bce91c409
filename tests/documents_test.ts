import { assert, assertEquals, assertFalse, assertMatch } from "@std/assert";
import project from "../deno.json" with { type: "json" };
import template from "../azure-template.json" with { type: "json" };
import { parseArgs } from "../src/cli/args.ts";
import type { Command } from "../src/cli/command.ts";
import { CONSUME_OPTIONS } from "../src/cli/consume.ts";
import { DEMO_OPTIONS } from "../src/cli/demo.ts";
import { PRINTING_EXITS } from "../src/cli/exit.ts";
import { HEALTH_OPTIONS } from "../src/cli/health.ts";
import { commandHelp, programHelp } from "../src/cli/help.ts";
import { COMMANDS, main } from "../src/cli/main.ts";
import { OPTIONS, resolve, resolveConfig, resolveWithKafka } from "../src/config/config.ts";
import { type Environment, type FlagTexts, variablesOf } from "../src/config/table.ts";
import { anchorsOf, DOCUMENT_PATHS, programArguments, readFile, shellBlocks } from "./support/documents.ts";
import { FakeContext } from "./support/context.ts";
import { pasted } from "./support/pasted.ts";
import { testNeeding } from "./support/needs.ts";

const ROOT = new URL("../", import.meta.url);
const CURSOR_FILE = "/data/cursor.json";

Deno.test("each variable that Dockerfile, CONTAINER.md and the template name is one of the program", () => {
  const known = variablesOf(OPTIONS, HEALTH_OPTIONS);
  const named = [
    ...[...readFile("Dockerfile").matchAll(/^ENV (\w+)=/gm)].map(([, name = ""]) => name),
    ...[...readFile("CONTAINER.md").matchAll(/-e (\w+)=/g)].map(([, name = ""]) => name),
    ...variables().map(({ name }) => name),
  ];
  assertEquals(named.filter((name) => !known.includes(name)), []);
  assert(named.length >= 8, named.join());
});

Deno.test("Dockerfile, CONTAINER.md and the template keep the cursor in the same file, on a volume", () => {
  const dockerfile = readFile("Dockerfile");
  assertMatch(dockerfile, new RegExp(`^ENV BLUESKY_CURSOR_FILE=${CURSOR_FILE}(?: |$)`, "m"));
  assertMatch(dockerfile, /^VOLUME \/data$/m);
  assert(readFile("CONTAINER.md").includes(`\`${CURSOR_FILE}\``));
  assertEquals(variables().find(({ name }) => name === "BLUESKY_CURSOR_FILE")?.value, CURSOR_FILE);
  assertEquals(container().volumeMounts.map(({ mountPath }) => mountPath), ["/data"]);
});

Deno.test("Dockerfile builds with the project's own Deno, and runs without a shell, as nobody, reached by signals", () => {
  const dockerfile = readFile("Dockerfile");
  const version = /deno@(\d+\.\d+\.\d+)/.exec(readFile("README.md"))?.[1];
  assertMatch(dockerfile, new RegExp(`^FROM --platform=\\$BUILDPLATFORM denoland/deno:${version} AS build$`, "m"));
  assertMatch(dockerfile, /^FROM gcr\.io\/distroless\/cc-debian\d+:nonroot$/m);
  assertMatch(dockerfile, /^USER 65532:65532$/m);
  // A form without brackets would start a shell, which is not there and would keep signals to itself.
  assertMatch(dockerfile, /^ENTRYPOINT \["\/bluesky_firehose"\]\nCMD \["stream"\]$/m);
  for (const [, path = ""] of dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)) {
    for (const each of path.split(" ")) Deno.statSync(new URL(each, ROOT));
  }
});

Deno.test("the template describes each parameter, and hands secrets on as secrets alone", () => {
  const parameters = Object.entries(template.parameters);
  assert(parameters.length >= 5);
  for (const [name, { metadata }] of parameters) assertMatch(metadata.description, /^[A-Z].*\.$/, name);
  const secrets = new Set(
    Object.values(OPTIONS).filter((spec) => "secret" in spec).flatMap((spec): readonly string[] => spec.env),
  );
  const text = JSON.stringify(template);
  for (const [name] of parameters) assert(text.includes(`parameters('${name}')`), `${name} is not used`);
  for (const variable of variables()) {
    assertEquals("secureValue" in variable, secrets.has(variable.name), variable.name);
  }
  assertEquals(template.parameters.connectionString.type, "securestring");
  // What the template gives where nobody says more is what the program takes.
  assertEquals(template.parameters.collections.defaultValue, OPTIONS.collections.default);
  assertEquals(template.parameters.sampleRate.defaultValue, OPTIONS.sampleRate.default);
});

Deno.test("each command line of the documents is one that the program, or a task, takes", async () => {
  let checked = 0;
  for (const path of DOCUMENT_PATHS) {
    for (const { lines } of shellBlocks(readFile(path))) {
      const env = Object.fromEntries(lines.flatMap(exported));
      for (const line of lines) {
        const [, task = ""] = /^(?:npx -y deno@\S+|deno) task (\S+)/.exec(line) ?? [];
        if (task !== "") assert(Object.hasOwn(project.tasks, task), line);
        const argv = programArguments(line);
        if (argv !== null) await assertCommand(argv, line, env);
        if (task !== "" || argv !== null) checked++;
      }
    }
  }
  assert(checked >= 15, `${checked}`);
});

/** The variables that a line of a shell exports. */
function exported(line: string): [name: string, value: string][] {
  if (!line.startsWith("export ")) return [];
  return [...line.matchAll(/(\w+)=("[^"]*"|\S+)/g)].map((
    [, name = "", value = ""],
  ) => [name, value.replaceAll('"', "")]);
}

Deno.test("each link of the documents leads to a file, and each anchor to a heading", () => {
  let checked = 0;
  for (const path of DOCUMENT_PATHS) {
    const text = readFile(path).replaceAll(/^```[^]*?^```$/gm, "");
    for (const [, target = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const [file = "", anchor] = target.split("#");
      const found = file === "" ? path : new URL(file, new URL(path, "file:///")).pathname.slice(1);
      // The figures are written where they are measured.
      if (found === "docs/performance.md") continue;
      Deno.statSync(new URL(found, ROOT));
      if (anchor !== undefined) assert(anchorsOf(readFile(found)).includes(anchor), `${path}: ${target}`);
      checked++;
    }
  }
  assert(checked >= 60, `${checked}`);
});

testNeeding(["bash"], {
  name: "each example of the help is a command line that the program takes, at any width of the terminal",
  fn: async () => {
    for (const width of [30, 80, 100]) {
      const helps = [programHelp(COMMANDS, width), ...COMMANDS.map((command) => commandHelp(command, width))];
      const lines = helps.flatMap((help) => help.split("\nExamples:\n")[1]?.split("\n\n")[0] ?? []);
      const calls = await pasted(lines);
      assertEquals(calls.length, 5 + COMMANDS.reduce((sum, { examples }) => sum + examples.length, 0));
      for (const argv of calls) {
        const line = argv.join(" ");
        assertFalse(line.includes("..."), line);
        await assertCommand(argv, line);
      }
    }
  },
});

/** Fails where a command line has an error in its flags, in their values, or in what they come to together. */
async function assertCommand([name = "", ...argv]: readonly string[], line: string, env: Environment = {}) {
  const command = COMMANDS.find((known) => known.name === name);
  if (command === undefined) throw new Error(`No such command: ${line}`);
  const { flags, errors } = parseArgs(argv, command.options, command.operands);
  assertEquals(errors, [], line);
  const resolution = resolutionOf(command, flags, env);
  assertEquals(resolution.kind === "errors" ? resolution.errors : [], [], line);
  if (command.exits === PRINTING_EXITS) assertEquals(await main([name, ...argv], new FakeContext()), "ok", line);
}

/** What a command makes of its flags and variables. */
function resolutionOf(
  { name, options }: Command,
  flags: FlagTexts,
  env: Environment,
): { readonly kind: "config" } | { readonly kind: "errors"; readonly errors: readonly string[] } {
  const { json: _, ...others } = flags;
  switch (name) {
    case "stream":
    case "check":
      return resolveConfig(others, env);
    case "consume":
      return resolveWithKafka(CONSUME_OPTIONS, flags, env, () => ({ needed: true, errors: [] }));
    case "demo":
      return resolveWithKafka(DEMO_OPTIONS, flags, env, ({ kafkaBootstrapServers, connectionString }) => ({
        needed: (kafkaBootstrapServers ?? connectionString ?? null) !== null,
        errors: [],
      }));
    default:
      return resolve(options, flags, env);
  }
}

interface ContainerProperties {
  readonly environmentVariables: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts: readonly { readonly mountPath: string }[];
}

function container(): ContainerProperties {
  const found = template.resources.flatMap(({ properties }) => "containers" in properties ? properties.containers : []);
  assertEquals(found?.length, 1);
  const [first] = found ?? [];
  if (first === undefined) throw new Error("The template has no container");
  return first.properties;
}

function variables(): ContainerProperties["environmentVariables"] {
  return container().environmentVariables;
}
