/**
 * Which topic of which cluster it is: names can be given again, IDs are not.
 *
 * @module
 */
import { withCluster } from "./client.ts";
import { apiKeys, Decoder, Encoder, type ProtocolRequest } from "./kafkajs_internals.ts";
import type { KafkaClientOptions } from "./options.ts";

/** The identity of a topic; null is what the brokers do not report. */
export interface TopicIdentity {
  readonly clusterId: string | null;
  /** In hexadecimal digits. Brokers report it since Kafka 2.8. */
  readonly topicId: string | null;
}

/** The first version of Metadata whose answer has the IDs of topics (KIP-516, Kafka 2.8). */
const METADATA_VERSION = 10;
const NO_ID = "0".repeat(32);

/**
 * Asks the brokers for the identity of the topic; null if they have none of that name, or do not show it. Nothing is
 * created.
 *
 * @throws whatever KafkaJS says
 */
export function findIdentity(options: KafkaClientOptions): Promise<TopicIdentity | null> {
  const { topic } = options;
  return withCluster(options, async (cluster) => {
    const broker = await cluster.brokerPool.findConnectedBroker();
    const { maxVersion = 0 } = broker.versions[apiKeys.Metadata] ?? {};
    if (maxVersion >= METADATA_VERSION) return (await broker.connectionPool.send(metadataRequest(topic))).identity;
    // Of all topics: asking for one makes some brokers create it.
    const { clusterId = null, topicMetadata } = await broker.metadata([]);
    return topicMetadata.some((each) => each.topic === topic) ? { clusterId, topicId: null } : null;
  });
}

/**
 * Metadata, version 10, which KafkaJS does not have:
 *
 *     topics COMPACT_ARRAY: id UUID, name COMPACT_STRING, tags | auto_create BOOLEAN | cluster_operations BOOLEAN |
 *     topic_operations BOOLEAN | tags
 */
function metadataRequest(topic: string): ProtocolRequest<{ readonly identity: TopicIdentity | null }> {
  return {
    request: {
      apiKey: apiKeys.Metadata,
      apiVersion: METADATA_VERSION,
      apiName: "Metadata",
      encode: () => {
        // The tags of the request's header come first: KafkaJS writes a header without.
        const body = new Encoder().writeUVarInt(0).writeUVarInt(2);
        for (let i = 0; i < 4; i++) body.writeInt32(0);
        body.writeUVarIntString(topic).writeUVarInt(0);
        return Promise.resolve(body.writeBoolean(false).writeBoolean(false).writeBoolean(false).writeUVarInt(0));
      },
    },
    response: {
      decode: (bytes) => Promise.resolve({ identity: decodeMetadata(new Decoder(bytes)) }),
      parse: (decoded) => Promise.resolve(decoded),
    },
  };
}

/**
 *     tags | throttle INT32 | brokers COMPACT_ARRAY: id INT32, host COMPACT_STRING, port INT32, rack COMPACT_STRING, tags |
 *     cluster id COMPACT_STRING | controller INT32 | topics COMPACT_ARRAY: error INT16, name COMPACT_STRING, id UUID, ...
 *
 * One topic was asked for, so that what comes after its ID is not read.
 */
function decodeMetadata(answer: Decoder): TopicIdentity | null {
  answer.readTaggedFields();
  answer.readInt32();
  answer.readUVarIntArray(() => {
    answer.readInt32();
    answer.readUVarIntString();
    answer.readInt32();
    answer.readUVarIntString();
    answer.readTaggedFields();
  });
  const clusterId = answer.readUVarIntString();
  answer.readInt32();
  let identity: TopicIdentity | null = null;
  let isFirst = true;
  answer.readUVarIntArray(() => {
    if (!isFirst) return;
    isFirst = false;
    const error = answer.readInt16();
    answer.readUVarIntString();
    const topicId = Uint8Array.from(answer.readBytes(16)).toHex();
    if (error === 0) identity = { clusterId, topicId: topicId === NO_ID ? null : topicId };
  });
  return identity;
}
