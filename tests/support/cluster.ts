/**
 * Tests against a cluster of real brokers, and traffic that goes on while something breaks.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { type BrokerOptions, type Cluster, startCluster } from "../../scripts/kafka.ts";
import type { Producer } from "../../src/record/producer.ts";
import { consumeAll, testWith } from "./kafka.ts";
import { Notes, recordOf } from "./records.ts";

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
  readonly #producer: Producer;
  readonly #topic: string;
  readonly #padding: string;

  /** Each record is at least `bytes` long. */
  constructor(producer: Producer, topic: string, bytes = 0) {
    this.#producer = producer;
    this.#topic = topic;
    this.#padding = ".".repeat(bytes);
  }

  write(rounds: number): void {
    for (const end = this.rounds + rounds; this.rounds < end; this.rounds++) {
      for (const key of KEYS) {
        this.#producer.write(recordOf(this.#topic, key, `${key} ${this.rounds} ${this.#padding}`), this.notes);
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

  /** Waits until all is acknowledged, and fails unless all is there, once and in order for each key. */
  async assertKept(cluster: Pick<Cluster, "bootstrapServers">): Promise<void> {
    await this.#producer.flush();
    assertEquals(this.notes.told.filter((line) => !line.endsWith(" delivered")), []);
    assertEquals(this.notes.told.length, this.rounds * KEYS.length);
    const found = Map.groupBy(await consumeAll(cluster, this.#topic), ({ key }) => key);
    for (const key of KEYS) {
      const rounds = found.get(key)?.map(({ value }) => Number(value.split(" ")[1]));
      assertEquals(rounds, Array.from({ length: this.rounds }, (_, round) => round), `what is there of ${key}`);
    }
  }
}
