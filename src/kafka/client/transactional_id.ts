/**
 * Whether the coordinator has seen a transactional ID before: the trace that a job leaves where its cursor is gone. The
 * brokers keep it for `transactional.id.expiration.ms` after the last transaction, seven days unless set otherwise.
 *
 * @module
 */
import { withCluster } from "./client.ts";
import { createErrorFromCode, Decoder, Encoder, type ProtocolRequest } from "./kafkajs_internals.ts";
import type { KafkaClientOptions } from "./options.ts";

/** DescribeTransactions (KIP-664, Kafka 3.0), which KafkaJS does not have. */
const DESCRIBE_TRANSACTIONS = 65;
const TRANSACTION_COORDINATOR = 1;
const NOT_FOUND = 105;

/**
 * Asks the coordinator of a transactional ID whether it knows it; null where brokers have no such request. Nothing
 * changes by it.
 *
 * @throws whatever KafkaJS says
 */
export function knowsTransactionalId(options: KafkaClientOptions, id: string): Promise<boolean | null> {
  return withCluster(options, async (cluster) => {
    // Until it has asked for metadata it knows of no other brokers.
    await cluster.brokerPool.refreshMetadata([]);
    const coordinator = await cluster.findGroupCoordinator({ groupId: id, coordinatorType: TRANSACTION_COORDINATOR });
    if (coordinator.versions[DESCRIBE_TRANSACTIONS] === undefined) return null;
    return (await coordinator.connectionPool.send(describeRequest(id))).isKnown;
  });
}

/**
 *     ids COMPACT_ARRAY COMPACT_STRING | tags
 *
 *     tags | throttle INT32 | states COMPACT_ARRAY: error INT16, ...
 */
function describeRequest(id: string): ProtocolRequest<{ readonly code: number }, { readonly isKnown: boolean }> {
  return {
    request: {
      apiKey: DESCRIBE_TRANSACTIONS,
      apiVersion: 0,
      apiName: "DescribeTransactions",
      // The tags of the request's header come first: KafkaJS writes a header without.
      encode: () =>
        Promise.resolve(new Encoder().writeUVarInt(0).writeUVarInt(2).writeUVarIntString(id).writeUVarInt(0)),
    },
    response: {
      decode: (bytes) => {
        const answer = new Decoder(bytes);
        answer.readTaggedFields();
        answer.readInt32();
        // One ID was asked for.
        const count = answer.readUVarInt() - 1;
        return Promise.resolve({ code: count < 1 ? NOT_FOUND : answer.readInt16() });
      },
      parse: ({ code }) => {
        if (code !== 0 && code !== NOT_FOUND) return Promise.reject(createErrorFromCode(code));
        return Promise.resolve({ isKnown: code === 0 });
      },
    },
  };
}
