/**
 * Tests against a cluster of real brokers, and traffic that goes on while something breaks.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { type BrokerOptions, type Cluster, startCluster } from "../../scripts/kafka.ts";
import type { Producer } from "../../src/record/producer.ts";
import { consumeAll, testWith } from "./kafka.ts";
import { Notes, producerRecord } from "./records.ts";

const KEYS = Array.from({ length: 12 }, (_, i) => `did:plc:key${i}`);
const EVERY_MS = 20;

/** Registers a test that gets a cluster of its own, with a node for each of the options. */
export function clusterTest(
  name: string,
  test: (cluster: Cluster) => Promise<void>,
  options: readonly BrokerOptions[],
): void {
  testWith(["long", "own-kafka"], name, () => startCluster(options), test);
}

/** Numbered records of a dozen keys, and what became of them. */
export class Traffic {
  readonly notes = new Notes();
  /** How many rounds were written: in each a record of every key. */
  rounds = 0;
  readonly #sink: Producer;
  readonly #padding: string;

  /** Each record is at least `bytes` long. */
  constructor(sink: Producer, bytes = 0) {
    this.#sink = sink;
    this.#padding = ".".repeat(bytes);
  }

  write(rounds: number): void {
    for (const end = this.rounds + rounds; this.rounds < end; this.rounds++) {
      for (const key of KEYS) {
        this.#sink.write(producerRecord(key, `${key} ${this.rounds} ${this.#padding}`), this.notes);
      }
    }
  }

  /** Writes round after round until the promise has settled. */
  async during<T>(promise: Promise<T>): Promise<T> {
    const timer = setInterval(() => this.write(1), EVERY_MS);
    try {
      return await promise;
    } finally {
      clearInterval(timer);
    }
  }

  /**
   * Waits until all is acknowledged, and fails unless all is there, in order for each key, and only records of rounds that
   * `mayRepeat` stand more than once. Returns the rounds of the records that stand again.
   */
  async assertKept(
    cluster: Pick<Cluster, "bootstrapServers">,
    topic: string,
    mayRepeat: (round: number) => boolean,
  ): Promise<readonly number[]> {
    await this.#sink.flush();
    const written = this.rounds * KEYS.length;
    assertEquals(this.notes.told.filter((line) => !line.endsWith(" delivered")), []);
    assertEquals(this.notes.told.length, written);
    const records = await consumeAll(cluster, topic);
    const repeated: number[] = [];
    for (const [key, found] of Map.groupBy(records, (record) => record.key)) {
      const rounds = found.map(({ value }) => Number(value.split(" ")[1]));
      const first = [...new Set(rounds)];
      assertEquals(first, Array.from({ length: this.rounds }, (_, round) => round), `the order of ${key}`);
      const seen = new Set<number>();
      repeated.push(...rounds.filter((round) => seen.has(round) || !seen.add(round)));
    }
    assertEquals(records.length, written + repeated.length);
    assertEquals(repeated.filter((round) => !mayRepeat(round)), []);
    return repeated;
  }
}
