/**
 * One transactional producer, from its beginning, which ends whatever its predecessor had open, to its first failure:
 * KafkaJS's state of a transaction is stuck after one, so a session that failed is thrown away.
 *
 * @module
 */
import type { RetryOptions, Transaction } from "kafkajs";
import type { OutRecord } from "../../record/out_record.ts";
import { classify, isFencing, reasonOf } from "../client/classify.ts";
import { codecOf } from "../protocol/compression.ts";
import { disconnect, HEADERS, openProducer, UnconfirmedError } from "../client/client.ts";
import { offsetsOf } from "../offsets/group_offsets.ts";
import type { Committed } from "../offsets/kept_cursor.ts";
import { MAX_BATCH_RECORDS } from "./lane.ts";
import type { TransactionSinkObserver, TransactionSinkOptions } from "../client/options.ts";
import { PARTITIONERS } from "./partition.ts";
import { messagesOf, recycle } from "./produce.ts";
import { retried } from "../client/wait.ts";

/** A topic that records go to, and how many partitions it has. */
export interface Destination {
  readonly topic: string;
  readonly partitions: number;
}

/** A producer that no other one of its transactional id has replaced, as far as is known. */
export interface Session {
  /**
   * Sends records within the transaction that is open, or the next one. Resolves with those that are too large for the
   * broker, which the transaction does not hold. If it rejects, the session is of no use any more.
   */
  send(to: Destination, records: readonly OutRecord[]): Promise<ReadonlySet<OutRecord>>;
  /**
   * Commits what was sent, and with it this offset in that group, or nothing. If it rejects, the transaction may have
   * been committed or not, and the session is of no use any more.
   */
  commit(group: string, committed: Committed): Promise<void>;
  /** Destroys the connections. */
  close(): Promise<void>;
}

/** Is told of each batch. */
export type SendObserver = Pick<TransactionSinkObserver, "sending" | "acknowledged">;

/** Where a batch goes, and what of it is too large. */
interface Sending {
  readonly transaction: Transaction;
  readonly options: TransactionSinkOptions;
  readonly observer: SendObserver;
  readonly topic: string;
  readonly partition: number;
  readonly oversize: Set<OutRecord>;
}

/**
 * The next transaction begins while the end of the one before is still being written, which brokers answer by asking
 * to try again: KafkaJS's own back-off would make each take 60 to 190 ms. What lasts longer than three seconds is an
 * outage, and is told as one.
 */
const RETRY: RetryOptions = { initialRetryTime: 10, multiplier: 1.5, maxRetryTime: 1000, retries: 12 };
const OFFSETS_ATTEMPTS = 50;

/**
 * Begins a session, and with that ends every other one of the same transactional id. `timeoutMs` is the longest a
 * transaction may take, after which the coordinator ends the session too.
 */
export async function openSession(
  options: TransactionSinkOptions,
  observer: SendObserver,
  timeoutMs: number,
): Promise<Session> {
  const { producer, sockets, connected } = openProducer(options, {
    retry: RETRY,
    transactionalId: options.transactionalId,
    maxInFlightRequests: 1,
    transactionTimeout: timeoutMs,
  });
  const close = async () => {
    sockets.close();
    await disconnect(producer);
  };
  let open: Transaction | null;
  try {
    await connected;
    // KafkaJS asks for the producer's id, which fences, with its first transaction.
    open = await producer.transaction();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    async send({ topic, partitions }, records) {
      const transaction = open ??= await producer.transaction();
      const oversize = new Set<OutRecord>();
      // One send a partition, and all of them to their end: what is under way would race with the next session.
      const sends = await Promise.allSettled(
        byPartition(records, partitions, options).map(async ([partition, own]) => {
          for (const batch of batchesOf(own, options.profile.maxBatchBytes)) {
            await send({ transaction, options, observer, topic, partition, oversize }, batch);
          }
        }),
      );
      throwWorst(sends);
      return oversize;
    },
    async commit(group, committed) {
      const transaction = open ??= await producer.transaction();
      open = null;
      // Brokers and KafkaJS take offsets after records only (tulios/kafkajs#430).
      await sendOffsets(transaction, options.topic, group, committed);
      await transaction.commit();
    },
    close,
  };
}

/** Records by partition, in order within each. */
function byPartition(
  records: readonly OutRecord[],
  partitions: number,
  { partitioner }: TransactionSinkOptions,
): [number, OutRecord[]][] {
  const lanes = new Map<number, OutRecord[]>();
  for (const record of records) {
    const partition = PARTITIONERS[partitioner](record, partitions);
    const lane = lanes.get(partition);
    if (lane === undefined) lanes.set(partition, [record]);
    else lane.push(record);
  }
  return [...lanes];
}

function* batchesOf(records: readonly OutRecord[], maxBytes: number): Generator<readonly OutRecord[]> {
  let batch: OutRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = record.size;
    if (batch.length === MAX_BATCH_RECORDS || (batch.length > 0 && bytes + size > maxBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(record);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

/** Sends one batch, in halves where it is too large. A batch that was refused took no sequence numbers. */
async function send(to: Sending, records: readonly OutRecord[]): Promise<void> {
  const { transaction, options: { profile, compression }, observer, topic, partition, oversize } = to;
  const [first] = records;
  if (first === undefined) return;
  const event = { partition, records: records.length };
  if (records.length === 1 && first.size > profile.maxRecordBytes) {
    oversize.add(first);
    return;
  }
  try {
    const messages = messagesOf({ partition, records, headers: HEADERS, codec: codecOf(compression) }, true);
    observer.sending(event);
    const results = await transaction.send({ topic, messages, acks: -1, timeout: profile.requestTimeoutMs });
    const isAcked = results.some((result) => result.partition === partition && result.errorCode === 0);
    if (!isAcked) throw new UnconfirmedError(`The broker did not confirm partition ${partition}`);
    recycle(messages);
    observer.acknowledged(event);
  } catch (error) {
    if (classify(error) !== "split") throw error;
    if (records.length === 1) {
      oversize.add(first);
      return;
    }
    const half = Math.ceil(records.length / 2);
    await send(to, records.slice(0, half));
    await send(to, records.slice(half));
  }
}

/** KafkaJS tries again for records, and not for the offsets of a transaction that has none. */
function sendOffsets(
  transaction: Transaction,
  topic: string,
  consumerGroupId: string,
  committed: Committed,
): Promise<void> {
  const topics = offsetsOf(topic, committed);
  return retried(OFFSETS_ATTEMPTS, isEarly, () => transaction.sendOffsets({ consumerGroupId, topics }));
}

/** Whether the transaction before this one is still being ended. */
function isEarly(error: unknown): boolean {
  return error instanceof Error && Reflect.get(error, "type") === "CONCURRENT_TRANSACTIONS";
}

/** Throws the error that decides most, if there is one: what cannot be mended, then that another producer began. */
function throwWorst(results: readonly PromiseSettledResult<void>[]): void {
  const errors = results.flatMap((result) => result.status === "rejected" ? [result.reason] : []);
  if (errors.length === 0) return;
  const worst = errors.find((error) => classify(error) === "fatal") ?? errors.find(isFencing) ?? errors[0];
  throw worst instanceof Error ? worst : new Error(reasonOf(worst), { cause: worst });
}
