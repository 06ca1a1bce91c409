/**
 * A worker that ends the process when a case never ends: the fuzzer's own thread cannot say so then. Time is that of the
 * processor, as a machine may have more to do than this.
 *
 * @module
 */
import process from "node:process";

const PATIENCE_MS = 20_000;
const EVERY_MS = 1000;

/** What the fuzzer sends: the number of the case that runs is in `at`. */
interface Watched {
  readonly seed: number;
  readonly at: Int32Array;
}

const worker = globalThis as unknown as { onmessage: (message: { readonly data: Watched }) => void };
worker.onmessage = ({ data: { seed, at } }) => {
  let last = -1;
  let since = process.cpuUsage();
  setInterval(() => {
    const now = Atomics.load(at, 0);
    const { user, system } = process.cpuUsage(since);
    if (now !== last) {
      last = now;
      since = process.cpuUsage();
    } else if ((user + system) / 1000 > PATIENCE_MS) {
      Deno.stderr.writeSync(new TextEncoder().encode(`A case never ends: --seed ${seed} --case ${now}\n`));
      // The worker's own exit would end the worker alone.
      Deno.kill(Deno.pid, "SIGKILL");
    }
  }, EVERY_MS);
};
