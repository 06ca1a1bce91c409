/**
 * The way out of dead letters: records of a topic of their own, or lines of a file. A letter that is itself too large is
 * written again with less of its raw bytes.
 *
 * @module
 */
import type { Outcome, Producer } from "../record/producer.ts";
import type { ProducerRecord } from "../record/producer_record.ts";

/** How many raw bytes a letter may hold, at its first attempt and at those after it was too large. */
export const RAW_BOUNDS: readonly number[] = [Infinity, 65_536, 8192, 0];

/** Makes a letter for a topic, with at most so many raw bytes. */
export type EncodeLetter = (topic: string, maxRawBytes: number) => ProducerRecord;

/** Where dead letters go. */
export class DeadLetters {
  readonly #producer: Producer;
  readonly #topic: string;

  /** The producer may be that of the events; whoever opened it closes it. */
  constructor(producer: Producer, topic: string) {
    this.#producer = producer;
    this.#topic = topic;
  }

  /** Rejects with the first error of the producer that no retry helps against. */
  get failed(): Promise<never> {
    return this.#producer.failed;
  }

  /** Writes one letter; `settled` gets its outcome. */
  write(encode: EncodeLetter, settled: (outcome: Outcome) => void): void {
    this.#attempt(0, encode, settled);
  }

  #attempt(index: number, encode: EncodeLetter, settled: (outcome: Outcome) => void): void {
    this.#producer.write(encode(this.#topic, RAW_BOUNDS[index] ?? 0), {
      settle: (_, outcome) => {
        if (outcome === "dropped" && index + 1 < RAW_BOUNDS.length) this.#attempt(index + 1, encode, settled);
        else settled(outcome);
      },
    });
  }

  /** Resolves when every letter written so far has settled. */
  flush(): Promise<void> {
    return this.#producer.flush();
  }
}
