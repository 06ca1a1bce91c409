/**
 * One transactional producer, from its beginning, which ends whatever its predecessor had open, to its first failure:
 * KafkaJS's state of a transaction is stuck after one, so a session that failed is thrown away.
 *
 * @module
 */
import type { RetryOptions, Transaction } from "kafkajs";
import { disconnect, openKafkaJsProducer, type PartitionBatch, sendBatch } from "../client/client.ts";
import type { TransactionalProducerOptions } from "../client/options.ts";
import { retried } from "../client/wait.ts";
import { offsetsOf } from "../offsets/offset_store.ts";
import type { OffsetAndMetadata } from "../offsets/cursor_offset.ts";
import { sequenceAfter } from "./sequences.ts";

/** A producer that no other one of its transactional id has replaced, as far as is known. */
export interface Session {
  /**
   * Sends a batch within the transaction that is open, or the next one; one at a time for each partition. If it rejects,
   * and not because the batch is too large, the session is of no use any more.
   */
  send(batch: PartitionBatch): Promise<void>;
  /**
   * Commits what was sent, and with it this offset in that group, or nothing. If it rejects, the transaction may have
   * been committed or not, and the session is of no use any more.
   */
  commit(group: string, committed: OffsetAndMetadata): Promise<void>;
  /** Destroys the connections. */
  close(): Promise<void>;
}

/**
 * The next transaction begins while the end of the one before is still being written, which brokers answer by asking
 * to try again: KafkaJS's own back-off would make each take 60 to 190 ms. What lasts longer than three seconds is an
 * outage, and is reported as one.
 */
const RETRY: RetryOptions = { initialRetryTime: 10, multiplier: 1.5, maxRetryTime: 1000, retries: 12 };
const OFFSETS_ATTEMPTS = 50;

/**
 * Begins a session, and with that ends every other one of the same transactional id. `timeoutMs` is the longest a
 * transaction may take, after which the coordinator ends the session too.
 */
export async function openSession(
  options: TransactionalProducerOptions,
  timeoutMs: number,
): Promise<Session> {
  const { producer, sockets, connected } = openKafkaJsProducer(options, {
    retry: RETRY,
    transactionalId: options.transactionalId,
    maxInFlightRequests: 1,
    transactionTimeout: timeoutMs,
  });
  const close = async () => {
    sockets.close();
    await disconnect(producer);
  };
  let open: Promise<Transaction> | null = null;
  /** The number of the next batch, by topic and partition: a session is one epoch of its producer, which begins at 0. */
  const numbers = new Map<string, number>();
  try {
    await connected;
    // KafkaJS asks for the producer's id, which fences, with its first transaction.
    await (open = producer.transaction());
  } catch (error) {
    await close();
    throw error;
  }
  return {
    async send(batch) {
      const place = `${batch.topic}/${batch.partition}`;
      const firstSequence = numbers.get(place) ?? 0;
      await sendBatch(await (open ??= producer.transaction()), { ...batch, sequence: { firstSequence } }, options);
      // What is too large has not been numbered, and comes again in halves; after any other failure the session is over.
      numbers.set(place, sequenceAfter(firstSequence, batch.records.length));
    },
    async commit(group, committed) {
      const transaction = await (open ??= producer.transaction());
      open = null;
      // Brokers and KafkaJS take offsets after records only (tulios/kafkajs#430).
      await sendOffsets(transaction, options.topic, group, committed);
      await transaction.commit();
    },
    close,
  };
}

/** KafkaJS tries again for records, and not for the offsets of a transaction that has none. */
function sendOffsets(
  transaction: Transaction,
  topic: string,
  consumerGroupId: string,
  committed: OffsetAndMetadata,
): Promise<void> {
  const topics = offsetsOf(topic, committed);
  return retried(OFFSETS_ATTEMPTS, isEarly, () => transaction.sendOffsets({ consumerGroupId, topics }));
}

/** Whether the transaction before this one is still being ended. */
function isEarly(error: unknown): boolean {
  return error instanceof Error && Reflect.get(error, "type") === "CONCURRENT_TRANSACTIONS";
}
