/**
 * A worker that ends the process when a case never ends: the fuzzer's own thread cannot say so then.
 *
 * @module
 */

const PATIENCE_MS = 20_000;

/** What the fuzzer sends: the number of the case that runs is in `at`. */
interface Watched {
  readonly seed: number;
  readonly at: Int32Array;
}

const worker = globalThis as unknown as { onmessage: (message: { readonly data: Watched }) => void };
worker.onmessage = ({ data: { seed, at } }) => {
  let last = -1;
  setInterval(() => {
    const now = Atomics.load(at, 0);
    if (now === last) {
      Deno.stderr.writeSync(new TextEncoder().encode(`A case never ends: --seed ${seed} --case ${now}\n`));
      Deno.exit(1);
    }
    last = now;
  }, PATIENCE_MS);
};
