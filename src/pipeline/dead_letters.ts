/**
 * The way out of dead letters: a sink of their own. A letter that is itself too large for it is written again with less
 * of its raw bytes.
 *
 * @module
 */
import type { OutRecord } from "../record/out_record.ts";
import type { Outcome, Sink } from "../record/sink.ts";

/** How many raw bytes a letter may hold, at its first attempt and at those after it was too large. */
export const RAW_BOUNDS: readonly number[] = [Infinity, 65_536, 8192, 0];

/** Where dead letters go. */
export class DeadLetters implements AsyncDisposable {
  readonly #sink: Sink;

  /** Takes over the sink: disposing of this disposes of it. */
  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** Rejects with the first error of the sink that no retry can mend. */
  get failed(): Promise<never> {
    return this.#sink.failed;
  }

  /** Writes one letter: `encode` makes it with at most so many raw bytes, and `settled` is told how it ended. */
  write(encode: (maxRawBytes: number) => OutRecord, settled: (outcome: Outcome) => void): void {
    this.#attempt(0, encode, settled);
  }

  #attempt(index: number, encode: (maxRawBytes: number) => OutRecord, settled: (outcome: Outcome) => void): void {
    this.#sink.write(encode(RAW_BOUNDS[index] ?? 0), {
      settle: (_, outcome) => {
        if (outcome === "dropped" && index + 1 < RAW_BOUNDS.length) this.#attempt(index + 1, encode, settled);
        else settled(outcome);
      },
    });
  }

  /** Resolves when every letter written so far has settled. */
  flush(): Promise<void> {
    return this.#sink.flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sink[Symbol.asyncDispose]();
  }
}
