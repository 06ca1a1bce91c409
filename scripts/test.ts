/**
 * Runs the tests: `deno task test [FILE OR FOLDER]... [--filter TEXT]`, and `deno task test:all`, which adds those that
 * take minutes. One broker serves all tests that leave it as it is. Files run side by side, each process under the least
 * permissions that tests need.
 *
 * @module
 */
import { dirname, join, relative } from "node:path";
import { parseArgs } from "node:util";
import { chooseImportMap, type ImportMap, PATIENCE_MS } from "./import_map.ts";
import { type Broker, NoBrokerError, startBroker } from "./kafka.ts";
import { cacheFolder } from "./kafka_jars.ts";
import { findNeeds, type Need } from "./test_needs.ts";
import { testPermissions } from "./test_permissions.ts";
import { type Batch, describeFile, expectedSeconds, hasLongTests, planBatches, type TestFile } from "./test_plan.ts";
import { type Results, runTests } from "./test_process.ts";
import { closingText, duration, openingText, resultText } from "./test_report.ts";

const ROOT = new URL("../", import.meta.url).pathname;
/** How long each file took here the last time, in seconds; the longest begin first. */
const TIMES = join(cacheFolder(), "test_times.json");
/** While nothing ends, what is running is said so often. */
const STILL_MS = 20_000;
const USAGE = "deno task test [FILE OR FOLDER]... [--filter TEXT] [--complete] [--long]";

/** What the command line asks for. */
export interface TestRequest {
  /** Whether the tests run that take minutes. */
  readonly all: boolean;
  /** Whether only the files run that have such tests. */
  readonly long: boolean;
  /** Files and folders; none is tests/. */
  readonly paths: readonly string[];
  /** Only tests whose name has this text, or null. */
  readonly filter: string | null;
  /** Whether a test that is left out, as something that it needs is missing, is a failure. */
  readonly complete: boolean;
}

/**
 * Reads the command line. Files that are named run whole, also their tests that take minutes.
 *
 * @throws {TypeError} for a flag that there is not
 */
export function readRequest(args: readonly string[]): TestRequest {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      all: { type: "boolean" },
      long: { type: "boolean" },
      complete: { type: "boolean" },
      filter: { type: "string" },
    },
    allowPositionals: true,
  });
  return {
    all: values.all === true || values.long === true || positionals.length > 0,
    complete: values.complete === true,
    long: values.long === true,
    filter: values.filter ?? null,
    paths: positionals,
  };
}

/** The test files at a path, which may be one. */
async function testFilesAt(path: string): Promise<string[]> {
  if ((await Deno.stat(path)).isFile) return [path];
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    if (isDirectory) found.push(...await testFilesAt(join(path, name)));
    else if (name.endsWith("_test.ts")) found.push(join(path, name));
  }
  return found;
}

/** The times of earlier runs; none where there is no file of them, as they only help to find an order. */
async function readTimes(): Promise<Readonly<Record<string, number>>> {
  try {
    const times: unknown = JSON.parse(await Deno.readTextFile(TIMES));
    const entries = Object.entries(typeof times === "object" && times !== null ? times : {});
    return Object.fromEntries(entries.filter((each): each is [string, number] => Number(each[1]) >= 0));
  } catch {
    return {};
  }
}

/** Keeps the times of the files that ran whole. */
async function keepTimes({ all, filter }: TestRequest, before: Readonly<Record<string, number>>, results: Results[]) {
  if (filter !== null) return;
  const times: Record<string, number> = { ...before };
  for (const [path, tests] of Map.groupBy(results.flatMap((each) => each.times), ({ path }) => path)) {
    times[timeKey(all, path)] = tests.reduce((sum, { seconds }) => sum + seconds, 0);
  }
  await Deno.mkdir(dirname(TIMES), { recursive: true });
  await Deno.writeTextFile(TIMES, JSON.stringify(times));
}

function timeKey(all: boolean, path: string): string {
  return `${all ? "all" : "fast"} ${path}`;
}

async function filesOf(
  { paths, all, long }: TestRequest,
  times: Readonly<Record<string, number>>,
): Promise<TestFile[]> {
  const files = (await Promise.all((paths.length === 0 ? [`${ROOT}tests`] : paths).map(testFilesAt))).flat();
  const described = await Promise.all(files.map(async (file) => {
    const path = relative(ROOT, await Deno.realPath(file)).replaceAll("\\", "/");
    const text = await Deno.readTextFile(file);
    return !long || hasLongTests(text) ? [describeFile(path, text, times[timeKey(all, path)], all)] : [];
  }));
  return described.flat();
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

/** Starts the broker that the tests share; null where none can be had, which is said. */
async function sharedBroker(): Promise<Broker | null> {
  const started = performance.now();
  try {
    const broker = await startBroker({ properties: [], port: 0 });
    say(`The broker that tests share answers after ${duration((performance.now() - started) / 1000)}`);
    return broker;
  } catch (error) {
    if (!(error instanceof NoBrokerError)) throw error;
    say(`Tests that need a broker will be left out. ${error.message}`);
    return null;
  }
}

/** Fetches what the tests import, once for all processes; Deno shows what it downloads. */
async function fetchModules(map: ImportMap, files: readonly TestFile[]): Promise<void> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["cache", "--lock=deno.lock", `--import-map=${map}`, ...files.map(({ path }) => path)],
    cwd: ROOT,
  }).spawn().status;
  if (!success) throw new Error("The modules of the tests cannot be loaded");
}

