import { assert, assertEquals } from "@std/assert";
import { type Changes, PipelineRun } from "../support/pipeline.ts";
import { Reading, send } from "../support/reading.ts";
import { FakeRelay } from "../support/relay.ts";
import { commit, commits, TimedHost, uris } from "../support/timed_host.ts";
import { until } from "../support/wait.ts";

const seqOnA = (i: number) => 1000 + i;
const seqOnB = (i: number) => 5_000_000 + 7 * i;

function start(a: TimedHost, others: readonly string[], changes: Changes = {}): PipelineRun {
  const run = new PipelineRun(a, { others, rememberedRecords: 1000, ...changes });
  run.sink.outcome = "delivered";
  return run;
}

Deno.test("Subscription resumes on the next relay from a minute before, and every record is written once", async () => {
  const a = new TimedHost(await commits(0, 30, seqOnA));
  await using b = new TimedHost(await commits(0, 33, seqOnB));
  await using run = start(a, [b.url]);
  await until("all of the first host", () => run.frames === 30);
  a.takeDown(600);
  await until("what only the second host has", () => run.sink.written.length === 33);
  b.add(await commit(33, seqOnB(33)));
  await until("the live message", () => run.cursors.last === seqOnB(33));
  assertEquals(run.sink.written, uris(0, 34));
  assertEquals([run.count("switched"), run.count("gap")], [1, 0]);
  // Commits 23 to 29 lie within the minute.
  assert(run.count("repeatedRecord") >= 7, `${run.count("repeatedRecord")} repeated`);
  assertEquals(run.cursors.hosts.at(-1), b.host);
});

Deno.test("Subscription reports a gap where the next relay no longer has what comes next", async () => {
  const a = new TimedHost(await commits(0, 10, seqOnA));
  await using b = new TimedHost(await commits(20, 25, seqOnB));
  await using run = start(a, [b.url]);
  await until("all of the first host", () => run.frames === 10);
  a.takeDown(0);
  await until("all of the second host", () => run.cursors.last === seqOnB(24));
  const gap = `gap/${a.host}/${seqOnA(9)}/${b.host}/${seqOnB(20)}`;
  assertEquals(run.sink.written, [...uris(0, 10), gap, ...uris(20, 25)]);
  assertEquals([run.count("switched"), run.count("gap")], [1, 1]);
});

Deno.test("Subscription returns to a relay at the place reached on it, if that is late enough", async () => {
  const a = new TimedHost(await commits(0, 30, seqOnA));
  await using b = new TimedHost(await commits(0, 32, seqOnB));
  await using run = start(a, [b.url]);
  await until("all of the first host", () => run.frames === 30);
  a.takeDown(0);
  await until("all of the second host", () => run.sink.written.length === 32);
  for (const message of await commits(30, 35, seqOnA)) a.add(message);
  a.putUp();
  b.takeDown(0);
  await until("all of the first host again", () => run.sink.written.length === 35);
  assertEquals(run.sink.written, uris(0, 35));
  assertEquals([run.count("switched"), run.count("gap")], [2, 0]);
  assertEquals(a.relay.cursors.at(-1), String(seqOnA(29)));
});

Deno.test("Subscription skips nothing on a relay whose known place is later than the one to resume from", async () => {
  // The operator went back: this job had read the second host up to commit 28 before.
  const a = new TimedHost(await commits(0, 20, seqOnA));
  await using b = new TimedHost(await commits(0, 33, seqOnB));
  const known = new Map([[b.host, { seq: seqOnB(28), time: "2026-07-01T00:04:40.000Z" }]]);
  await using run = start(a, [b.url], { known });
  await until("all of the first host", () => run.frames === 20);
  a.takeDown(600);
  await until("the end of the second host", () => run.cursors.last === seqOnB(32));
  assertEquals(run.sink.written, uris(0, 33));
  assertEquals([run.count("switched"), run.count("gap")], [1, 0]);
});

