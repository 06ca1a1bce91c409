import { assertEquals, assertRejects } from "@std/assert";
import type { Cluster } from "../../../src/kafka/consumer/cluster.ts";
import { readRange } from "../../../src/kafka/consumer/range.ts";

/** Two partitions with a record at each second offset, of which a fetch brings two. */
function cluster(end: bigint): Cluster {
  const record = (partition: number, offset: bigint) => ({
    partition,
    offset,
    timestampMs: 0,
    key: null,
    value: null,
    headers: {},
  });
  return {
    countPartitions: () => Promise.resolve(2),
    offsets: () => Promise.resolve(new Map()),
    leaders: () => new Map([[1, [0]], [2, [1]]]),
    fetch(_leader, positions) {
      const records = [...positions].flatMap(([partition, position]) => {
        const first = position + position % 2n;
        return [first, first + 2n].filter((offset) => offset < end).map((offset) => record(partition, offset));
      });
      const next = new Map(records.map(({ partition, offset }) => [partition, offset + 1n]));
      return Promise.resolve({ records, next });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

Deno.test("readRange() gives the records between the offsets and none behind them, of each partition in order", async () => {
  const seen: string[] = [];
  await readRange(cluster(100n), new Map([[0, 3n], [1, 8n]]), new Map([[0, 9n], [1, 10n]]), ({ partition, offset }) => {
    seen.push(`${partition}/${offset}`);
  });
  assertEquals(seen.filter((each) => each.startsWith("0")), ["0/4", "0/6", "0/8"]);
  assertEquals(seen.filter((each) => each.startsWith("1")), ["1/8"]);
});

Deno.test("readRange() gives up where the brokers give nothing of what there is", async () => {
  const reading = () => readRange(cluster(4n), new Map([[0, 0n]]), new Map([[0, 9n]]), () => {});
  await assertRejects(reading, Error, "The brokers return no records");
});