/** Runs batches, so many at a time, those that need the broker when it has been started. */
class Runner {
  readonly results: Results[] = [];
  readonly #batches: Batch[];
  readonly #flags: readonly string[];
  readonly #missing: Set<Need>;
  readonly #files: number;
  readonly #running = new Map<string, number>();
  #done = 0;
  #saidMs = performance.now();

  constructor(batches: readonly Batch[], flags: readonly string[], missing: ReadonlySet<Need>) {
    this.#batches = [...batches];
    this.#files = batches.reduce((sum, { files }) => sum + files.length, 0);
    this.#flags = flags;
    this.#missing = new Set(missing);
  }

  async run(processes: number, starting: Promise<Broker | null>): Promise<void> {
    let broker: Broker | null | undefined;
    const settled = starting.then((found) => {
      broker = found;
      if (found === null) this.#missing.add("kafka");
    });
    const work = async () => {
      while (this.#batches.length > 0) {
        const at = this.#batches.findIndex(({ needsKafka }) => !needsKafka || broker !== undefined);
        if (at < 0) await settled;
        for (const { files } of at < 0 ? [] : this.#batches.splice(at, 1)) {
          await this.#runFiles(files.map(({ path }) => path), broker?.bootstrapServers ?? "");
        }
      }
    };
    const timer = setInterval(() => this.#sayRunning(), STILL_MS);
    try {
      await Promise.all(Array.from({ length: processes }, work));
    } finally {
      clearInterval(timer);
    }
  }

  async #runFiles(paths: readonly string[], servers: string): Promise<void> {
    const env = { TEST_MISSING: [...this.#missing].join(), TEST_KAFKA: servers };
    for (const path of paths) this.#running.set(path, performance.now());
    const results = await runTests([...this.#flags, ...paths], env, ROOT);
    for (const path of paths) this.#running.delete(path);
    if (!results.ended && paths.length > 1) {
      // One of them keeps Deno from ending: which one shows when each runs by itself.
      for (const path of paths) await this.#runFiles([path], servers);
      return;
    }
    this.#done += paths.length;
    this.results.push(results);
    this.#saidMs = performance.now();
    say(resultText(results, paths, this.#done, this.#files));
  }

  #sayRunning(): void {
    const nowMs = performance.now();
    if (nowMs - this.#saidMs < STILL_MS) return;
    const shown = [...this.#running].map(([path, sinceMs]) => `${path} (${duration((nowMs - sinceMs) / 1000)})`);
    say(`Running: ${shown.slice(0, 4).join(", ")}${shown.length > 4 ? ` and ${shown.length - 4} more` : ""}`);
  }
}

/** Runs everything that was asked for; returns the status of the process. */
async function main(request: TestRequest): Promise<number> {
  const startedMs = performance.now();
  const times = await readTimes();
  const files = await filesOf(request, times);
  const batches = planBatches(files);
  // Tests also wait for programs and for time to pass, so that more than there are processors keep them all busy; those
  // that break brokers start several of their own.
  const processes = navigator.hardwareConcurrency + (request.all ? 1 : 2);
  const findings = await findNeeds(request.all);
  const seconds = expectedSeconds(batches, processes);
  say(openingText({ files: files.length, processes, seconds, all: request.all, findings }));

  const missing = new Set<Need>(findings.filter(({ found }) => !found).map(({ need }) => need));
  if (!request.all) missing.add("long");
  const map = await chooseImportMap((specifier) => import(specifier), PATIENCE_MS);
  await fetchModules(map, files);
  const isWanted = files.some(({ needsKafka }) => needsKafka) && !missing.has("kafka");
  const starting = isWanted ? sharedBroker() : Promise.resolve(null);
  // The step before has brought the lock file up to date, which several processes at a time must not do.
  const flags = [...await testPermissions(), "--lock=deno.lock", "--frozen", `--import-map=${map}`];
  if (request.filter !== null) flags.push(`--filter=${request.filter}`);
  const runner = new Runner(batches, flags, missing);
  try {
    await runner.run(processes, starting);
  } finally {
    await (await starting)?.[Symbol.asyncDispose]();
  }
  await keepTimes(request, times, runner.results);
  say(closingText(runner.results, (performance.now() - startedMs) / 1000, Deno.build.os));
  const isIncomplete = runner.results.some(({ leftOut }) => leftOut.some(({ need }) => need !== "long"));
  return runner.results.some(({ failed }) => failed > 0) || (request.complete && isIncomplete) ? 1 : 0;
}

if (import.meta.main) {
  let request: TestRequest;
  try {
    request = readRequest(Deno.args);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    Deno.stderr.writeSync(new TextEncoder().encode(`Error: ${error.message}\nUsage: ${USAGE}\n`));
    Deno.exit(2);
  }
  Deno.exit(await main(request));
}
