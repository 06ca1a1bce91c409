import { assert, assertEquals } from "@std/assert";
import errors from "kafkajs/src/errors.js";
import { Lane, type LaneOptions, lingerFor, retryMs } from "../../../src/kafka/producer/lane.ts";
import { Notes, outRecord, textOf } from "../../support/records.ts";
import { CommonWait } from "../../../src/kafka/client/wait.ts";
import { until } from "../../support/wait.ts";

function tooLarge(): Error {
  return new errors.KafkaJSProtocolError(
    Object.assign(new Error("too large"), { type: "MESSAGE_TOO_LARGE", code: 10, retriable: false }),
  );
}

/** A lane whose sends go as `send` says; waits are over at once. */
function scripted(send: (values: string[]) => Promise<void>, options: Partial<LaneOptions> = {}) {
  const seen = {
    acknowledged: [] as number[],
    sends: [] as string[][],
    waits: [] as number[],
    events: [] as string[],
    failure: null as unknown,
  };
  const notes = new Notes();
  const lane = new Lane({
    partition: 2,
    lingerMs: 0,
    maxBatchBytes: 1_000_000,
    maxRecordBytes: Infinity,
    random: () => 1,
    send: (_, records) => {
      const values = records.map(({ value }) => textOf(value));
      seen.sends.push(values);
      return send(values);
    },
    replaceProducer: () => seen.events.push("replaced"),
    ended: () => {},
    fail: (error) => seen.failure = error,
    recovered: () => {},
    topicGone: () => seen.events.push("topic gone"),
    wait: (ms) => {
      seen.waits.push(ms);
      return Promise.resolve(true);
    },
    observer: {
      opened: () => {},
      waiting: () => {},
      policyFound: () => {},
      sending: () => {},
      acknowledged: ({ records }) => seen.acknowledged.push(records),
      retrying: ({ attempt }) => seen.events.push(`retrying ${attempt}`),
      recovered: ({ attempts }) => seen.events.push(`recovered ${attempts}`),
      topicMissing: () => {},
      partitionsChanged: () => {},
      oversize: ({ uri }) => seen.events.push(`oversize ${uri}`),
    },
    ...options,
  });
  const write = (...texts: string[]) => {
    for (const text of texts) lane.write(outRecord("did:plc:a", text), notes);
  };
  return { lane, notes, seen, write };
}

Deno.test("Lane sends one batch at a time, and the next grows meanwhile", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { lane, notes, seen, write } = scripted((values) => values[0] === "a" ? promise : Promise.resolve());
  write("a");
  lane.flush();
  write("b", "c", "d");
  lane.flush();
  assertEquals(seen.sends, [["a"]]);
  resolve();
  await until("all is sent", () => lane.idle);
  assertEquals(seen.sends, [["a"], ["b", "c", "d"]]);
  assertEquals(notes.told, ["a delivered", "b delivered", "c delivered", "d delivered"]);
});

Deno.test("Lane sends the same batch again until it is acknowledged, before any later one", async () => {
  let failures = 7;
  const { lane, notes, seen, write } = scripted(() =>
    failures-- > 0 ? Promise.reject(new Error("broker down")) : Promise.resolve()
  );
  write("a", "b");
  lane.flush();
  write("c");
  await until("all is sent", () => lane.idle);
  assertEquals(seen.sends, [...Array(8).fill(["a", "b"]), ["c"]]);
  assertEquals(seen.waits, [200, 400, 800, 1600, 3200, 6400, 12_800]);
  assertEquals(seen.events.filter((event) => event === "replaced").length, 2);
  assertEquals(seen.events.at(-1), "recovered 8");
  assertEquals(seen.acknowledged, [2, 1]);
  assertEquals(notes.told, ["a delivered", "b delivered", "c delivered"]);
});

Deno.test("Lane halves what is too large down to the record that is, and delivers its neighbours in order", async () => {
  const { lane, notes, seen, write } = scripted((values) =>
    values.includes("BIG") ? Promise.reject(tooLarge()) : Promise.resolve()
  );
  write("a", "b", "BIG", "c", "d");
  lane.flush();
  await until("all is sent", () => lane.idle);
  assertEquals(notes.told, ["a delivered", "b delivered", "BIG dropped", "c delivered", "d delivered"]);
  assertEquals(seen.events, ["oversize at://did:plc:a/app.bsky.feed.like/BIG"]);
});

