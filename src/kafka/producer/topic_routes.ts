/**
 * Which topic records go to whose own is not known at the start: that one if it exists or may be created, else the one for
 * all of its kind. What names them comes from the network, so nothing that anybody writes may end the producer, or make
 * topics without end.
 *
 * @module
 */
import type { OpenTopics, ProducerObserver, Redirection } from "../client/options.ts";

/** So many names are remembered, of those that anybody may make up. */
const MOST_NAMES = 10_000;

/** The routes of records whose topic is not open. */
export class TopicRoutes {
  readonly #open: OpenTopics;
  readonly #mayCreate: boolean;
  readonly #redirected: ProducerObserver["redirected"];
  /** Those that exist, or are being created. */
  readonly #own: Set<string>;
  readonly #refused = new Set<string>();
  readonly #reported = new Set<string>();

  /** `existing` are those that are there. */
  constructor(
    open: OpenTopics,
    mayCreate: boolean,
    existing: Iterable<string>,
    redirected: ProducerObserver["redirected"],
  ) {
    this.#open = open;
    this.#mayCreate = mayCreate;
    this.#own = new Set(existing);
    this.#redirected = redirected;
  }

  /** The topics that exist, or are being created. */
  get own(): ReadonlySet<string> {
    return this.#own;
  }

  /** The topic that records of one go to; that one itself is to be opened. */
  routeOf(topic: string): string {
    if (this.#refused.has(topic)) return this.#open.otherOf(topic);
    if (this.#own.has(topic)) return topic;
    if (!this.#mayCreate) return this.#redirect(topic, "missing", null);
    if (this.#own.size >= this.#open.limit) return this.#redirect(topic, "limit", null);
    this.#own.add(topic);
    return topic;
  }

  /** The topic does not come about; returns the one that its records go to. */
  refuse(topic: string, why: Redirection["why"], reason: string | null): string {
    this.#own.delete(topic);
    remember(this.#refused, topic);
    return this.#redirect(topic, why, reason);
  }

  #redirect(topic: string, why: Redirection["why"], reason: string | null): string {
    const to = this.#open.otherOf(topic);
    if (!this.#reported.has(topic)) this.#redirected({ topic, to, why, reason });
    remember(this.#reported, topic);
    return to;
  }
}

function remember(names: Set<string>, name: string): void {
  if (names.size >= MOST_NAMES) names.clear();
  names.add(name);
}
