/**
 * Kafka sinks for tests, and what they told.
 *
 * @module
 */
import { CoreRecords } from "../../src/plane/core_records.ts";
import {
  type ProducerObserver,
  type ProducerOptions,
  PROFILES,
  type Redirection,
} from "../../src/kafka/client/options.ts";
import type { Producer } from "../../src/record/producer.ts";

import { Notes, recordOf } from "./records.ts";

/** Options of a sink for one topic of one broker, with `over` in place of what it names. */
export function producerOptions(server: string, topic: string, over: Partial<ProducerOptions> = {}): ProducerOptions {
  return {
    brokers: server.split(","),
    topic,
    topics: [topic],
    openTopics: null,
    compaction: () => "harmful",
    tls: null,
    sasl: null,
    profile: PROFILES.kafka,
    clientId: "test",
    createTopic: null,
    partitioner: "murmur2",
    compression: "none",
    recordsWriter: new CoreRecords(),
    lingerMs: 5,
    random: Math.random,
    ...over,
  };
}

/** Notes what a sink tells. */
export class Told implements ProducerObserver {
  readonly partitions: number[] = [];
  readonly created: boolean[] = [];
  readonly reasons: string[] = [];
  readonly changes: string[] = [];
  readonly missing: string[] = [];
  readonly policies: string[] = [];
  readonly refusals: string[] = [];
  readonly losses: string[] = [];
  readonly redirections: string[] = [];
  recoveries = 0;

  opened({ partitions, created }: { partitions: number; created: boolean }): void {
    this.partitions.push(partitions);
    this.created.push(created);
  }
  waiting({ reason }: { reason: string }): void {
    this.reasons.push(reason);
  }
  policyFound({ topic, policy, compacts }: { topic: string; policy: string | null; compacts: boolean }): void {
    this.policies.push(`${topic} ${policy} ${compacts}`);
  }
  redirected({ topic, to, why }: Redirection): void {
    this.redirections.push(`${topic} to ${to}: ${why}`);
  }
  retrying({ reason }: { reason: string }): void {
    this.reasons.push(reason);
  }
  sending(): void {}
  acknowledged(): void {}
  recovered(): void {
    this.recoveries++;
  }
  idempotenceRefused({ reason }: { reason: string }): void {
    this.refusals.push(reason);
  }
  sequencesLost({ topic, partition }: { topic: string; partition: number }): void {
    this.losses.push(`${topic}/${partition}`);
  }
  topicMissing({ topic }: { topic: string }): void {
    this.missing.push(topic);
  }
  partitionsChanged({ from, to }: { from: number; to: number }): void {
    this.changes.push(`${from} to ${to}`);
  }
}

/** Writes a record of each key for each number, and returns what was told of them so far. */
export function writeEach(
  producer: Producer,
  topic: string,
  keys: readonly string[],
  from: number,
  to: number,
): Notes {
  const notes = new Notes();
  for (let i = from; i < to; i++) {
    for (const key of keys) producer.write(recordOf(topic, key, `${key} ${i}`), notes);
  }
  return notes;
}
