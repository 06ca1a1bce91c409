/**
 * What a topic shows of the instances that share the network: by the accounts of its last records.
 *
 * @module
 */
import { readEvent } from "../events/from_record.ts";
import { shardIndex } from "../filter/shard.ts";
import type { KafkaClientOptions } from "../kafka/client/options.ts";
import { openCluster, type TopicRecord } from "../kafka/consumer/cluster.ts";
import { readRange } from "../kafka/consumer/range.ts";

/** So many records of each partition's end are looked at. */
const WINDOW = 500n;

/** What the last records are of one shard. */
export interface ShardRecords {
  /** Events, copies left out. */
  readonly events: number;
  /** Those of them that are there more than once. */
  readonly copied: number;
}

/** Counts the last events of topics by shards; the first is that of shard 0. Rejects with whatever KafkaJS says. */
export async function readShards(
  kafka: KafkaClientOptions,
  topics: readonly string[],
  count: number,
): Promise<readonly ShardRecords[]> {
  const copies = Array.from({ length: count }, () => new Map<string, number>());
  for (const topic of topics) {
    await readLast({ ...kafka, topic }, (record) => {
      const found = accountOf(record);
      if (found === null) return;
      const counts = copies[shardOf(found.did, count)];
      counts?.set(found.id, (counts.get(found.id) ?? 0) + 1);
    });
  }
  return copies.map((counts) => ({
    events: counts.size,
    copied: [...counts.values()].filter((each) => each > 1).length,
  }));
}

async function readLast(kafka: KafkaClientOptions, onRecord: (record: TopicRecord) => void): Promise<void> {
  await using cluster = openCluster(kafka);
  if (await cluster.countPartitions() === null) return;
  const [oldest, ends] = await Promise.all([cluster.offsets("oldest"), cluster.offsets("end")]);
  const starts = new Map([...ends].map(([partition, end]) => {
    const first = oldest.get(partition) ?? 0n;
    return [partition, end - WINDOW > first ? end - WINDOW : first];
  }));
  await readRange(cluster, starts, ends, onRecord);
}

/** The account of an event, and the event's id; null for what is about no account, such as a gap. */
function accountOf({ value, headers }: TopicRecord): { readonly did: string; readonly id: string } | null {
  const read = readEvent({ value, headers });
  if (read.kind !== "event") return null;
  const { subject, id } = read.event;
  return typeof subject === "string" && subject.startsWith("did:") ? { did: subject, id: String(id) } : null;
}

const utf8 = new TextEncoder();

function shardOf(did: string, count: number): number {
  const bytes = utf8.encode(did);
  return shardIndex(bytes, 0, bytes.length, count);
}
