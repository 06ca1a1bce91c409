/**
 * Reads what is in a topic between offsets.
 *
 * @module
 */
import type { Cluster, TopicRecord } from "./cluster.ts";

/** So many rounds of fetches that bring nothing, each of which waits, and reading is given up. */
const FRUITLESS_FETCHES = 5;

/**
 * Calls `onRecord` for each committed record from these offsets by partition up to, not including, `ends`, in order within
 * each partition.
 *
 * @throws whatever KafkaJS says
 */
export async function readRange(
  cluster: Cluster,
  starts: ReadonlyMap<number, bigint>,
  ends: ReadonlyMap<number, bigint>,
  onRecord: (record: TopicRecord) => void,
): Promise<void> {
  const positions = new Map(starts);
  const endOf = (partition: number) => ends.get(partition) ?? 0n;
  for (let fruitless = 0; fruitless < FRUITLESS_FETCHES; fruitless++) {
    let isRead = true;
    for (const [leader, partitions] of cluster.leaders()) {
      const open = partitions.flatMap((partition) => {
        const position = positions.get(partition);
        return position === undefined || position >= endOf(partition) ? [] : [[partition, position] as const];
      });
      if (open.length === 0) continue;
      isRead = false;
      const { records, next } = await cluster.fetch(leader, new Map(open));
      if (next.size > 0) fruitless = 0;
      for (const [partition, position] of next) positions.set(partition, position);
      for (const record of records) if (record.offset < endOf(record.partition)) onRecord(record);
    }
    if (isRead) return;
  }
  throw new Error("The brokers return no records although the partition has some");
}
