/**
 * The last records of a topic, over its partitions.
 *
 * @module
 */
import type { Cluster, TopicRecord } from "./cluster.ts";
import { readRange } from "./range.ts";

/** What is looked for. */
export interface Wanted {
  readonly count: number;
  /** Whether a record counts. */
  readonly isWanted: (record: TopicRecord) => boolean;
}

/** Where partitions begin and end. */
export interface Extent {
  readonly oldest: ReadonlyMap<number, bigint>;
  readonly end: ReadonlyMap<number, bigint>;
}

/** The end of one partition, as far back as it has been read. */
interface Tail {
  readonly oldest: bigint;
  /** Everything from here on has been read. */
  start: bigint;
  /** The last of the records that count, each with the highest time up to it: order within a partition is by offset. */
  records: { readonly record: TopicRecord; readonly timeMs: number }[];
  /** The time of the first record that was read, in milliseconds since 1970. */
  firstMs: number;
}

/** At least so many offsets are read at first of each partition's end; then ten times as many, and again. */
const FIRST_WINDOW = 500;
const GROWTH = 10n;

/**
 * The last records that count, by their time in Kafka, the earliest first; fewer where the topic has no more. Offsets are
 * no measure of how many there are: transactions and retention leave holes.
 *
 * @throws whatever KafkaJS says
 */
export async function lastRecords(
  cluster: Cluster,
  { oldest, end }: Extent,
  { count, isWanted }: Wanted,
  signal: AbortSignal,
): Promise<TopicRecord[]> {
  const tails = new Map<number, Tail>();
  for (const [partition, last] of end) {
    tails.set(partition, { oldest: oldest.get(partition) ?? 0n, start: last, records: [], firstMs: Infinity });
  }
  for (let window = BigInt(Math.max(FIRST_WINDOW, 2 * count)); !signal.aborted; window *= GROWTH) {
    const found = newest(tails, count);
    const latestMs = found.length < count ? -Infinity : found[0]?.timeMs ?? -Infinity;
    const open = [...tails].filter(([, { start, oldest, records, firstMs }]) =>
      start > oldest && records.length < count && firstMs >= latestMs
    );
    if (open.length === 0) return found.map(({ record }) => record);
    await extend(cluster, new Map(open), window, isWanted, count);
  }
  return [];
}

/** The last ones of all tails; of one time by partition. Sorting is stable, and times do not fall within a tail. */
function newest(tails: ReadonlyMap<number, Tail>, count: number): Tail["records"] {
  return [...tails.values()].flatMap(({ records }) => records)
    .toSorted((a, b) => a.timeMs - b.timeMs || a.record.partition - b.record.partition)
    .slice(-count);
}

/** Reads so many offsets more, before those that have been read. */
async function extend(
  cluster: Cluster,
  tails: ReadonlyMap<number, Tail>,
  window: bigint,
  isWanted: Wanted["isWanted"],
  count: number,
): Promise<void> {
  const ends = new Map([...tails].map(([partition, { start }]) => [partition, start]));
  const later = new Map<number, Tail["records"]>();
  for (const [partition, tail] of tails) {
    later.set(partition, tail.records);
    tail.records = [];
    tail.firstMs = Infinity;
    tail.start = tail.start - window > tail.oldest ? tail.start - window : tail.oldest;
  }
  const starts = new Map([...tails].map(([partition, { start }]) => [partition, start]));
  await readRange(cluster, starts, ends, (record) => {
    const tail = tails.get(record.partition);
    if (tail === undefined) return;
    if (tail.firstMs === Infinity) tail.firstMs = record.timestampMs;
    if (!isWanted(record)) return;
    tail.records.push({ record, timeMs: Math.max(record.timestampMs, tail.records.at(-1)?.timeMs ?? -Infinity) });
    // Twice as many at the most are held, so that a shift is rare.
    if (tail.records.length > 2 * count) tail.records = tail.records.slice(-count);
  });
  for (const [partition, tail] of tails) {
    const highestMs = tail.records.at(-1)?.timeMs ?? -Infinity;
    const rest = (later.get(partition) ?? []).map(({ record, timeMs }) => ({
      record,
      timeMs: Math.max(timeMs, highestMs),
    }));
    tail.records = [...tail.records, ...rest].slice(-count);
  }
}