Deno.test("Subscription reads all that the next relay has where no time shows the place, and reports a gap", async () => {
  await using a = new FakeRelay((_, number) => (socket) => {
    if (number === 1) send(socket, 500);
    socket.close(1000);
  });
  await using b = new FakeRelay(({ url }) => (socket) => {
    if (url.searchParams.get("cursor") === "0") send(socket, 1, 2);
    send(socket, 3);
  });
  const reading = new Reading(a.url, ({ seqs }) => seqs.at(-1) === 3, { urls: [a.url, b.url] });
  await reading.done;
  assertEquals([reading.seqs, b.cursors], [[500, 1, 2, 3], [null, "0"]]);
  const { host } = new URL(b.url);
  assert(reading.told.includes(`switched ${new URL(a.url).host} ${host}`), reading.told.join());
  assertEquals(reading.told.slice(-2), ["held host-changed 1", "host-changed 500 null 1 t1 null false"]);
});

Deno.test("Subscription reads the next relay after three idle timeouts of one that is silent, and passes over the next such", async () => {
  await using silent = new FakeRelay(() => () => {});
  await using other = new FakeRelay(() => () => {});
  await using b = new FakeRelay(() => (socket) => send(socket, 7));
  const left = { host: "before.example", seq: 900, time: "2026-07-01T00:00:00Z" };
  const reading = new Reading(silent.url, ({ seqs }) => seqs.length === 1, {
    urls: [silent.url, other.url, b.url],
    // Long beside what a busy machine takes to answer: the last host must be in time.
    idleTimeoutMs: 300,
    at: { kind: "other-relay", left, seeks: true },
  });
  await reading.done;
  assertEquals(reading.told.filter((each) => each.startsWith("No data")).length, 6);
  assertEquals(reading.told.filter((each) => each.startsWith("switched")).length, 2);
  // The last is dialled to find the place and to read.
  assertEquals([silent.dials.length, other.dials.length, b.dials.length], [3, 3, 2]);
  // They take connections; and an idle timeout passes before each dial.
  assertEquals(reading.waits, Array(6).fill(0));
});

Deno.test("Subscription passes over relays that do not respond, and keeps the place of the one that did", async () => {
  const a = new TimedHost(await commits(0, 30, seqOnA));
  await using closed = new FakeRelay(() => (socket) => socket.close(1000));
  await using none = new FakeRelay(() => new Response(null, { status: 501 }));
  await using b = new TimedHost(await commits(0, 33, seqOnB));
  await using run = start(a, [closed.url, none.url, b.url]);
  await until("all of the first host", () => run.frames === 30);
  a.takeDown(0);
  await until("what only the last host has", () => run.sink.written.length === 33);
  assertEquals(run.sink.written, uris(0, 33));
  assertEquals([run.count("switched"), run.count("gap")], [3, 0]);
  assertEquals([closed.dials.length, none.dials.length], [3, 1]);
});

Deno.test("Subscription keeps a cursor ahead of nothing that is not acknowledged, across relays", async () => {
  const a = new TimedHost(await commits(0, 30, seqOnA));
  await using b = new TimedHost(await commits(0, 33, seqOnB));
  await using run = new PipelineRun(a, { others: [b.url], rememberedRecords: 1000 });
  await until("all of the first host", () => run.sink.held.length === 30);
  for (let i = 0; i < 10; i++) run.sink.settle(0, "delivered");
  await until("a cursor", () => run.cursors.last === seqOnA(9));
  a.takeDown(0);
  await until("what only the second host has", () => run.sink.held.length === 23);
  assertEquals([run.cursors.last, run.cursors.hosts.at(-1)], [seqOnA(9), a.host]);
  run.sink.release("delivered");
  await until("the last cursor", () => run.cursors.last === seqOnB(32));
  assertEquals(run.cursors.hosts.at(-1), b.host);
});
