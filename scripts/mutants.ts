/**
 * Makes one-line faults and sees that a fast test notices each: `deno task mutants [--sample N] [--seed S] [--only TEXT]`.
 * A fault stands in a file beside the real one, which the import map puts in its place; nothing else is changed. A test that
 * fails without a fault too, or only because it never ends, notices nothing.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { createRandom } from "../src/simulator/random.ts";
import { chooseImportMap, type ImportMap, PATIENCE_MS } from "./import_map.ts";
import type { Mutant } from "./mutant.ts";
import { MUTANTS } from "./mutant_list.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
/** A test that takes longer has noticed nothing. */
const LONGEST_MS = 60_000;
/** As many as there are cores on the smallest machine in use. */
const AT_A_TIME = 2;

/** What came of one fault. */
export type Fate = "killed" | "survived" | "timed out";

/** The source with the fault in it. */
export function mutate(source: string, { file, name, from, to }: Mutant): string {
  const parts = source.split(from);
  if (parts.length !== 2) {
    throw new Error(`Cannot make "${name}": ${file} has its text ${parts.length - 1} times, expected once`);
  }
  return parts.join(to);
}

/** So many of the faults, the same for the same seed. */
export function sample(mutants: readonly Mutant[], count: number, seed: number): readonly Mutant[] {
  const random = createRandom(seed);
  const left = [...mutants];
  const taken: Mutant[] = [];
  while (taken.length < count && left.length > 0) taken.push(...left.splice(random.below(left.length), 1));
  return taken;
}

/** An import map as it is, with absolute addresses, in which another file stands in the place of one. */
export function mapWith(
  map: { readonly imports: Readonly<Record<string, string>>; readonly scopes?: Readonly<Record<string, unknown>> },
  base: URL,
  file: URL,
  instead: URL,
): unknown {
  const absolute = (address: string) => address.startsWith("./") ? new URL(address, base).href : address;
  return {
    imports: {
      ...Object.fromEntries(Object.entries(map.imports).map(([name, address]) => [name, absolute(address)])),
      [file.href]: instead.href,
    },
    scopes: Object.fromEntries(Object.entries(map.scopes ?? {}).map(([scope, names]) => [absolute(scope), names])),
  };
}

/** Runs a test with this source in the place of a file. */
async function fateOf(file: string, source: string, test: string, map: ImportMap, index: number): Promise<Fate> {
  const real = join(ROOT, file);
  const instead = join(dirname(real), `.mutant-${index}-${basename(real)}`);
  const mapFile = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(instead, source);
    const base = pathToFileURL(join(ROOT, map));
    const merged = mapWith(
      JSON.parse(await Deno.readTextFile(base)),
      base,
      pathToFileURL(real),
      pathToFileURL(instead),
    );
    await Deno.writeTextFile(mapFile, JSON.stringify(merged));
    const command = new Deno.Command(Deno.execPath(), {
      args: [
        "test",
        "-q",
        "-A",
        "--fail-fast",
        "--no-check",
        "--no-lock",
        "--no-config",
        `--import-map=${mapFile}`,
        test,
      ],
      cwd: ROOT,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    });
    const child = command.spawn();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      child.kill("SIGKILL");
    }, LONGEST_MS);
    const { success } = await child.status;
    clearTimeout(timer);
    return isLate ? "timed out" : success ? "survived" : "killed";
  } finally {
    await Deno.remove(instead);
    await Deno.remove(mapFile);
  }
}

async function inTurn<T>(items: readonly T[], act: (item: T, index: number) => Promise<void>): Promise<void> {
  const entries = items.entries();
  const work = async () => {
    for (const [index, item] of entries) await act(item, index);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

async function main(): Promise<void> {
  const { sample: count, seed = "1", only = "" } = parseArgs({
    options: { sample: { type: "string" }, seed: { type: "string" }, only: { type: "string" } },
  }).values;
  const wanted = MUTANTS.filter(({ name, file }) => name.includes(only) || file.includes(only));
  const mutants = count === undefined ? wanted : sample(wanted, Number(count), Number(seed));
  const map = await chooseImportMap((specifier) => import(specifier), PATIENCE_MS);
  const sourceOf = (file: string) => Deno.readTextFile(join(ROOT, file));
  let failed = 0;
  const controls = [...new Map(mutants.map((mutant) => [mutant.test, mutant])).values()];
  print(`${mutants.length} faults, and ${controls.length} test files without one; seed ${seed}`);
  await inTurn(controls, async ({ file, test }, index) => {
    if (await fateOf(file, await sourceOf(file), test, map, index) === "survived") return;
    failed++;
    print(`FAILS WITHOUT A FAULT  ${test}`);
  });
  await inTurn(mutants, async (mutant, index) => {
    const { file, test, name } = mutant;
    const startedMs = performance.now();
    const fate = await fateOf(file, mutate(await sourceOf(file), mutant), test, map, index);
    if (fate !== "killed") failed++;
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    print(`${fate === "killed" ? "killed" : fate.toUpperCase()}  ${seconds} s  ${file}: ${name}`);
  });
  print(`${mutants.length + controls.length - failed} as expected, ${failed} not`);
  if (failed > 0) Deno.exitCode = 1;
}

if (import.meta.main) await main();
