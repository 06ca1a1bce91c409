/**
 * What KafkaJS 2.2.4 has inside and shows to nobody: the cluster, for requests that its clients do not make. The version
 * is pinned exactly, and this is the one place that finds the way in.
 *
 * @module
 */
import type { Kafka } from "kafkajs";
import { openKafka } from "./client.ts";
import type { KafkaClientOptions } from "./options.ts";

/** Settings of a cluster. */
export interface ClusterOptions {
  readonly allowAutoTopicCreation: boolean;
  /** 1 reads committed records alone. */
  readonly isolationLevel?: number;
  readonly metadataMaxAge?: number;
}

/**
 * Makes a cluster of the caller's type, which says what of it is used; nothing is dialled.
 *
 * @throws {TypeError} if KafkaJS is another one inside
 */
export function createCluster<Cluster>(kafka: Kafka, options: ClusterOptions): Cluster {
  const symbol = Object.getOwnPropertySymbols(kafka)
    .find(({ description }) => description === "private:Kafka:createCluster");
  const create: unknown = symbol === undefined ? null : Reflect.get(kafka, symbol);
  if (typeof create !== "function") throw new TypeError("Cannot use KafkaJS: it is another one inside than 2.2.4 is");
  return create(options) as Cluster;
}

/**
 * What comes of one use of a cluster, which is connected for it and closed after it.
 *
 * @throws whatever KafkaJS says
 */
export async function withCluster<Cluster extends { connect(): Promise<void> }, T>(
  options: KafkaClientOptions,
  use: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  const { kafka, close } = openKafka(options);
  try {
    const cluster = createCluster<Cluster>(kafka, { allowAutoTopicCreation: false });
    await cluster.connect();
    return await use(cluster);
  } finally {
    close();
  }
}
