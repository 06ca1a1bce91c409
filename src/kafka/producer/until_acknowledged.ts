/**
 * The commit policy of at least once: a batch is sent until it is acknowledged.
 *
 * @module
 */
import type { ProducerRecord } from "../../record/producer_record.ts";
import { classify, describeTrouble } from "../client/classify.ts";
import type { Client } from "../client/client.ts";
import type { ProducerObserver } from "../client/options.ts";
import { type CommonWait, retryMs } from "../client/wait.ts";
import { attemptBatch } from "./open.ts";
import type { Delivery } from "./partition_queue.ts";

const FAILURES_BEFORE_REPLACING = 3;

/** What the policy needs. */
export interface UntilAcknowledgedOptions {
  readonly client: Pick<Client, "send" | "replace">;
  readonly observer: Pick<ProducerObserver, "sending" | "acknowledged" | "retrying" | "recovered">;
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

  /** Sends the same batch until it is acknowledged or too large; throws what no retry can mend. */
  async deliver(topic: string, partition: number, records: readonly ProducerRecord[]): Promise<Delivery> {
    const { client, observer, backOff, random, topicGone } = this.#options;
    const event = { topic, partition, records: records.length };
    for (let attempt = 1;; attempt++) {
      try {
        const delivery = await attemptBatch(observer, event, () => client.send({ topic, partition, records }));
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
}
