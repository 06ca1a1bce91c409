/**
 * Our encoding of Produce requests in the place of KafkaJS's own. KafkaJS keeps its part: metadata, connections,
 * authentication, requests and answers. It is handed one message that stands for a whole batch; where it would encode
 * the messages, the batch is encoded instead (record_batch.ts). Requests without such a message are encoded as ever.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { Message } from "kafkajs";
import type { ProducerRecord } from "../../record/producer_record.ts";
import type { RecordsWriter } from "../../record/records_writer.ts";
import { adoptBodies, bodyIn, type Encoder, wrapRequests } from "../client/kafkajs_internals.ts";
import { BufferPool } from "./buffer_pool.ts";
import type { BatchNumber } from "./sequences.ts";
import type { Codec } from "../protocol/compression.ts";
import { encodeCompressedProduce, encodeProduce, encodeRecords } from "../protocol/record_batch.ts";

/** The records of one request, for one partition, with the headers, encoded, of each that has none of its own. */
export interface Batch {
  readonly partition: number;
  readonly records: readonly ProducerRecord[];
  readonly headers: Uint8Array;
  /** With what the records are compressed; null: they are not. */
  readonly codec: Codec | null;
  /** What the broker is to know the batch by; null: what KafkaJS says. */
  readonly sequence: BatchNumber | null;
  /** Writes the records together; null: they are written one by one. */
  readonly writer: RecordsWriter | null;
}

/** A message that stands for a batch. */
class BatchMessage implements Message {
  readonly batch: Batch;
  readonly partition: number;
  /** KafkaJS wants to see one. */
  readonly value = Buffer.alloc(0);
  /** Holds the encoded batch, while it is being sent. */
  buffer: Uint8Array | null = null;

  constructor(batch: Batch) {
    this.batch = batch;
    this.partition = batch.partition;
  }
}

/**
 * The messages to hand to KafkaJS for a batch: one, whatever it holds. KafkaJS would count them to number the records, and
 * copy the list of them for each: so batches have numbers of ours.
 */
export function messagesOf(batch: Batch): Message[] {
  return [new BatchMessage(batch)];
}

/** Buffers of batches that were acknowledged. */
const buffers = new BufferPool();

/**
 * The broker has acknowledged these messages: all of their bytes have left, so what held them is used for others. What
 * was not acknowledged may wait in a socket yet.
 */
export function recycle([message]: readonly Message[]): void {
  if (!(message instanceof BatchMessage) || message.buffer === null) return;
  buffers.give(message.buffer);
  message.buffer = null;
}

/** What KafkaJS knows when it encodes a Produce request; it has no types for it. */
interface ProduceArguments {
  readonly acks: number;
  readonly timeout: number;
  readonly transactionalId?: string | null;
  readonly producerId?: { toString(): string } | number;
  readonly producerEpoch?: number;
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly firstSequence?: number;
      readonly messages: readonly Message[];
    }[];
  }[];
}

/** Versions 3 to 8 differ in nothing that a request holds; older ones know no headers. */
const LEAST_VERSION = 3;
/** Size, key, version and correlation of a request, and a client's name of usual length. */
const ROOM_BYTES = 256;

/** The broker is older than Kafka 0.11 and takes no headers. */
export class BrokerTooOldError extends Error {
  override readonly name = "BrokerTooOldError";
}

let isInstalled = false;

/** Puts our encoding in the place of KafkaJS's, for every producer of this process. */
export function encodeBatches(): void {
  if (isInstalled) return;
  isInstalled = true;
  wrapRequests<ProduceArguments>("Produce", (make, version) => {
    const stock = make(version);
    return (args) => {
      const made = stock(args);
      const [topic] = args.topicData;
      const [entry] = topic?.partitions ?? [];
      const [message] = entry?.messages ?? [];
      if (topic === undefined || entry === undefined || !(message instanceof BatchMessage)) return made;
      if (version < LEAST_VERSION) {
        throw new BrokerTooOldError("The broker is older than Kafka 0.11, whose records have no headers");
      }
      const encode = () => Promise.resolve(encodeBatch(args, topic.topic, entry.firstSequence ?? 0, message));
      return { ...made, request: { ...made.request, encode } };
    };
  });
  adoptBodies();
}

function encodeBatch(
  args: ProduceArguments,
  topic: string,
  firstSequence: number,
  message: BatchMessage,
): Encoder {
  const { partition, records, headers, codec, sequence, writer } = message.batch;
  const fields = {
    transactionalId: args.transactionalId ?? null,
    acks: args.acks,
    timeoutMs: args.timeout,
    topic,
    partition,
    sentMs: Date.now(),
    producerId: BigInt(String(args.producerId ?? -1)),
    producerEpoch: args.producerEpoch ?? 0,
    firstSequence,
    ...sequence,
  };
  const allocate = (bytes: number) => message.buffer = buffers.take(bytes);
  const whole = codec === null
    ? encodeProduce(fields, records, headers, ROOM_BYTES, allocate, writer)
    : encodeCompressedProduce(
      fields,
      records,
      codec.attributes,
      codec.compress(encodeRecords(records, headers, fields.sentMs, writer)),
      ROOM_BYTES,
      allocate,
    );
  return bodyIn(Buffer.from(whole.buffer, whole.byteOffset, whole.byteLength), ROOM_BYTES);
}
