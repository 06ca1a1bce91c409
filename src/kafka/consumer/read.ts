/**
 * Reads a topic: where it begins, how it survives an outage, when it ends.
 *
 * @module
 */
import { classify, isUnanswered, reasonOf, silenceText } from "../client/classify.ts";
import type { KafkaClientOptions } from "../client/options.ts";
import { type Cluster, type Fetched, openCluster, type TopicRecord } from "./cluster.ts";
import { lastRecords, type Wanted } from "./last_records.ts";

/**
 * Where to begin: an offset and a time hold for each partition, and both are brought within what is there. `last`: with
 * so many records of all partitions together, the last ones that count.
 */
export type From =
  | { readonly kind: "oldest" }
  | { readonly kind: "latest" }
  | { readonly kind: "offset"; readonly offset: bigint }
  | { readonly kind: "time"; readonly timeMs: number }
  | { readonly kind: "last" } & Wanted;

/** How to read. */
export interface ReadOptions {
  readonly kafka: KafkaClientOptions;
  readonly from: From;
  /** The only partition to read; null reads all. */
  readonly partition: number | null;
  /** Whether to end at what is the end when reading begins. */
  readonly untilEnd: boolean;
  /** Resolves after so many milliseconds, or at once on abort. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** What happens to a reader. */
export interface ReadObserver {
  /** Reading begins; `records` are between where it begins and the end, or the last ones where those are read. */
  opened(event: { readonly partitions: number; readonly records: bigint }): void;
  /** A server accepts connections and sends nothing; the reader waits. */
  silent(event: { readonly reason: string }): void;
  /** Reading stopped for a while; it resumes where it was. `answered`: a broker did, with an error. */
  interrupted(event: { readonly reason: string; readonly retryInMs: number; readonly answered: boolean }): void;
}

/** The topic cannot be read, and trying again would not help. */
export class ReadRefusedError extends Error {
  override readonly name = "ReadRefusedError";
}

const FIRST_ATTEMPTS = 3;
const RETRY_MS = 1000;

/**
 * Reads the committed records of a topic, in order within each partition, until the end or the signal. An outage is
 * reported and waited for, but for one at the very start.
 *
 * @throws {ReadRefusedError} if Kafka cannot be reached or used at the start, has no such topic or refuses the user
 */
export async function* readTopic(
  options: ReadOptions,
  observer: ReadObserver,
  signal: AbortSignal,
): AsyncGenerator<readonly TopicRecord[]> {
  const positions = new Map<number, bigint>();
  let ends: ReadonlyMap<number, bigint> | null = null;
  for (let attempt = 1; !signal.aborted; attempt++) {
    await using cluster = openCluster(options.kafka, (broker) => observer.silent({ reason: silenceText(broker) }));
    try {
      const bounds = await orAborted(findBounds(cluster, options), signal);
      if (bounds === null) return;
      place(positions, bounds);
      if (ends === null) {
        const { from } = options;
        const last = from.kind === "last" ? await orAborted(lastRecords(cluster, bounds, from, signal), signal) : [];
        if (last === null) return;
        ends = bounds.end;
        const records = from.kind === "last" ? BigInt(last.length) : distance(positions, ends);
        observer.opened({ partitions: positions.size, records });
        if (last.length > 0) yield last;
      }
      yield* follow(cluster, positions, options.untilEnd ? ends : null, signal);
      return;
    } catch (error) {
      if (signal.aborted) return;
      const isLost = ends === null && attempt === FIRST_ATTEMPTS;
      if (error instanceof ReadRefusedError || classify(error) === "fatal" || isLost) throw refused(options, error);
      if (ends !== null) {
        observer.interrupted({ reason: reasonOf(error), retryInMs: RETRY_MS, answered: !isUnanswered(error) });
      }
    }
    await options.wait(RETRY_MS, signal);
  }
}

/** Where partitions begin and end, and where reading begins in those that were not read yet. */
interface Bounds {
  readonly oldest: ReadonlyMap<number, bigint>;
  readonly end: ReadonlyMap<number, bigint>;
  readonly start: ReadonlyMap<number, bigint>;
}

async function findBounds(cluster: Cluster, { kafka, from, partition: only }: ReadOptions): Promise<Bounds> {
  const partitions = await cluster.countPartitions();
  if (partitions === null) {
    throw new ReadRefusedError(
      `Cannot read the topic "${kafka.topic}": it does not exist on ${kafka.brokers.join(",")}, or this user may not ` +
        "see it; expected the name of one that exists",
    );
  }
  if (only !== null && only >= partitions) {
    throw new ReadRefusedError(
      `Cannot read partition ${only} of the topic "${kafka.topic}": it has ${partitions}; ` +
        `expected a number from 0 to ${partitions - 1}`,
    );
  }
  const [oldest, all] = await Promise.all([cluster.offsets("oldest"), cluster.offsets("end")]);
  const end = only === null ? all : new Map([...all].filter(([partition]) => partition === only));
  if (from.kind === "time") {
    const found = await cluster.offsets({ timeMs: from.timeMs });
    // A partition with nothing that late has -1.
    const start = new Map([...end].map(([partition, last]) => {
      const offset = found.get(partition) ?? -1n;
      return [partition, offset < 0n ? last : offset];
    }));
    return { oldest, end, start };
  }
  if (from.kind === "offset") {
    return { oldest, end, start: new Map([...end].map(([partition]) => [partition, from.offset])) };
  }
  return { oldest, end, start: from.kind === "oldest" ? oldest : end };
}

/** Brings each position within what is there: retention may have passed it, or the topic be another one. */
function place(positions: Map<number, bigint>, { oldest, end, start }: Bounds): void {
  for (const [partition, last] of end) {
    const first = oldest.get(partition) ?? 0n;
    const wanted = positions.get(partition) ?? start.get(partition) ?? first;
    positions.set(partition, wanted < first ? first : wanted > last ? last : wanted);
  }
}

function distance(positions: ReadonlyMap<number, bigint>, ends: ReadonlyMap<number, bigint>): bigint {
  let sum = 0n;
  for (const [partition, position] of positions) sum += (ends.get(partition) ?? position) - position;
  return sum;
}

interface Answer {
  readonly leader: number;
  readonly fetched: Fetched | { readonly error: unknown };
}

/** Fetches from all leaders at once; whichever answers first is asked again first. */
async function* follow(
  cluster: Cluster,
  positions: Map<number, bigint>,
  ends: ReadonlyMap<number, bigint> | null,
  signal: AbortSignal,
): AsyncGenerator<readonly TopicRecord[]> {
  const asked = new Map<number, Promise<Answer>>();
  const isWanted = (partition: number) => {
    const position = positions.get(partition);
    return position !== undefined && (ends === null || position < (ends.get(partition) ?? 0n));
  };
  for (;;) {
    for (const [leader, partitions] of cluster.leaders()) {
      const wanted = partitions.filter(isWanted).map((partition) =>
        [partition, positions.get(partition) ?? 0n] as const
      );
      if (wanted.length > 0 && !asked.has(leader)) asked.set(leader, ask(cluster, leader, new Map(wanted)));
    }
    if (asked.size === 0) return;
    const answer = await orAborted(Promise.race(asked.values()), signal);
    if (answer === null) return;
    asked.delete(answer.leader);
    if ("error" in answer.fetched) throw answer.fetched.error;
    for (const [partition, next] of answer.fetched.next) positions.set(partition, next);
    const { records } = answer.fetched;
    yield ends === null ? records : records.filter(({ partition, offset }) => offset < (ends.get(partition) ?? offset));
  }
}

async function ask(cluster: Cluster, leader: number, positions: ReadonlyMap<number, bigint>): Promise<Answer> {
  try {
    return { leader, fetched: await cluster.fetch(leader, positions) };
  } catch (error) {
    return { leader, fetched: { error } };
  }
}

function refused({ kafka }: ReadOptions, cause: unknown): ReadRefusedError {
  if (cause instanceof ReadRefusedError) return cause;
  const brokers = kafka.brokers.join(",");
  const text = classify(cause) === "fatal" || !isUnanswered(cause)
    ? `Cannot read the topic "${kafka.topic}" on ${brokers}: ${reasonOf(cause)}`
    : `Cannot reach Kafka at ${brokers}: ${reasonOf(cause)}`;
  return new ReadRefusedError(text, { cause });
}

/** What the promise gives, or null once the signal aborts. */
async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | null> {
  const { promise: aborted, resolve } = Promise.withResolvers<null>();
  const stop = () => resolve(null);
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
    // What comes after the abort concerns nobody.
    promise.catch(() => {});
  }
}
