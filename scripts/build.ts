/**
 * Compiles the program into one binary with the Deno that runs this: `[--target TRIPLE]... [--output-dir DIR]`. The
 * binary gets the least permissions, the program's own modules, and the packages that those import.
 *
 * `deno compile` embeds every package of the project's configuration, whoever imports it. So it is run on a copy of
 * the program whose configuration names only what the program imports; its lock file is the project's.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { currentImportMap, type ImportMap } from "./import_map.ts";
import { programPermissions } from "./program_flags.ts";

/** Targets that `deno compile` knows. */
export const TARGETS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
] as const;

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** Where JSR cannot be reached, the whole standard library comes as this one package, its tests' helpers included. */
const STAND_IN = /^npm:(?<name>deno-std)@(?<version>[^/]+)\/(?<kept>[^/]+)\//;

/** What `deno info --json` says of a program. */
export interface Graph {
  /** Every module of it; those of packages have no local file of ours. */
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly { readonly specifier: string; readonly code?: unknown }[];
  }[];
}

/** The name of the binary for a target; null is this machine. */
export function binaryName(target: string | null): string {
  const isWindows = target === null ? Deno.build.os === "windows" : target.includes("windows");
  return `bluesky_firehose${target === null ? "" : `-${target}`}${isWindows ? ".exe" : ""}`;
}

/** The arguments of `deno` that compile the copied program for a target; `excluded` are folders to leave out. */
export function compileArgs(target: string | null, output: string, excluded: readonly string[]): string[] {
  return [
    ...["compile", "--quiet", "--no-check", ...programPermissions()],
    ...excluded.flatMap((folder) => ["--exclude", folder]),
    ...(target === null ? [] : ["--target", target]),
    ...["--output", output, "main.ts"],
  ];
}

/** The rows of an import map that the modules of a program import while it runs; types are nothing to embed. */
export function importsOf(graph: Graph, imports: Readonly<Record<string, string>>): Record<string, string> {
  const named = graph.modules.filter(({ specifier }) => specifier.startsWith("file:")).flatMap((
    { dependencies = [] },
  ) => dependencies.filter(({ code }) => code !== undefined).map(({ specifier }) => specifier));
  const rows = Object.entries(imports);
  return Object.fromEntries(
    rows.filter(([name]) => named.some((each) => each === name || each.startsWith(`${name}/`))),
  );
}

/** What becomes of {@linkcode stageProgram}. */
export interface Staged {
  /** What the program imports by name, as its own import map. */
  readonly imports: Readonly<Record<string, string>>;
  /** Folders of its packages that it has no use for. */
  readonly excluded: readonly string[];
}

/**
 * Copies the program into a folder, with a configuration of its own that names only what it imports.
 *
 * @throws {Error} with what Deno says, where a package cannot be had
 */
export async function stageProgram(folder: string, map: ImportMap): Promise<Staged> {
  const graph: Graph = await denoJson(["info", "--json", `--import-map=${map}`, "main.ts"]);
  const project = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
  const { imports: known } = JSON.parse(await Deno.readTextFile(join(ROOT, map)));
  const imports = importsOf(graph, known);
  for (const { specifier } of graph.modules) {
    if (!specifier.startsWith("file:")) continue;
    const path = fileURLToPath(specifier);
    const copy = join(folder, path.slice(ROOT.length));
    await Deno.mkdir(dirname(copy), { recursive: true });
    await Deno.copyFile(path, copy);
  }
  const { name, version, exports, nodeModulesDir } = project;
  await Deno.writeTextFile(
    join(folder, "deno.json"),
    JSON.stringify({ name, version, exports, nodeModulesDir, imports }, null, 2),
  );
  await Deno.copyFile(join(ROOT, "deno.lock"), join(folder, "deno.lock"));
  return { imports, excluded: await excludedFolders(Object.values(imports)) };
}

/** The folders of the stand-in that hold none of the modules that these specifiers name. */
async function excludedFolders(specifiers: readonly string[]): Promise<string[]> {
  const found = specifiers.map((specifier) => STAND_IN.exec(specifier)?.groups).filter((groups) =>
    groups !== undefined
  );
  const [first] = found;
  if (first === undefined) return [];
  const kept = new Set(found.map((groups) => groups["kept"]));
  const { npmCache } = await denoJson<{ readonly npmCache: string }>(["info", "--json"]);
  const excluded: string[] = [];
  for await (const { name: registry } of Deno.readDir(npmCache)) {
    const folder = join(npmCache, registry, first["name"] ?? "", first["version"] ?? "");
    if (!(await Deno.stat(folder).then(({ isDirectory }) => isDirectory, () => false))) continue;
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory && !kept.has(name)) excluded.push(join(folder, name));
    }
  }
  return excluded.sort();
}

