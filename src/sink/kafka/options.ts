/**
 * What the Kafka sink must be told, and what it tells.
 *
 * @module
 */
import type { Partitioner } from "./partition.ts";

/** Limits and time-outs that depend on the kind of broker. Sources: kafka.apache.org and Event Hubs' documentation. */
export const PROFILES = {
  kafka: { requestTimeoutMs: 30_000, maxBatchBytes: 512 * 1024, maxRecordBytes: Infinity },
  // A request over 1,046,528 bytes closes the connection there, so nothing that large is ever sent.
  "event-hubs": { requestTimeoutMs: 60_000, maxBatchBytes: 900 * 1024, maxRecordBytes: 1_000_000 },
} as const;

/** Settings of the sink. */
export interface KafkaSinkOptions {
  /** `host:port` of the brokers to start from. */
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly tls: boolean;
  /** For SASL PLAIN; null without authentication. */
  readonly sasl: { readonly username: string; readonly password: string } | null;
  readonly profile: keyof typeof PROFILES;
  readonly clientId: string;
  /** How to create a missing topic; null: a missing topic is an error. */
  readonly createTopic: { readonly partitions: number; readonly replication: number } | null;
  readonly partitioner: Partitioner;
  /** How long the first record of a batch waits for others, in milliseconds. */
  readonly lingerMs: number;
  readonly random: () => number;
}

/** What of the settings any client needs, also one that only reads. */
export type KafkaClientOptions = Pick<
  KafkaSinkOptions,
  "brokers" | "topic" | "tls" | "sasl" | "profile" | "clientId" | "random"
>;

/** What happens to the sink. */
export interface KafkaSinkObserver {
  opened(event: { readonly topic: string; readonly partitions: number; readonly created: boolean }): void;
  unreachable(event: { readonly reason: string; readonly retryInMs: number }): void;
  retrying(
    event: {
      readonly partition: number;
      readonly records: number;
      readonly attempt: number;
      readonly retryInMs: number;
      readonly reason: string;
    },
  ): void;
  recovered(event: { readonly partition: number; readonly attempts: number }): void;
  partitionsChanged(event: { readonly from: number; readonly to: number }): void;
  oversize(event: { readonly uri: string; readonly bytes: number }): void;
}
