/**
 * What an empty cache has to fetch before the program runs.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import project from "../../deno.json" with { type: "json" };
import { currentImportMap, IMPORT_MAPS } from "../../scripts/import_map.ts";
import { programFlags } from "../../scripts/program_flags.ts";
import { TestFolder } from "../support/folder.ts";
import { type NpmRegistry, startRegistry } from "../support/npm_registry.ts";

const ROOT = new URL("../../", import.meta.url);

interface Graph {
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly { readonly specifier: string; readonly code?: { readonly specifier?: string } }[];
  }[];
  readonly npmPackages: Readonly<Record<string, { readonly dependencies?: readonly string[] }>>;
}

/** The module graph of the program, which dynamic imports belong to. */
async function programGraph(): Promise<Graph> {
  const args = ["info", "--json", `--import-map=${currentImportMap()}`, "main.ts"];
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).output();
  assert(stdout.length > 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** The packages that modules import when they run, types aside, and what those depend on. */
function packagesOf({ modules, npmPackages }: Graph): ReadonlySet<string> {
  const reached = new Set<string>();
  const reach = (id: string) => {
    if (reached.has(id)) return;
    reached.add(id);
    for (const dependency of npmPackages[id]?.dependencies ?? []) reach(dependency);
  };
  for (const { dependencies = [] } of modules) {
    for (const { code } of dependencies) {
      const [, name] = /^npm:\/?((?:@[^/]+\/)?[^/]+)/.exec(code?.specifier ?? "") ?? [];
      const id = Object.keys(npmPackages).find((each) => each === name || each.startsWith(`${name}_`));
      if (id !== undefined) reach(id);
    }
  }
  return reached;
}

Deno.test("the program reaches no package that only tests and scripts need", async () => {
  const graph = await programGraph();
  const packages = [...packagesOf(graph)].map((id) => id.replace(/(?<=.)@.*/, ""));
  for (const name of ["kafkajs", "@atproto/repo"]) assert(packages.includes(name), name);
  const others = ["ajv", "ajv-formats", "avsc", "tar", "yaml", "fflate", "cloudevents", "@atproto/sync", "express"];
  assertEquals(packages.filter((name) => others.includes(name)), []);
  const imported = graph.modules.flatMap(({ dependencies = [] }) => dependencies.map(({ specifier }) => specifier));
  assertEquals(imported.filter((specifier) => specifier.startsWith("@std/assert")), []);
});

/**
 * Runs a task under the settings of this project: a module that imports package `a`, with an empty cache and a lock file
 * that has `a` and `b`.
 */
async function runTask(registry: NpmRegistry, integrityOfA: string) {
  await using folder = new TestFolder();
  const { nodeModulesDir, unstable, lock } = project;
  const start = "deno run --frozen --lock=deno.lock --import-map=map.json main.js";
  const imports = { a: "npm:a@1.0.0", b: "npm:b@1.0.0" };
  const npm = { "a@1.0.0": { integrity: integrityOfA }, "b@1.0.0": { integrity: registry.integrityOf("b") } };
  const files = {
    "deno.json": { nodeModulesDir, unstable, lock, tasks: { start } },
    "map.json": { imports },
    "deno.lock": {
      version: "5",
      specifiers: Object.fromEntries(Object.values(imports).map((specifier) => [specifier, "1.0.0"])),
      npm,
    },
  };
  for (const [name, content] of Object.entries(files)) {
    await Deno.writeTextFile(folder.file(name), JSON.stringify(content));
  }
  await Deno.writeTextFile(folder.file("main.js"), 'import { name } from "a"; console.log(name);\n');
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "start"],
    cwd: folder.path,
    env: { DENO_DIR: folder.file("cache"), NPM_CONFIG_REGISTRY: registry.url, NO_COLOR: "1" },
  }).output();
  return { success, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

Deno.test("a task fetches into an empty cache those packages of deno.lock alone that are imported", async () => {
  await using registry = await startRegistry(["a", "b"]);
  const { success, stdout, stderr } = await runTask(registry, registry.integrityOf("a"));
  assertEquals([success, stdout], [true, "a\n"], stderr);
  assertEquals(registry.fetched, ["a"]);
});

Deno.test("a package that is not the one of deno.lock is not run", async () => {
  await using registry = await startRegistry(["a", "b"]);
  const { success, stdout, stderr } = await runTask(registry, registry.integrityOf("b"));
  assertEquals([success, stdout], [false, ""]);
  assertStringIncludes(stderr, "checksum did not match");
});

Deno.test("demo says its first line before a package is fetched", async () => {
  await using folder = new TestFolder();
  const gone = Promise.withResolvers<Response>();
  await using registry = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => gone.promise);
  const map = `--import-map=${IMPORT_MAPS.npmOnly}`;
  const program = new Deno.Command(Deno.execPath(), {
    args: ["run", ...programFlags(), "--lock=deno.lock", map, "main.ts", "demo", "--events", "3"],
    cwd: ROOT,
    env: { DENO_DIR: folder.path, NPM_CONFIG_REGISTRY: `http://127.0.0.1:${registry.addr.port}/` },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  try {
    let said = "";
    for await (const bytes of program.stdout) {
      said += new TextDecoder().decode(bytes);
      if (said.includes("\n")) break;
    }
    assertEquals(said, "simulator -> producer -> file, 3 events\n");
  } finally {
    program.kill("SIGKILL");
    await program.status;
    gone.resolve(new Response(null, { status: 404 }));
  }
});