/** What Deno prints as JSON when it is run in the root of the project. */
async function denoJson<T>(args: readonly string[]): Promise<T> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args: [...args], cwd: ROOT }).output();
  if (!success) throw new Error(`Cannot run "deno ${args.join(" ")}": ${new TextDecoder().decode(stderr).trim()}`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** What to tell of a compilation that failed, by what Deno printed. */
export function failureText(printed: string, target: string | null): string {
  if (/base binary|denort/i.test(printed)) {
    return `Cannot get the runtime stub (denort) of Deno ${Deno.version.deno} for ${target ?? "this machine"}: ` +
      "it is neither in Deno's cache nor to be fetched, access to dl.deno.land or a DENORT_BIN that names the stub of " +
      "this very version is wanted";
  }
  return `Cannot compile for ${target ?? "this machine"}: Deno says why above`;
}

/** Compiles for one target and returns what is wrong, or null. */
async function compile(folder: string, staged: Staged, target: string | null, output: string): Promise<string | null> {
  const args = compileArgs(target, output, staged.excluded);
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: folder }).output();
  const printed = new TextDecoder().decode(stderr).trimEnd();
  if (!success) {
    say(Deno.stderr, printed);
    return failureText(printed, target);
  }
  if (target !== null && target !== Deno.build.target) return null;
  // A stub of another version is embedded without a word, and then nothing starts.
  const isRunning = await new Deno.Command(output, { args: ["--version"], stdout: "null", stderr: "null" }).output()
    .then(({ success }) => success, () => false);
  if (isRunning) return null;
  await Deno.remove(output);
  return `Cannot run ${output}: DENORT_BIN is no stub of Deno ${Deno.version.deno}, one of this very version is wanted`;
}

function say(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  stream.writeSync(new TextEncoder().encode(`${text}\n`));
}

/** What is asked for, and everything that is wrong with it. */
export interface BuildRequest {
  /** Triples; null is this machine. */
  readonly targets: readonly (string | null)[];
  readonly outputDir: string;
  /** One message each. */
  readonly mistakes: readonly string[];
}

/** Reads the arguments; `hasStub` says whether DENORT_BIN names a stub, which fits one target only. */
export function readRequest(args: readonly string[], hasStub: boolean): BuildRequest {
  const mistakes: string[] = [];
  const parsed = parseArgs([...args], {
    string: ["target", "output-dir"],
    collect: ["target"],
    default: { "output-dir": "dist" },
    unknown: (argument: string) => {
      mistakes.push(`Cannot use "${argument}": it is unknown, --target and --output-dir are known`);
      return false;
    },
  });
  const targets = (parsed.target as string[] | undefined ?? []).map(String);
  for (const target of targets) {
    if ((TARGETS as readonly string[]).includes(target)) continue;
    mistakes.push(`Cannot compile for "${target}": it is no target, one of ${TARGETS.join(", ")} is wanted`);
  }
  const outputDir = String(parsed["output-dir"]);
  if (outputDir === "") mistakes.push("Cannot use --output-dir: it has no value, a folder is wanted");
  if (hasStub && targets.length > 1) {
    mistakes.push(
      `Cannot compile for ${targets.length} targets: DENORT_BIN is the stub of one, one at a time is wanted`,
    );
  }
  return { targets: targets.length === 0 ? [null] : targets, outputDir, mistakes };
}

async function build({ targets, outputDir }: BuildRequest): Promise<readonly string[]> {
  await Deno.mkdir(outputDir, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: tmpdir(), prefix: "bluesky_firehose_build_" });
  const failures: string[] = [];
  try {
    const staged = await stageProgram(folder, currentImportMap());
    for (const target of targets) {
      const output = join(await Deno.realPath(outputDir), binaryName(target));
      const failure = await compile(folder, staged, target, output);
      if (failure === null) say(Deno.stdout, join(outputDir, binaryName(target)));
      else failures.push(failure);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return failures;
}

if (import.meta.main) {
  const request = readRequest(Deno.args, (Deno.env.get("DENORT_BIN") ?? "") !== "");
  const failures = request.mistakes.length > 0 ? [] : await build(request);
  for (const each of [...request.mistakes, ...failures]) say(Deno.stderr, `Error: ${each}`);
  Deno.exitCode = request.mistakes.length > 0 ? 2 : failures.length > 0 ? 1 : 0;
}
