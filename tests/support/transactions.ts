/**
 * Transactional sinks for tests, what they told, and what came of it.
 *
 * @module
 */
import type { Broker } from "../../scripts/kafka.ts";
import type { TransactionalProducerObserver, TransactionalProducerOptions } from "../../src/kafka/client/options.ts";
import { storedCursorOf } from "../../src/kafka/offsets/cursor_offset.ts";
import { openTransactionalProducer } from "../../src/kafka/producer/transactional_producer.ts";
import { readCommitted } from "./committed.ts";
import type { Proxy } from "./proxy.ts";
import { producerOptions, Told } from "./producer.ts";

/** A signal that never aborts. */
export const NEVER = new AbortController().signal;
/** Kafka's numbers of requests that a transaction is made of. */
export const REQUESTS = {
  PRODUCE: 0,
  INIT_PRODUCER_ID: 22,
  ADD_OFFSETS: 25,
  END_TXN: 26,
  TXN_OFFSET_COMMIT: 28,
} as const;

/** Options of a transactional sink for one topic, with `over` in place of what it names. */
export function transactionOptions(
  server: string,
  topic: string,
  over: Partial<TransactionalProducerOptions> = {},
): TransactionalProducerOptions {
  return {
    ...producerOptions(server, topic),
    transactionalId: `job-${topic}`,
    cursorGroup: `job-${topic}`,
    beforeCommit: () => Promise.resolve(),
    prepare: () => Promise.resolve(),
    claim: (found) => ({ cursor: found === null ? null : storedCursorOf(found).cursor, isLost: false }),
    standby: false,
    instance: crypto.randomUUID(),
    now: () => performance.now(),
    ...over,
  };
}

/** Notes what a transactional sink tells. */
export class TransactionsTold extends Told implements TransactionalProducerObserver {
  readonly standingBehind: (string | null)[] = [];
  readonly claims: (string | null)[] = [];
  readonly restarts: string[] = [];
  readonly watched: (string | null)[] = [];
  readonly taken: { owner: string | null; moved: boolean }[] = [];
  /** What was tried after each timeout that was refused. */
  readonly timeoutsMs: number[] = [];
  commitsAgain = 0;
  /** Batches. */
  sent = 0;
  acked = 0;

  override sending(): void {
    this.sent++;
  }
  override acknowledged(): void {
    this.acked++;
  }

  standingBy({ active }: { active: string | null }): void {
    this.standingBehind.push(active);
  }
  claimed({ before }: { before: string | null }): void {
    this.claims.push(before);
  }
  watching({ owner }: { owner: string | null }): void {
    this.watched.push(owner);
  }
  takenBack({ owner, moved }: { owner: string | null; moved: boolean }): void {
    this.taken.push({ owner, moved });
  }
  timeoutRefused({ timeoutMs }: { timeoutMs: number }): void {
    this.timeoutsMs.push(timeoutMs);
  }
  restarting({ reason }: { reason: string }): void {
    this.restarts.push(reason);
  }
  committedAgain(): void {
    this.commitsAgain++;
  }
}

/** A cursor. */
export function cursor(seq: number) {
  return { host: "relay.example", seq, time: "2026-07-01T12:00:00.000Z" };
}

/** The committed values of a topic. */
export async function valuesIn(broker: Broker, topic: string): Promise<string[]> {
  return (await readCommitted(broker.bootstrapServers, topic)).map(({ value }) => value);
}

/** Opens a sink. */
export async function open(server: string, topic: string, over: Partial<TransactionalProducerOptions> = {}) {
  const told = new TransactionsTold();
  const options = transactionOptions(server, topic, over);
  return { told, options, sink: await openTransactionalProducer(options, told, NEVER) };
}

/** The next request of this kind is answered to nobody, though the broker does as it was asked. Counts such answers. */
export function loseAnswer(proxy: Proxy, apiKey: number): () => number {
  let lost = 0;
  proxy.requested = (requested) => {
    if (requested !== apiKey) return;
    proxy.requested = () => {};
    lost++;
    proxy.mute();
  };
  return () => lost;
}
