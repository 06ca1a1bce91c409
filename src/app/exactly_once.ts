/**
 * Delivery exactly once: the transactional producer of a configuration.
 *
 * @module
 */
import { jobNames } from "../kafka/options/delivery_options.ts";
import type { KafkaSettings } from "../kafka/options/settings.ts";
import type { Config } from "../config/config.ts";
import type { Origin } from "../config/table.ts";
import type { ReportParts } from "../telemetry/report.ts";
import { reportTransactions } from "../telemetry/report_kafka.ts";
import type { ProducerOptions, TransactionalProducerOptions } from "../kafka/client/options.ts";
import type { TransactionalProducer } from "../kafka/producer/transactional_producer.ts";
import { CoreRecords } from "../plane/core_records.ts";
import { openConnection } from "./connection.ts";
import { topicsOf } from "./topics.ts";

/** How often what was written is committed, in milliseconds; Event Hubs takes four commits of offsets a second. */
export const COMMIT_EVERY_MS = { "kafka": 250, "event-hubs": 1000 } as const;

/** How often to commit, in milliseconds; null where delivery is at least once. */
export function commitEveryMs({ delivery, kafka }: Config): number | null {
  return delivery === "exactly-once" && kafka !== null ? COMMIT_EVERY_MS[kafka.profile] : null;
}

/** Whether the cursor is part of each transaction. */
export function isExactlyOnce(config: Config): boolean {
  return commitEveryMs(config) !== null;
}

/** The name of the job, which distinguishes its cursors from those of others; null where it does not write to Kafka. */
export function jobOf(config: Config): string | null {
  return config.kafka === null ? null : jobNames(config, config.kafka.topic).cursorGroup;
}

/** What this process is called in the offsets of the job's groups, where the other instances and people read it. */
export function instanceName(): string {
  return `${Deno.hostname()} pid ${Deno.pid} (${crypto.randomUUID().slice(0, 8)})`;
}

/** What producers of either delivery need of a configuration; dead letters are records of one more topic. */
export async function producerOptions(
  config: Config & { readonly kafka: KafkaSettings },
  origins: Readonly<Record<string, Origin>>,
): Promise<Omit<ProducerOptions, "lingerMs">> {
  const { kafka, deadLetterTopic, topicPartitions: partitions, topicReplication: replication } = config;
  const { kafkaKey, tombstones } = config;
  const { known, open } = topicsOf(kafka.topic, config);
  return {
    ...await openConnection(kafka, origins),
    topics: deadLetterTopic === null ? known : [...known, deadLetterTopic],
    openTopics: open,
    createTopic: config.createTopic ? { partitions, replication } : null,
    // The key of a dead letter is the host of the relay.
    compaction: (topic) =>
      topic === deadLetterTopic || kafkaKey === "did" ? "harmful" : tombstones ? "expected" : "fine",
    partitioner: config.partitioner,
    compression: config.compression,
    recordsWriter: new CoreRecords(),
  };
}

/** What the producer asks for while it begins, and before each commit. */
export type TransactionHooks = Pick<TransactionalProducerOptions, "prepare" | "claim" | "beforeCommit">;

/** Opens the producer that is the store of the cursor too. */
export async function openTransactions(
  config: Config & { readonly kafka: KafkaSettings },
  origins: Readonly<Record<string, Origin>>,
  parts: ReportParts,
  hooks: TransactionHooks,
  signal: AbortSignal,
): Promise<TransactionalProducer> {
  const { openTransactionalProducer } = await import("../kafka/producer/transactional_producer.ts");
  return await openTransactionalProducer(
    {
      ...await producerOptions(config, origins),
      ...jobNames(config, config.kafka.topic),
      ...hooks,
      standby: config.standby,
      instance: instanceName(),
      now: () => performance.now(),
    },
    reportTransactions(parts),
    signal,
  );
}
