/**
 * How far a job got, by the last records of its topics: the evidence that remains where its cursor is gone.
 *
 * @module
 */
import type { KafkaClientOptions } from "../kafka/client/options.ts";
import { type Cluster, openCluster, type TopicRecord } from "../kafka/consumer/cluster.ts";
import { readEvent } from "../events/from_record.ts";
import { readRange } from "../kafka/consumer/range.ts";
import { median } from "../upstream/stream_time.ts";

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
/** A partition or topic whose last records are all older than the newest by more than this, in milliseconds, does not count. */
const SAME_RUN_MS = 600_000;
/** So many of the last records of a partition are compared with the newest time; the time of one alone may be anything. */
const LAST_RECORDS = 8;
/** The newest time is the median of so many last records, in the partition where that is latest. */
const TIMED_RECORDS = 5;
const FEWEST_TIMED = 3;

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

/** A place with the time of its record, in milliseconds since 1970. */
type TimedPlace = ReachedPlace & { readonly timestampMs: number };

/** The last records of a topic, by partition, and how many partitions it has. */
export interface TopicTail {
  readonly found: ReadonlyMap<number, readonly TimedPlace[]>;
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
  const everyPartition = tails.flatMap(({ found }) => [...found.values()]);
  if (inOneTransaction) return reachedPlace(new Map(everyPartition.entries()), everyPartition.length, true);
  const newest = newestRelay(everyPartition);
  if (newest === null) return null;
  const places = tails.flatMap(({ found, partitions }) => {
    const own = ofHost([...found.values()], newest.host);
    const place = own.some((records) => isOfRun(records, newest.timeMs))
      ? reachedPlace(found, partitions, false)
      : null;
    return place?.host === newest.host ? [place.seq] : [];
  });
  return places.length === 0 ? null : { host: newest.host, seq: leastOf(places) };
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
  const newest = newestRelay([...found.values()]);
  if (newest === null) return null;
  const { host, timeMs } = newest;
  const own = ofHost([...found.values()], host);
  if (inOneTransaction) return { host, seq: mostOf(lastSeqs(own.filter((records) => isOfRun(records, timeMs)))) };
  if (own.length === partitions) return { host, seq: leastOf(lastSeqs(own)) };
  return { host, seq: leastOf(own.flat().map(({ seq }) => seq)) - 1 };
}

function lastSeqs(partitions: readonly (readonly TimedPlace[])[]): number[] {
  return partitions.flatMap((records) => records.at(-1)?.seq ?? []);
}

/** Of one number or more, as many as there may be: more than a call takes arguments. */
function leastOf(numbers: readonly number[]): number {
  return numbers.reduce((least, each) => Math.min(least, each));
}

function mostOf(numbers: readonly number[]): number {
  return numbers.reduce((most, each) => Math.max(most, each));
}

/** The records of one relay, by partition, without partitions that have none. */
function ofHost(partitions: readonly (readonly TimedPlace[])[], host: string): readonly (readonly TimedPlace[])[] {
  return partitions.map((records) => records.filter((each) => each.host === host)).filter(({ length }) => length > 0);
}

/** Whether a partition was written to around this time. */
function isOfRun(records: readonly TimedPlace[], timeMs: number): boolean {
  return records.slice(-LAST_RECORDS).some(({ timestampMs }) => timestampMs >= timeMs - SAME_RUN_MS);
}

/** The relay that was read last, and the time of its last records; null where there are no records. */
function newestRelay(
  partitions: readonly (readonly TimedPlace[])[],
): { readonly host: string; readonly timeMs: number } | null {
  const hosts = new Set(partitions.flat().map(({ host }) => host));
  const timed = [...hosts].map((host) => ({ host, timeMs: newestTime(ofHost(partitions, host)) }));
  return timed.toSorted((a, b) => b.timeMs - a.timeMs)[0] ?? null;
}

/**
 * The time of the newest records of a relay. A message may claim any time, so no single record decides: a partition with
 * three records or more has the median of its last ones. Where none has, the latest time counts that another record
 * confirms.
 */
function newestTime(partitions: readonly (readonly TimedPlace[])[]): number {
  const times = partitions.map((records) => records.slice(-TIMED_RECORDS).map(({ timestampMs }) => timestampMs));
  const medians = times.filter(({ length }) => length >= FEWEST_TIMED).map((some) => median(Float64Array.from(some)));
  if (medians.length > 0) return mostOf(medians);
  const all = times.flat();
  const confirmed = all.filter((time, i) => all.some((other, j) => i !== j && Math.abs(time - other) <= SAME_RUN_MS));
  return mostOf(confirmed.length > 0 ? confirmed : all);
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
  if (!Number.isSafeInteger(seq)) return [];
  if (!job.wants(String(subject))) return [];
  return [{ host, seq, partition, timestampMs }];
}