Deno.test("Lane never sends a record that no broker of this kind takes", async () => {
  const { lane, notes, seen, write } = scripted(() => Promise.resolve(), { maxRecordBytes: 30, maxBatchBytes: 30 });
  write("x".repeat(40), "small");
  lane.flush();
  await until("all is sent", () => lane.idle);
  assertEquals(seen.sends, [["small"]]);
  assertEquals(notes.told, [`${"x".repeat(20)} dropped`, "small delivered"]);
});

Deno.test("Lane keeps batches within their bounds", async () => {
  const { lane, seen, write } = scripted(() => Promise.resolve(), { maxBatchBytes: 60 });
  write(...Array.from({ length: 7 }, (_, i) => `record-${i}-........`));
  lane.flush();
  await until("all is sent", () => lane.idle);
  assertEquals(seen.sends.flat().length, 7);
  assert(seen.sends.every((batch) => batch.length <= 2), JSON.stringify(seen.sends));

  const many = scripted(() => Promise.resolve());
  many.write(...Array.from({ length: 1200 }, (_, i) => String(i)));
  many.lane.flush();
  await until("all is sent", () => many.lane.idle);
  assert(many.seen.sends.every((batch) => batch.length <= 500));
  assertEquals(many.seen.sends.flat(), Array.from({ length: 1200 }, (_, i) => String(i)));
});

Deno.test("Lane fails on what no retry can mend, and settles nothing of it", async () => {
  const stop = { wait: () => Promise.resolve(false) };
  const { notes, seen, write, lane } = scripted(() => Promise.reject(new TypeError("a bug")), stop);
  write("a");
  lane.flush();
  await until("it has failed, or tries again", () => seen.failure !== null || seen.events.length > 0);
  assert(seen.failure instanceof TypeError);
  assertEquals([notes.told, seen.sends.length], [[], 1]);
});

Deno.test("Lane ends the waits of others when it recovers, but not at every success", async () => {
  const backOff = new CommonWait(new AbortController().signal);
  const isDown = { one: true, other: true };
  const sendUnless = (name: keyof typeof isDown) => () =>
    isDown[name] ? Promise.reject(new Error("down")) : Promise.resolve();
  const recovered = () => backOff.end();
  // The other one waits for ever unless something ends that.
  const other = scripted(sendUnless("other"), { wait: () => backOff.wait(1e8), recovered });
  const one = scripted(sendUnless("one"), { wait: () => backOff.wait(isDown.one ? 1 : 1e8), recovered });
  const well = scripted(() => Promise.resolve(), { recovered });
  for (const { write, lane } of [other, one]) {
    write("a");
    lane.flush();
  }
  await until("one has failed twice", () => one.seen.sends.length > 1);
  well.write("a", "b");
  well.lane.flush();
  await until("a third is sent", () => well.lane.idle);
  isDown.other = false;
  assertEquals(other.seen.sends.length, 1);
  isDown.one = false;
  await until("both are sent", () => one.lane.idle && other.lane.idle);
  assertEquals([other.seen.sends.length, other.seen.events], [2, ["retrying 1", "recovered 2"]]);
});

Deno.test("Lane.stop() leaves what was not acknowledged unsettled", async () => {
  const { lane, notes, seen, write } = scripted(() => Promise.reject(new Error("down")), {
    wait: () => Promise.resolve(false),
  });
  write("a", "b");
  lane.flush();
  await until("it gave up", () => seen.events.length > 0);
  lane.stop();
  assertEquals(notes.told, []);
});

Deno.test("Lane lets a batch that is not full wait for its time, also when a send has just ended", async () => {
  const { lane, seen, write } = scripted(() => Promise.resolve(), { lingerMs: 3_600_000 });
  write("a");
  lane.flush();
  write("b");
  await until("the first is settled", () => seen.sends.length === 1 && !lane.idle);
  write(...Array.from({ length: 499 }, (_, i) => String(i)));
  await until("the full one is sent", () => lane.idle);
  assertEquals(seen.sends.map((batch) => batch.length), [1, 500]);
  write("c");
  lane.stop();
});

Deno.test("lingerFor() grows with the partitions, to a bound", () => {
  assertEquals([1, 4, 12, 64, 1000].map((partitions) => lingerFor(partitions, 25)), [25, 25, 25, 128, 150]);
  assertEquals(lingerFor(1000, 200), 200);
});

Deno.test("retryMs() grows to 30 s, with jitter above a tenth", () => {
  assertEquals([retryMs(1, 1), retryMs(4, 1), retryMs(99, 1)], [200, 1600, 30_000]);
  assertEquals([retryMs(1, 0), retryMs(99, 0)], [20, 3000]);
});
