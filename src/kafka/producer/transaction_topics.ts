/**
 * The topics of a transactional producer: between transactions nothing is under way, so then keys may move to other
 * partitions, and topics come that were not known before.
 *
 * @module
 */
import { FinalError } from "../../record/final_error.ts";
import { classify, reasonOf } from "../client/classify.ts";
import { ControllerMissingError, TopicMissingError } from "../client/errors.ts";
import type { TransactionalProducerObserver, TransactionalProducerOptions } from "../client/options.ts";
import { findGrowth, findTopics, type FoundTopics } from "../client/topic.ts";
import { TopicRoutes } from "./topic_routes.ts";

/** The topics that records go to. */
export class TransactionTopics {
  readonly #options: TransactionalProducerOptions;
  readonly #observer: TransactionalProducerObserver;
  readonly #signal: AbortSignal;
  #partitions: ReadonlyMap<string, number> = new Map();
  #routes: TopicRoutes | null = null;
  #checkedMs = 0;

  constructor(options: TransactionalProducerOptions, observer: TransactionalProducerObserver, signal: AbortSignal) {
    this.#options = options;
    this.#observer = observer;
    this.#signal = signal;
  }

  /** The numbers of partitions. */
  get partitions(): ReadonlyMap<string, number> {
    return this.#partitions;
  }

  /** Begins with what was found at the start. */
  begin({ topics, own }: FoundTopics): void {
    const { openTopics, createTopic, now } = this.#options;
    this.#partitions = new Map(topics.entries().map(([topic, { partitions }]) => [topic, partitions]));
    this.#routes = openTopics &&
      new TopicRoutes(openTopics, createTopic !== null, own, (event) => this.#observer.redirected(event));
    this.#checkedMs = now();
  }

  /** The topics beside those of the start, with those that records of a transaction to come name. */
  openWith(topics: Iterable<string>): Iterable<string> {
    this.#reserve(topics);
    return this.#routes?.own ?? [];
  }

  /** The topic for records of one that is none of these. */
  routeOf(topic: string): string {
    return this.#routes?.routeOf(topic) ?? topic;
  }

  /** The partitions are to be counted before the next transaction. */
  expire(): void {
    this.#checkedMs = -Infinity;
  }

  /**
   * Counts the partitions where it is time to, and opens the topics of a transaction.
   *
   * @throws whatever KafkaJS says that passes
   */
  async prepare(topics: ReadonlySet<string>): Promise<void> {
    const { profile, now } = this.#options;
    // At once: whoever asks meanwhile what topics there are is to find these among them.
    this.#reserve(topics);
    if (now() - this.#checkedMs >= profile.metadataMaxAgeMs) {
      this.#checkedMs = now();
      this.#partitions = await findGrowth(this.#options, this.#partitions, this.#observer, this.#signal);
    }
    for (const topic of topics) {
      if (!this.#partitions.has(topic) && this.routeOf(topic) === topic) await this.#open(topic);
    }
  }

  #reserve(topics: Iterable<string>): void {
    for (const topic of topics) if (!this.#partitions.has(topic)) this.routeOf(topic);
  }

  async #open(topic: string): Promise<void> {
    try {
      const { topics } = await findTopics(this.#options, [topic], this.#signal, this.#observer);
      for (const [topic, found] of topics) {
        this.#observer.opened({ topic, ...found });
        this.#partitions = new Map([...this.#partitions, [topic, found.partitions]]);
      }
    } catch (error) {
      this.#signal.throwIfAborted();
      const passes = !(error instanceof FinalError) && classify(error) !== "fatal";
      if (this.#routes === null || passes && !(error instanceof ControllerMissingError)) throw error;
      const why = error instanceof TopicMissingError ? "missing" : "refused";
      this.#routes.refuse(topic, why, reasonOf(error));
    }
  }
}
