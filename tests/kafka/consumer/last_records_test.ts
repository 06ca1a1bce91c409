import { assert, assertEquals } from "@std/assert";
import type { Cluster, TopicRecord } from "../../../src/kafka/consumer/cluster.ts";
import { lastRecords } from "../../../src/kafka/consumer/last_records.ts";

const NEVER = new AbortController().signal;

/** A topic of these records; a fetch brings a few of each partition. */
class FakeTopic implements Cluster {
  fetched = 0;
  readonly #records: readonly TopicRecord[];
  readonly #partitions: number;

  constructor(partitions: number, records: readonly TopicRecord[]) {
    this.#records = records;
    this.#partitions = partitions;
  }

  get extent() {
    const partitions = Array.from({ length: this.#partitions }, (_, partition) => partition);
    const of = (partition: number) => this.#records.filter((record) => record.partition === partition);
    return {
      oldest: new Map(partitions.map((partition) => [partition, 0n] as const)),
      end: new Map(partitions.map((partition) => [partition, (of(partition).at(-1)?.offset ?? -1n) + 1n] as const)),
    };
  }

  countPartitions(): Promise<number> {
    return Promise.resolve(this.#partitions);
  }

  offsets(): Promise<Map<number, bigint>> {
    return Promise.resolve(new Map(this.extent.end));
  }

  leaders(): Map<number, number[]> {
    return new Map([[1, [...this.extent.end.keys()]]]);
  }

  fetch(_leader: number, positions: ReadonlyMap<number, bigint>) {
    const records = [...positions].flatMap(([partition, position]) =>
      this.#records.filter((each) => each.partition === partition && each.offset >= position).slice(0, 300)
    );
    this.fetched += records.length;
    return Promise.resolve({
      records,
      next: new Map(records.map(({ partition, offset }) => [partition, offset + 1n] as const)),
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

function record(partition: number, offset: number, timestampMs: number): TopicRecord {
  return { partition, offset: BigInt(offset), timestampMs, key: null, value: null, headers: {} };
}

function series(partition: number, length: number, timeOf: (i: number) => number): TopicRecord[] {
  return Array.from({ length }, (_, i) => record(partition, i, timeOf(i)));
}

async function lastOf(topic: FakeTopic, count: number, isWanted: (record: TopicRecord) => boolean = () => true) {
  const records = await lastRecords(topic, topic.extent, { count, isWanted }, NEVER);
  return records.map(({ partition, offset }) => `${partition}/${offset}`);
}

Deno.test("lastRecords() gives the last records of all partitions together, in the order of time", async () => {
  const topic = new FakeTopic(3, [
    ...series(0, 100, (i) => 1000 + 10 * i),
    ...series(1, 50, (i) => 1005 + 10 * i),
    ...series(2, 2, (i) => 1982 + 6 * i),
  ]);
  assertEquals(await lastOf(topic, 5), ["0/97", "0/98", "2/0", "2/1", "0/99"]);
  assertEquals(await lastOf(topic, 1), ["0/99"]);
  const all = await lastOf(topic, 1000);
  assertEquals([all.length, all[0], new Set(all).size], [152, "0/0", 152]);
  assertEquals(await lastOf(new FakeTopic(2, []), 5), []);
});

Deno.test("lastRecords() orders records of one time by partition, however the brokers name those", async () => {
  const topic = new FakeTopic(3, [0, 1, 2].map((partition) => record(partition, 0, 1000)));
  const { oldest, end } = topic.extent;
  const wanted = { count: 9, isWanted: () => true };
  const records = await lastRecords(topic, { oldest, end: new Map([...end].toReversed()) }, wanted, NEVER);
  assertEquals(records.map(({ partition }) => partition), [0, 1, 2]);
});

Deno.test("lastRecords() keeps the order of a partition whose times go back", async () => {
  const topic = new FakeTopic(2, [
    ...[5000, 9000, 1000, 2000].map((timeMs, i) => record(0, i, timeMs)),
    record(1, 0, 8000),
  ]);
  assertEquals(await lastOf(topic, 4), ["1/0", "0/1", "0/2", "0/3"]);
});

Deno.test("lastRecords() goes back as far as it takes to find records that count", async () => {
  const topic = new FakeTopic(1, series(0, 20_000, (i) => i));
  const isRare = ({ offset }: TopicRecord) => offset % 4000n === 7n;
  assertEquals(await lastOf(topic, 3, isRare), ["0/8007", "0/12007", "0/16007"]);
  assertEquals((await lastOf(topic, 9, isRare)).length, 5);
  assertEquals(await lastOf(topic, 3, () => false), []);
});

Deno.test("lastRecords() reads no more of a partition than can be among the last", async () => {
  const topic = new FakeTopic(2, [...series(0, 5000, (i) => i), ...series(1, 5000, (i) => 10_000 + i)]);
  assertEquals(await lastOf(topic, 2), ["1/4998", "1/4999"]);
  assert(topic.fetched <= 1200, `${topic.fetched}`);
  const rare = new FakeTopic(2, [...series(0, 5000, (i) => i), ...series(1, 5000, (i) => 10_000 + i)]);
  const isWanted = ({ partition, offset }: TopicRecord) => partition === 1 && offset >= 4998n;
  assertEquals(await lastOf(rare, 2, isWanted), ["1/4998", "1/4999"]);
  // All of the first partition is older than both.
  assert(rare.fetched <= 1200, `${rare.fetched}`);
});

Deno.test("lastRecords() ends at the signal", async () => {
  const topic = new FakeTopic(1, series(0, 10, (i) => i));
  assertEquals(await lastRecords(topic, topic.extent, { count: 2, isWanted: () => true }, AbortSignal.abort()), []);
});
