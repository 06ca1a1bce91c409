import { assert, assertEquals } from "@std/assert";
import { COMMIT_FAULTS, type FaultName, FAULTS } from "../../src/simulator/faults.ts";
import { type FirehoseServer, serve, type Source } from "../../src/simulator/server.ts";
import { rulesOf } from "../../src/filter/collections.ts";
import { Filter, UNFILTERED } from "../../src/filter/filter.ts";
import { COLLECTIONS } from "../../src/events/registry.ts";
import { Consumer } from "../support/consumer.ts";
import { commitMessage } from "../support/messages.ts";
import { numbered } from "../support/relay.ts";
import { until } from "../support/wait.ts";

const COMMIT = await commitMessage([{ path: "app.bsky.feed.like/1", record: { $type: "app.bsky.feed.like" } }]);

/** Twenty messages, numbered from the one after `before`. */
function source(bytesOf: (seq: number) => Uint8Array = numbered, before = 100): Source {
  let seq = before;
  return { next: () => Promise.resolve(seq++ < before + 20 ? { seq, bytes: bytesOf(seq), atMs: null } : null) };
}

function faulty(name: FaultName, every: number, from: Source = source()): FirehoseServer {
  return serve(from, { port: 0, rate: null, window: 1000, faults: [{ name, every }] });
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

Deno.test("serve() closes cleanly at every so many messages, and serves the rest to those who come back", async () => {
  await using server = faulty("clean-close", 8);
  const seen: number[] = [];
  for (const [cursor, count] of [[null, 8], [108, 8], [116, 4]] as const) {
    await using consumer = new Consumer(server.url, cursor);
    await consumer.has(count);
    seen.push(...consumer.seqs);
    if (count < 8) break;
    await consumer.closed();
    assertEquals(consumer.closedWith, 1000);
  }
  assertEquals(seen, range(101, 120));
});

Deno.test("serve() stalls: the connection stays open, and nothing more comes on it", async () => {
  await using server = faulty("stall", 15);
  await using stalled = new Consumer(server.url);
  await stalled.has(15);
  await using other = new Consumer(server.url, 115);
  await other.has(5);
  assertEquals([stalled.seqs, stalled.closedWith, other.seqs], [range(101, 115), null, range(116, 120)]);
});

Deno.test("serve() sends an error frame, and closes after it", async () => {
  await using server = faulty("error-frame", 5);
  await using consumer = new Consumer(server.url);
  await consumer.closed();
  assertEquals(consumer.seqs, range(101, 105));
  const last = consumer.frames.at(-1);
  assertEquals([last?.kind, last?.kind === "error" && last.error], ["error", "ConsumerTooSlow"]);
  assertEquals(consumer.closedWith, 1008);
});

Deno.test("serve() sends garbage between the messages, and leaves none out", async () => {
  await using server = faulty("garbage", 5);
  await using consumer = new Consumer(server.url);
  await consumer.has(28);
  assertEquals(consumer.seqs, range(101, 120));
  const rejected = consumer.frames.filter(({ kind }) => kind === "rejected");
  assertEquals(
    rejected.map((frame) => frame.kind === "rejected" && frame.reason),
    new Array(8).fill("frame-undecodable"),
  );
});

Deno.test("serve() sends the last three messages once more", async () => {
  await using server = faulty("repeat", 10);
  await using consumer = new Consumer(server.url);
  await consumer.has(26);
  assertEquals(consumer.seqs, [...range(101, 110), 108, 109, 110, ...range(111, 120), 118, 119, 120]);
});

Deno.test("serve() goes on with higher numbers, and finds cursors among them", async () => {
  await using server = faulty("seq-jump", 11);
  await using consumer = new Consumer(server.url);
  await consumer.has(20);
  assertEquals(consumer.seqs, [...range(101, 110), ...range(1_000_111, 1_000_120)]);
  await using back = new Consumer(server.url, 1_000_115);
  await back.has(5);
  assertEquals(back.seqs, range(1_000_116, 1_000_120));
});

Deno.test("serve() falls to low numbers once, forgetting its window and closing every connection", async () => {
  const gate = Promise.withResolvers<void>();
  const made = source(numbered, 31_500_000_100);
  let given = 0;
  const gated = { next: () => given++ === 11 ? gate.promise.then(() => made.next()) : made.next() };
  await using server = faulty("seq-fall", 11, gated);
  await using consumer = new Consumer(server.url);
  await consumer.closed();
  assertEquals(consumer.closedWith, 1000);
  // Nobody has asked for the new numbers yet, and the old ones are gone.
  await using oldest = new Consumer(server.url, 0);
  await oldest.has(1);
  await using future = new Consumer(server.url, 31_500_000_110);
  await until("two consumers", () => server.consumers === 2);
  gate.resolve();
  await oldest.has(10);
  assertEquals(oldest.seqs, range(1000, 1009));
  await future.has(9);
  assertEquals(future.seqs, range(1001, 1009));
});

Deno.test("serve() leaves the blocks out of a commit, whose operations and number stay", async () => {
  await using server = faulty("missing-block", 4, source(() => COMMIT));
  await using consumer = new Consumer(server.url);
  await consumer.has(20);
  const filter = new Filter({ collections: rulesOf(COLLECTIONS), ...UNFILTERED });
  const kinds = consumer.frames.map((frame) => {
    if (frame.kind !== "commit") return frame.kind;
    const [result] = filter.read(frame);
    return result?.kind === "rejected" ? result.reason : result?.kind;
  });
  assertEquals(kinds.filter((kind) => kind === "block-missing").length, 5);
  assertEquals(kinds.filter((kind) => kind === "create").length, 15);
  assertEquals(kinds.indexOf("block-missing"), 3);
});

Deno.test("serve() sends times that are minutes and a year off, one after the other", async () => {
  await using server = faulty("wrong-time", 4, source(() => COMMIT));
  await using consumer = new Consumer(server.url);
  await consumer.has(20);
  const times = consumer.frames.map((frame) => "time" in frame ? Date.parse(String(frame.time)) : NaN);
  const offMinutes = times.map((time) => (time - (times[0] ?? 0)) / 60_000);
  const wrong = [-3, 525_600, 3, -525_600, -3];
  assertEquals(offMinutes, wrong.flatMap((minutes) => [0, 0, 0, minutes]));
});

Deno.test("FAULTS names nothing that no test here or of the sources strikes with", () => {
  const tested = ["clean-close", "stall", "error-frame", "garbage", "repeat", "seq-jump", "seq-fall", "missing-block"]
    .concat("wrong-time");
  const others = ["oversize-record", ...Object.keys(COMMIT_FAULTS)];
  assertEquals(Object.keys(FAULTS).filter((name) => !tested.includes(name)), others);
  assert(tested.every((name) => Object.hasOwn(FAULTS, name)));
});
