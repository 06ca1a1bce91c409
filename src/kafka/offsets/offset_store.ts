/**
 * The committed offset of a consumer group without consumers: a small value that the brokers keep, replicated, next to
 * the records, with a text beside it. KafkaJS would join the group to write one, and reads one that a transaction is
 * about to replace; so its requests are made here.
 *
 * @module
 */
import { isUnknownGroup, isUnstable } from "../client/classify.ts";
import { openKafka } from "../client/client.ts";
import {
  apiKeys,
  createCluster,
  createErrorFromCode,
  Decoder,
  Encoder,
  type FetchedOffsets,
  type InnerCluster,
  type ProtocolRequest,
  type TopicOffsets,
} from "../client/kafkajs_internals.ts";
import type { KafkaClientOptions } from "../client/options.ts";
import { retried } from "../client/wait.ts";
import type { OffsetAndMetadata } from "./cursor_offset.ts";

/** The groups of a cluster, as the topic's partition 0 has their offsets. Rejects with whatever KafkaJS says. */
export interface OffsetStore {
  /**
   * What the group has committed; null if nothing. Rejects, after a moment, while a transaction that is open or was
   * just ended may change it.
   */
  read(group: string): Promise<OffsetAndMetadata | null>;
  /** What the group has committed so far, whatever is about to change it. */
  peek(group: string): Promise<OffsetAndMetadata | null>;
  /** Commits outside of any transaction. */
  write(group: string, committed: OffsetAndMetadata): Promise<void>;
  /** Whether there is such a group, as far as this user may see. Asks without creating anything. */
  exists(group: string): Promise<boolean>;
  /** Whether there is a broker that coordinates the transactions of this id: rejects if not. */
  findTransactionCoordinator(transactionalId: string): Promise<void>;
  /** The requests of transactions that the brokers do not know, by their names. */
  missingTransactionRequests(): Promise<readonly string[]>;
  /** Destroys the connections; the next question makes new ones. */
  reset(): void;
  /** Destroys the connections, for good. */
  close(): void;
}

/** The requests that a transaction with an offset is made of. */
const TRANSACTION_REQUESTS = ["InitProducerId", "AddPartitionsToTxn", "AddOffsetsToTxn", "TxnOffsetCommit", "EndTxn"];
/** The first version of OffsetFetch that waits for transactions (KIP-447, Kafka 2.5). */
export const STABLE_VERSION = 7;
const PARTITION = 0;
/** The other kind of coordinator is that of groups, 0. */
const TRANSACTION_COORDINATOR = 1;
const UNSTABLE_ATTEMPTS = 25;

/** Opens the groups of a cluster; it is dialled by the first question. */
export function openOffsetStore(options: KafkaClientOptions): OffsetStore {
  const { topic } = options;
  let current: { readonly cluster: InnerCluster; close(): void } | null = null;
  let isClosed = false;

  function reset() {
    current?.close();
    current = null;
  }
  function open() {
    if (isClosed) throw new Error("The client was closed");
    const { kafka, close } = openKafka(options);
    return current = {
      cluster: createCluster(kafka, {
        allowAutoTopicCreation: false,
        metadataMaxAge: options.profile.metadataMaxAgeMs,
      }),
      close,
    };
  }
  async function use<T>(ask: (cluster: InnerCluster) => Promise<T>): Promise<T> {
    const used = current ?? open();
    try {
      await used.cluster.connect();
      // Until it has asked for a topic it knows of no brokers.
      await used.cluster.addTargetTopic(topic);
      await used.cluster.refreshMetadataIfNecessary();
      return await ask(used.cluster);
    } catch (error) {
      // Whatever it knows of coordinators and connections may be what failed.
      used.close();
      if (current === used) current = null;
      throw error;
    }
  }
  const fetch = (group: string, stable: boolean) =>
    use(async (cluster) => {
      const coordinator = await cluster.findGroupCoordinator({ groupId: group });
      const { maxVersion = 0 } = coordinator.versions[apiKeys.OffsetFetch] ?? {};
      const fetching = stable && maxVersion >= STABLE_VERSION
        ? coordinator.connectionPool.send(stableOffsetFetch(group, topic))
        : coordinator.offsetFetch({ groupId: group, topics: [{ topic, partitions: [{ partition: PARTITION }] }] });
      const { responses } = await fetching.catch((error: unknown) => {
        // Apache Kafka knows every group, and others say of one without an offset that there is none.
        if (isUnknownGroup(error)) return { responses: [] };
        throw error;
      });
      const found = responses[0]?.partitions[0];
      if (found === undefined || BigInt(found.offset) < 0n) return null;
      return { offset: BigInt(found.offset), metadata: found.metadata ?? "" };
    });
  return {
    read: (group) => retried(UNSTABLE_ATTEMPTS, isUnstable, () => fetch(group, true)),
    peek: (group) => fetch(group, false),
    write: (group, committed) =>
      use(async (cluster) => {
        const coordinator = await cluster.findGroupCoordinator({ groupId: group });
        const topics = offsetsOf(topic, committed);
        await coordinator.offsetCommit({ groupId: group, groupGenerationId: -1, memberId: "", topics });
      }),
    exists: (group) =>
      use(async (cluster) => {
        for (const nodeId of Object.keys(cluster.brokerPool.brokers)) {
          const { groups } = await (await cluster.findBroker({ nodeId })).listGroups();
          if (groups.some(({ groupId }) => groupId === group)) return true;
        }
        return false;
      }),
    findTransactionCoordinator: (transactionalId) =>
      use(async (cluster) => {
        await cluster.findGroupCoordinator({ groupId: transactionalId, coordinatorType: TRANSACTION_COORDINATOR });
      }),
    missingTransactionRequests: () =>
      use(async (cluster) => {
        const { versions } = await cluster.brokerPool.findConnectedBroker();
        return TRANSACTION_REQUESTS.filter((name) => versions[apiKeys[name] ?? -1] === undefined);
      }),
    reset,
    close() {
      isClosed = true;
      reset();
    },
  };
}

