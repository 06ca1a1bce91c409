/**
 * Transactional sinks for tests, and what they told.
 *
 * @module
 */
import type { TransactionSinkObserver, TransactionSinkOptions } from "../../src/sink/kafka/options.ts";
import { sinkOptions, Told } from "./sink.ts";

/** Options of a transactional sink for one topic, with `over` in place of what it names. */
export function transactionOptions(
  server: string,
  topic: string,
  over: Partial<TransactionSinkOptions> = {},
): TransactionSinkOptions {
  return {
    ...sinkOptions(server, topic),
    transactionalId: `job-${topic}`,
    cursorGroup: `job-${topic}`,
    standby: false,
    instance: crypto.randomUUID(),
    now: () => performance.now(),
    ...over,
  };
}

/** Notes what a transactional sink tells. */
export class TransactionsTold extends Told implements TransactionSinkObserver {
  readonly standingBehind: (string | null)[] = [];
  readonly claims: (string | null)[] = [];
  readonly restarts: string[] = [];
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
  restarting({ reason }: { reason: string }): void {
    this.restarts.push(reason);
  }
  committedAgain(): void {
    this.commitsAgain++;
  }
}
