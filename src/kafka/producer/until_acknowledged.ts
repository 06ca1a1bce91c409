/**
 * The commit policy of at least once: a batch is sent until it is acknowledged. The broker knows it by its number, so one
 * whose acknowledgement was lost stands there once; where brokers give no numbers it may stand there twice.
 *
 * @module
 */
import type { ProducerRecord } from "../../record/producer_record.ts";
import { areSequencesLost, classify, describeTrouble, isDuplicate, reasonOf } from "../client/classify.ts";
import type { Client } from "../client/client.ts";
import type { ProducerObserver } from "../client/options.ts";
import { isIdempotenceRefused } from "../client/producer_id.ts";
import { type CommonWait, retryMs } from "../client/wait.ts";
import { attemptBatch } from "./open.ts";
import type { Delivery } from "./partition_queue.ts";
import type { Sequences } from "./sequences.ts";

const FAILURES_BEFORE_REPLACING = 3;

/** What the policy needs. */
export interface UntilAcknowledgedOptions {
  readonly client: Pick<Client, "send" | "replace">;
  readonly sequences: Sequences;
  readonly observer: Pick<
    ProducerObserver,
    "sending" | "acknowledged" | "retrying" | "recovered" | "idempotenceRefused" | "sequencesLost"
  >;
  /** Ends when the producer does. A send that succeeds after others had failed ends the waits of all partitions. */
  readonly backOff: Pick<CommonWait, "wait" | "end">;
  readonly random: () => number;
  /** A broker does not have the topic. */
  readonly topicGone: (topic: string) => void;
}

/** The policy. */
export class UntilAcknowledged {
  readonly #options: UntilAcknowledgedOptions;

  constructor(options: UntilAcknowledgedOptions) {
    this.#options = options;
  }

  /** Sends the same batch until it is acknowledged or too large; throws what no retry helps against. */
  async deliver(topic: string, partition: number, records: readonly ProducerRecord[]): Promise<Delivery> {
    const { client, sequences, observer, backOff, random, topicGone } = this.#options;
    const event = { topic, partition, records: records.length };
    for (let attempt = 1;; attempt++) {
      try {
        const delivery = await attemptBatch(observer, event, () => this.#send(topic, partition, records));
        if (delivery === "acknowledged") sequences.advance(topic, partition, records.length);
        // An attempt before may have been taken after all, when the broker's limit was another one: its numbers with it.
        else if (attempt > 1) sequences.renew(topic, partition);
        if (delivery === "acknowledged" && attempt > 1) {
          observer.recovered({ topic, partition, attempts: attempt });
          backOff.end();
        }
        return delivery;
      } catch (error) {
        if (classify(error) === "fatal") throw error;
        if (attempt % FAILURES_BEFORE_REPLACING === 0) client.replace(topic, partition);
        const retryInMs = retryMs(attempt, random());
        const trouble = describeTrouble(error);
        if (trouble.kind === "topic") topicGone(topic);
        observer.retrying({ ...event, ...trouble, attempt, retryInMs });
        if (!(await backOff.wait(retryInMs))) return "stopped";
      }
    }
  }

  async #send(topic: string, partition: number, records: readonly ProducerRecord[]): Promise<void> {
    const { client, sequences, observer } = this.#options;
    const sequence = await sequences.of(topic, partition);
    try {
      await client.send({ topic, partition, records, sequence });
    } catch (error) {
      if (sequence === null) throw error;
      // The broker has it, from so long ago that it no longer knows at which offset.
      if (isDuplicate(error)) return;
      if (isIdempotenceRefused(error)) {
        observer.idempotenceRefused({ reason: reasonOf(error) });
        sequences.forgo(topic, partition);
        return await client.send({ topic, partition, records, sequence: null });
      }
      if (areSequencesLost(error)) {
        observer.sequencesLost({ topic, partition, reason: reasonOf(error) });
        sequences.renew(topic, partition);
      }
      throw error;
    }
  }
}