/** Whether two commits are one and the same, as each has its owner and count beside it. */
export function isSameCommit(one: OffsetAndMetadata | null | undefined, other: OffsetAndMetadata | null): boolean {
  return one !== null && one !== undefined && one.offset === other?.offset && one.metadata === other.metadata;
}

/** An offset as the requests of KafkaJS want it. */
export function offsetsOf(topic: string, { offset, metadata }: OffsetAndMetadata): TopicOffsets[] {
  return [{ topic, partitions: [{ partition: PARTITION, offset: offset.toString(), metadata }] }];
}

/**
 * OffsetFetch, version 7, which KafkaJS does not have: the coordinator answers UNSTABLE_OFFSET_COMMIT while a
 * transaction that has ended is still being written into the group, and older versions give the offset before it then.
 *
 *     group_id COMPACT_STRING | topics COMPACT_ARRAY: name COMPACT_STRING, partitions COMPACT_ARRAY INT32, tags |
 *     require_stable BOOLEAN | tags
 *
 *     throttle INT32 | topics COMPACT_ARRAY: name COMPACT_STRING, partitions COMPACT_ARRAY: index INT32, offset INT64,
 *     leader epoch INT32, metadata COMPACT_STRING, error INT16, tags; tags | error INT16 | tags
 */
function stableOffsetFetch(group: string, topic: string): ProtocolRequest<Decoded, FetchedOffsets> {
  return {
    request: {
      apiKey: apiKeys.OffsetFetch,
      apiVersion: STABLE_VERSION,
      apiName: "OffsetFetch",
      encode: () =>
        Promise.resolve(
          // The tags of the request's header come first: KafkaJS writes a header without.
          new Encoder().writeUVarInt(0).writeUVarIntString(group)
            .writeUVarInt(2).writeUVarIntString(topic).writeUVarInt(2).writeInt32(PARTITION).writeUVarInt(0)
            .writeBoolean(true).writeUVarInt(0),
        ),
    },
    response: {
      decode: (bytes) => Promise.resolve(decodeOffsetFetch(new Decoder(bytes))),
      parse: (decoded) => {
        const [error] = decoded.errors.filter((code) => code !== 0);
        return error === undefined ? Promise.resolve(decoded) : Promise.reject(createErrorFromCode(error));
      },
    },
  };
}

interface Decoded extends FetchedOffsets {
  /** Of each partition, and of the whole. */
  readonly errors: readonly number[];
}

function decodeOffsetFetch(answer: Decoder): Decoded {
  const errors: number[] = [];
  answer.readTaggedFields();
  answer.readInt32();
  const responses = answer.readUVarIntArray(() => {
    answer.readUVarIntString();
    const partitions = answer.readUVarIntArray(() => {
      answer.readInt32();
      const offset = answer.readInt64().toString();
      answer.readInt32();
      const metadata = answer.readUVarIntString();
      errors.push(answer.readInt16());
      answer.readTaggedFields();
      return { offset, metadata };
    }) ?? [];
    answer.readTaggedFields();
    return { partitions };
  }) ?? [];
  errors.push(answer.readInt16());
  return { responses, errors };
}
