/**
 * Fuzzes the way from message to event: `deno task fuzz [--seconds N] [--cases N] [--seed S] [--from I] [--case I]`. A case
 * that breaks a promise is written to `regressions/`, where the tests find it.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { keepRegression } from "./regressions.ts";
import { gatherSeeds } from "./kinds.ts";
import { Fuzzer } from "./run.ts";

/**
 * No message may take longer than so many usual ones: the largest permitted, of 5 MB, has the bytes of some 5,000, and
 * may reject an operation every few bytes.
 */
const LONGEST = 10_000;
const MAX_FAILURES = 20;
/** What may be added to the heap between a tenth of the run and its end, in bytes. */
const GROWTH_BYTES = 16 * 1024 * 1024;

const { seconds = "20", cases = "Infinity", seed: given, from = "0", case: only } = parseArgs({
  options: {
    seconds: { type: "string" },
    cases: { type: "string" },
    seed: { type: "string" },
    from: { type: "string" },
    case: { type: "string" },
  },
}).values;
const seed = Number(given ?? Date.now() % 2 ** 31);
const numbers = [Number(seconds), Number(cases), seed, Number(from), Number(only ?? 0)];
if (numbers.some((number) => Number.isNaN(number) || number < 0)) {
  throw new RangeError("Cannot fuzz: --seconds, --cases, --seed, --from and --case take numbers");
}
const print = (line: string) => void Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
print(`seed ${seed}`);

const fuzzer = new Fuzzer(seed, await gatherSeeds(), LONGEST);
const at = new Int32Array(new SharedArrayBuffer(4));
const watchdog = new Worker(new URL("./watchdog.ts", import.meta.url), { type: "module" });
watchdog.postMessage({ seed, at });

/**
 * Bytes that are in use, after two collections of garbage where they can be asked for: the first one may only finish what
 * was under way, and then keeps whatever became garbage since that began, such as the buffers of a message of 5 MB.
 */
function heapBytes(): number {
  for (let i = 0; i < 2; i++) Reflect.get(globalThis, "gc")?.();
  return Deno.memoryUsage().heapUsed + Deno.memoryUsage().external;
}

const started = performance.now();
const deadline = started + Number(seconds) * 1000;
let warmBytes: number | null = null;
if (only !== undefined) fuzzer.run(Number(only));
else {
  const first = Number(from);
  for (let index = first; index < first + Number(cases) && performance.now() < deadline; index++) {
    Atomics.store(at, 0, index);
    fuzzer.run(index);
    const isWarm = performance.now() - started > Number(seconds) * 100 || index - first === Number(cases) / 10;
    if (warmBytes === null && isWarm) warmBytes = heapBytes();
    if (fuzzer.failures.length >= MAX_FAILURES) break;
  }
}
const tookSeconds = (performance.now() - started) / 1000;
const grownBytes = warmBytes === null ? 0 : heapBytes() - warmBytes;
watchdog.terminate();

for (const [kind, { cases, commits, events, fast, core, rejected, slowestMs }] of fuzzer.tallies) {
  print(
    `${kind}: ${cases} cases, ${commits} commits, ${events} events (${fast} by the fast path), ${core} by the core, ` +
      `${rejected} rejected, the slowest ${slowestMs.toFixed(1)} ms`,
  );
}
print(
  `${fuzzer.cases} cases in ${tookSeconds.toFixed(1)} s; the heap grew by ${(grownBytes / 1_048_576).toFixed(1)} MiB`,
);

const problems = only === undefined ? fuzzer.missed() : [];
if (grownBytes > GROWTH_BYTES) problems.push(`The heap grew by ${grownBytes} bytes`);
for (const { index, kind, bytes, problem } of fuzzer.failures) {
  await keepRegression(`${kind}-${seed}-${index}`, bytes);
  problems.push(`${kind}, --seed ${seed} --case ${index}: ${problem}`);
}
for (const problem of problems) print(problem);
if (problems.length > 0) Deno.exitCode = 1;
