/**
 * How far a job got, by the last records of its topics: the evidence that remains where its cursor is gone.
 *
 * @module
 */
import type { KafkaClientOptions } from "../kafka/client/options.ts";
import { type Cluster, openCluster, type TopicRecord } from "../kafka/consumer/cluster.ts";
import { readEvent } from "../events/from_record.ts";
import { readRange } from "../kafka/consumer/range.ts";

/** What tells this job's records from others, and how it writes them. */
export interface JobRecords {
  /** The host of the relay, by the CloudEvents `source` of its events. */
  readonly hosts: ReadonlyMap<string, string>;
  /** The CloudEvents types of its records. */
  readonly types: ReadonlySet<string>;
  /** Whether records of the account with this DID are the job's. */
  readonly wants: (did: string) => boolean;
  /** Whether records are committed in the order of the firehose, all partitions in one, as with exactly-once. */
  readonly inOneTransaction: boolean;
}

/** A place in the stream of one relay. */
export interface ReachedPlace {
  readonly host: string;
  readonly seq: number;
}

interface Found extends ReachedPlace {
  readonly partition: number;
  readonly timestampMs: number;
}

/** So many records of each partition's end are read; ten times as many where none of them is the job's, and again. */
const FIRST_WINDOW = 500n;
const LAST_WINDOW = 50_000n;
/** A partition or topic whose last record is older than the newest of all by more than this, in milliseconds, tells nothing. */
const SAME_RUN_MS = 600_000;

/**
 * The place up to which every event of the job is in its topics, by its committed records; null where they have none, or there
 * is no such topic.
 *
 * @throws whatever KafkaJS says
 */
export async function findReachedPlace(
  kafka: KafkaClientOptions,
  topics: readonly string[],
  job: JobRecords,
): Promise<ReachedPlace | null> {
  const tails: TopicTail[] = [];
  for (const topic of topics) tails.push(await readTail({ ...kafka, topic }, job));
  return reachedPlaceOf(tails, job.inOneTransaction);
}

/** The last records of a topic, by partition, and how many partitions it has. */
export interface TopicTail {
  readonly found: ReadonlyMap<number, readonly (ReachedPlace & { readonly timestampMs: number })[]>;
  readonly partitions: number;
}

async function readTail(kafka: KafkaClientOptions, job: JobRecords): Promise<TopicTail> {
  await using cluster = openCluster(kafka);
  const found = new Map<number, readonly Found[]>();
  if (await cluster.countPartitions() === null) return { found, partitions: 0 };
  const [oldest, ends] = await Promise.all([cluster.offsets("oldest"), cluster.offsets("end")]);
  let missing = [...ends.keys()];
  for (let window = FIRST_WINDOW; window <= LAST_WINDOW && missing.length > 0; window *= 10n) {
    const starts = new Map(missing.map((partition) => {
      const [first, end] = [oldest.get(partition) ?? 0n, ends.get(partition) ?? 0n];
      return [partition, end - window > first ? end - window : first];
    }));
    for (
      const [partition, records] of Map.groupBy(await readFrom(cluster, starts, ends, job), (each) => each.partition)
    ) {
      found.set(partition, records);
    }
    const isRead = (partition: number) => (starts.get(partition) ?? 0n) <= (oldest.get(partition) ?? 0n);
    missing = missing.filter((partition) => !found.has(partition) && !isRead(partition));
  }
  return { found, partitions: ends.size };
}

/**
 * The place that the records of several topics show. In one transaction they are as one topic. Else each is written for
 * itself, and the one counts that is furthest behind; but not one that has had nothing for a while, as what goes there is
 * rare.
 */
export function reachedPlaceOf(tails: readonly TopicTail[], inOneTransaction: boolean): ReachedPlace | null {
  const [first] = tails;
  if (first !== undefined && tails.length === 1) return reachedPlace(first.found, first.partitions, inOneTransaction);
  if (inOneTransaction) {
    const all = tails.flatMap(({ found }) => [...found.values()]).map((records, i) => [i, records] as const);
    return reachedPlace(new Map(all), all.length, true);
  }
  const places = tails.flatMap(({ found, partitions }) => {
    const place = reachedPlace(found, partitions, false);
    const newestMs = Math.max(...[...found.values()].flat().map(({ timestampMs }) => timestampMs));
    return place === null ? [] : [{ ...place, newestMs }];
  }).toSorted((a, b) => b.newestMs - a.newestMs);
  const [newest] = places;
  if (newest === undefined) return null;
  const { host, newestMs } = newest;
  const isSameRun = (each: typeof newest) => each.host === host && each.newestMs >= newestMs - SAME_RUN_MS;
  return { host, seq: Math.min(...places.filter(isSameRun).map(({ seq }) => seq)) };
}

/**
 * The place that the job's records show. In one transaction the highest number of the last ones is committed with all
 * before it. Else each partition is written for itself, in order, so that all partitions have what the one has that is
 * furthest behind; and one without any may lack everything.
 */
export function reachedPlace(
  found: TopicTail["found"],
  partitions: number,
  inOneTransaction: boolean,
): ReachedPlace | null {
  const all = [...found.values()].flat();
  const newest = all.reduce<(typeof all)[number] | null>(
    (best, each) => best === null || each.timestampMs >= best.timestampMs ? each : best,
    null,
  );
  if (newest === null) return null;
  const { host } = newest;
  const isSameRun = (each: (typeof all)[number]) =>
    each.host === host && each.timestampMs >= newest.timestampMs - SAME_RUN_MS;
  const lasts = [...found.values()].flatMap((records) => records.filter((each) => each.host === host).slice(-1));
  if (inOneTransaction) return { host, seq: Math.max(...lasts.filter(isSameRun).map(({ seq }) => seq)) };
  if (lasts.length === partitions) return { host, seq: Math.min(...lasts.map(({ seq }) => seq)) };
  return { host, seq: Math.min(...all.filter((each) => each.host === host).map(({ seq }) => seq)) - 1 };
}

/** The job's records from these offsets to the ends, in order within each partition. */
async function readFrom(
  cluster: Cluster,
  starts: ReadonlyMap<number, bigint>,
  ends: ReadonlyMap<number, bigint>,
  job: JobRecords,
): Promise<Found[]> {
  const found: Found[] = [];
  await readRange(cluster, starts, ends, (record) => void found.push(...placeOf(record, job)));
  return found;
}

/** The place of a record of the job; empty for every other. */
function placeOf({ partition, timestampMs, value, headers }: TopicRecord, job: JobRecords): Found[] {
  const read = readEvent({ value, headers });
  if (read.kind !== "event") return [];
  const { source, type, subject, data } = read.event;
  const host = job.hosts.get(String(source));
  const seq: unknown = typeof data === "object" && data !== null && "seq" in data ? data.seq : null;
  if (host === undefined || !job.types.has(String(type)) || typeof seq !== "number") return [];
  if (!job.wants(String(subject))) return [];
  return [{ host, seq, partition, timestampMs }];
}
