/**
 * The name by which brokers know the batches of one producer again, which they give to whoever asks (InitProducerId,
 * KIP-98).
 *
 * @module
 */
import { isUnsupported, typesOf } from "./classify.ts";
import { withCluster } from "./client.ts";
import type { ProducerId } from "../producer/sequences.ts";
import type { KafkaClientOptions } from "./options.ts";
import { retried } from "./wait.ts";

/** It is of transactions, and there are none; brokers want to see one. */
const TRANSACTION_TIMEOUT_MS = 60_000;
/** The first one of a broker has to be fetched from the controller: that is no outage. */
const LOADING_ATTEMPTS = 50;
const LOADING_MS = 100;

/**
 * Asks for a producer ID that nobody else has.
 *
 * @throws whatever KafkaJS says
 */
export function askProducerId(options: KafkaClientOptions, signal: AbortSignal): Promise<ProducerId> {
  return withCluster(options, async (cluster) => {
    const broker = await cluster.brokerPool.findConnectedBroker();
    const ask = () => broker.initProducerId({ transactionalId: null, transactionTimeout: TRANSACTION_TIMEOUT_MS });
    const { producerId, producerEpoch } = await retried(LOADING_ATTEMPTS, isLoading, ask, LOADING_MS);
    return { producerId: BigInt(producerId), producerEpoch };
  }, signal);
}

function isLoading(error: unknown): boolean {
  return typesOf(error).includes("GROUP_LOAD_IN_PROGRESS");
}

const REFUSALS: readonly string[] = [
  // Brokers before Kafka 3.0 want IDEMPOTENT_WRITE on the cluster, at InitProducerId and at each batch.
  "CLUSTER_AUTHORIZATION_FAILED",
  "INVALID_REQUEST",
  "UNSUPPORTED_FOR_MESSAGE_FORMAT",
];

/** Whether brokers give this user no producer ID, or do not know what one is. */
export function isIdempotenceRefused(error: unknown): boolean {
  return isUnsupported(error) || typesOf(error).some((type) => REFUSALS.includes(type));
}
