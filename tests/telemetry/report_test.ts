import { assert, assertEquals } from "@std/assert";
import { noOperations } from "../../src/filter/drops.ts";
import { limitLog } from "../../src/telemetry/limit.ts";
import { createOutages, reportRun } from "../../src/telemetry/report.ts";
import { reportKafka, reportTransactions } from "../../src/telemetry/report_kafka.ts";
import { reject } from "../../src/atproto/rejected.ts";
import { newFigures } from "../support/figures.ts";
import { producerRecord } from "../support/records.ts";

function reports() {
  const lines: string[] = [];
  const { state, metrics, unready } = newFigures();
  const clock = { ms: 0 };
  const now = () => clock.ms;
  const log = (level: string, message: string, fields: object = {}) =>
    void lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  const base = { log, state, metrics, unready, now, ...limitLog(log, now) };
  const outages = createOutages(base);
  const advise = {
    relay: (kind: string) => `about ${kind}`,
    brokers: () => "check the brokers",
    error: () => "see the error",
    on: (code: string) => `about ${code}`,
  };
  const parts = { ...base, outages, advise };
  return {
    lines,
    state,
    metrics,
    clock,
    outages,
    parts,
    run: reportRun(parts),
    kafka: reportKafka(parts),
    transactions: reportTransactions(parts),
  };
}

const RECORD = producerRecord("", "");

const ENDED = { kind: "server_closed", reason: "closed", retryInMs: 1 } as const;
const DOWN = {
  kind: "connection",
  isUnanswered: true,
  reason: "down",
  server: "b:9092",
  codes: [],
  retryInMs: 1,
} as const;
const RETRY = { ...DOWN, topic: "events", partition: 0, records: 1, attempt: 1 };

Deno.test("reportRun() counts frames, outcomes and lag, and has a line for a loss alone", () => {
  const { lines, metrics, clock, run, state } = reports();
  clock.ms = 5;
  run.frame(100);
  run.frame(50);
  run.lag(250);
  const counts = noOperations();
  run.received({ seq: 12, counts });
  clock.ms = 6;
  run.received({ seq: null, counts });
  counts.operations = 9;
  counts.filtered.delete = 4;
  counts.sampledOut = 3;
  clock.ms = 5;
  run.settled(producerRecord("", "6 byte"), "delivered", 90);
  run.settled(RECORD, "dropped", 90);
  run.repeated({ seq: 1 });
  run.inFlight(7, 4, 1500);
  run.cursorSaved({ host: "h", seq: 9, time: null });
  const { frames, frameBytes, delivered, deliveredBytes, dropped, repeatedFrames, operations } = metrics;
  assertEquals([frames.value, frameBytes.value, delivered.total], [2, 150, 1]);
  assertEquals([deliveredBytes.value, dropped.value, repeatedFrames.value], [6, 1, 1]);
  const results = [...operations.samples()].filter(({ value }) => value > 0);
  assertEquals(results.map(({ labels, value }) => [...Object.values(labels), value]), [
    ["wanted", 2],
    ["filtered", "delete", 4],
    ["sampled_out", 3],
  ]);
  assertEquals([state.lagMs, state.receivedMs, state.lastSeq, state.cursor, state.cursorMs], [250, 5, 12, 9, 5]);
  assertEquals([state.inFlightBytes, state.inFlightEvents], [7, 4]);
  // What is left out was not acknowledged.
  assertEquals([state.deliveryLagMs, metrics.deliverySeconds.sum], [1500, 0.09]);
  // Nor is what is left out lost in silence.
  assertEquals(lines, [
    'error An event exceeds the size limit of the broker and was dropped {"uri":"at:///app.bsky.feed.like/","bytes":0}',
  ]);
});

Deno.test("reportRun() notes for how long nothing is settled though something waits", () => {
  const { state, clock, run } = reports();
  const at = (ms: number, events: number) => {
    clock.ms = ms;
    run.inFlight(1, events, 0);
    return state.unacknowledgedMs;
  };
  assertEquals([at(1, 0), at(2, 5), at(3, 5)], [0, 0, 1]);
  run.settled(RECORD, "delivered", 400);
  assertEquals([at(4, 4), at(5, 9), at(6, 0)], [0, 1, 0]);
});

Deno.test("reportRun() says whether the firehose is connected, and counts why it was left", () => {
  const { state, metrics, run } = reports();
  const ends = () => [state.upstreamConnected, state.paused];
  run.connected({ cursor: null });
  assertEquals(ends(), [true, false]);
  run.paused({ after: 1, isConnected: true });
  assertEquals(ends(), [true, true]);
  run.resumed();
  assertEquals(ends(), [true, false]);
  run.paused({ after: 1, isConnected: false });
  assertEquals(ends(), [false, true]);
  run.connecting({ url: "ws://x", cursor: 1, attempt: 1 });
  assertEquals(ends(), [false, false]);
  run.connected({ cursor: 1 });
  run.disconnected(ENDED);
  assertEquals(ends(), [false, false]);
  assertEquals([...metrics.reconnects.entries()].filter(([, count]) => count > 0), [
    ["server_closed", 1],
    ["backpressure", 1],
  ]);
});

Deno.test("reportRun() counts dead letters by reason, and says error where one is lost", () => {
  const { lines, metrics, run } = reports();
  run.deadLetterSettled("block-missing", "delivered");
  run.deadLetterSettled("event-too-large", "delivered");
  assertEquals([lines, metrics.deadLetters.total], [[], 2]);
  run.deadLetterSettled("frame-too-large", "dropped");
  assertEquals([metrics.deadLetters.total, metrics.deadLettersLost.value], [2, 1]);
  assert(lines[0]?.startsWith("error ") && lines[0].includes("frame-too-large"), lines[0]);
});

Deno.test("reportRun() warns of one rejected record of a reason in ten seconds, and counts all", () => {
  const { lines, metrics, clock, run } = reports();
  const rejected = reject("block-missing", "bafy", { seq: 5, did: "did:plc:a", path: "app.bsky.feed.like/x" });
  for (const ms of [0, 1, 9_999, 10_000]) {
    clock.ms = ms;
    run.rejected(rejected);
  }
  assertEquals(metrics.rejected.get("block-missing"), 4);
  assertEquals(lines.map((line) => line.split(" ")[0]), ["warn", "debug", "debug", "warn"]);
  assert(lines[0]?.includes('"uri":"at://did:plc:a/app.bsky.feed.like/x"'), lines[0]);
  assert(lines[3]?.includes('"leftOut":2'), lines[3]);
});

Deno.test("reportRun() logs a storm of any kind at a bounded rate", () => {
  const { lines, clock, run } = reports();
  const storms: readonly (() => void)[] = [
    () => run.connected({ cursor: 1 }),
    () => run.paused({ after: 1, isConnected: true }),
    () => run.paused({ after: 1, isConnected: false }),
    () => run.info({ name: "Note", message: "" }),
    () => run.settled(RECORD, "dropped", 1),
  ];
  for (const storm of storms) {
    lines.length = 0;
    for (let i = 0; i < 1000; i++) storm();
    const loud = lines.filter((line) => !line.startsWith("debug ")).length;
    assert(loud >= 1 && loud <= 5, `${loud}: ${lines[0]}`);
    clock.ms += 10_000;
    storm();
    assert(lines.at(-1)?.includes(`"leftOut":${1000 - loud}`), lines.at(-1));
  }
});

Deno.test("reportKafka() measures each acknowledged batch, and knows the partitions that fail", () => {
  const { metrics, clock, kafka, state } = reports();
  kafka.sending({ topic: "events", partition: 0, records: 3 });
  kafka.sending({ topic: "events", partition: 1, records: 700 });
  clock.ms = 40;
  kafka.acknowledged({ topic: "events", partition: 0, records: 3 });
  kafka.retrying({ ...RETRY, partition: 1 });
  assertEquals([...state.failing], [["events/1", "connection"]]);
  kafka.sending({ topic: "events", partition: 1, records: 700 });
  clock.ms = 60_040;
  kafka.acknowledged({ topic: "events", partition: 1, records: 700 });
  assertEquals(state.failing.size, 0);
  const { produceSeconds, batchRecords } = metrics;
  assertEquals([produceSeconds.sum, batchRecords.sum], [60.04, 703]);
  const buckets = Object.fromEntries(produceSeconds.samples().map(({ labels, value }) => [labels.le, value]));
  assertEquals([buckets["0.025"], buckets["0.05"], buckets["30"], buckets["+Inf"]], [0, 1, 1, 2]);
});

Deno.test("reportKafka() warns once that brokers give no producer ID, and of partitions that began with another one", () => {
  const { lines, kafka } = reports();
  for (let i = 0; i < 3; i++) kafka.idempotenceRefused({ reason: "not permitted" });
  for (let i = 0; i < 20; i++) kafka.sequencesLost({ topic: "events", partition: i, reason: "out of order" });
  assert(
    lines[0]?.startsWith("warn The brokers assign no producer ID") && lines[0].includes("IDEMPOTENCE_REFUSED"),
    lines[0],
  );
  assert(lines[1]?.includes("A broker lost the producer state of a partition") && lines[1].includes('"partition":0'));
  assertEquals(lines.filter((line) => line.startsWith("warn ")).length, 6);
});

Deno.test("reportKafka() warns once of a topic that is compacted, and of nothing where that is not shown", () => {
  const { lines, kafka } = reports();
  const harmful = { topic: "t", compaction: "harmful" } as const;
  kafka.policyFound({ ...harmful, policy: "delete", compacts: false });
  assertEquals(lines, []);
  kafka.policyFound({ ...harmful, policy: null, compacts: false });
  assertEquals(lines.map((line) => line.split(" ")[0]), ["debug"]);
  for (let i = 0; i < 3; i++) kafka.policyFound({ ...harmful, policy: "compact,delete", compacts: true });
  assertEquals(lines.map((line) => line.split(" ")[0]), ["debug", "warn"]);
  assert(lines[1]?.includes("only the last event of each key") && lines[1].includes("about TOPIC_COMPACTED"));
});

Deno.test("reportRun() and reportKafka() say error for a loss alone", () => {
  const { lines, metrics, run, kafka } = reports();
  run.disconnected(ENDED);
  run.paused({ after: 1, isConnected: true });
  run.paused({ after: 1, isConnected: false });
  const from = { host: "h", seq: 1, time: null };
  const to = { host: "h", seq: 9, time: "t" };
  run.gap({ cause: "sequence-reset", from: to, to: from, missing: null });
  kafka.waiting(DOWN);
  kafka.retrying(RETRY);
  run.undelivered({ frames: 1, bytes: 1, resumes: true });
  assertEquals(lines.filter((line) => !line.startsWith("warn ") && !line.startsWith("debug ")), []);
  assertEquals([metrics.reconnects.total, metrics.retries.total], [2, 2]);
  lines.length = 0;
  run.gap({ cause: "window-exceeded", from, to, missing: 7 });
  run.gap({ cause: "host-changed", from, to: { ...to, host: "other" }, missing: null });
  run.undelivered({ frames: 1, bytes: 1, resumes: false });
  run.settled(producerRecord("did:plc:a", "c"), "dropped", 1);
  assertEquals(lines.every((line) => line.startsWith("error ")), true);
  assert(lines[3]?.includes("at://did:plc:a/app.bsky.feed.like/c"));
  assertEquals(
    lines[0],
    "error The cursor is outside of the relay's replay window; the events between are lost " +
      '{"after":1,"afterTime":null,"first":9,"firstTime":"t","atMost":7,"host":"h","hostBefore":null}',
  );
  assertEquals([metrics.gaps.total, metrics.missingFrames.value], [3, 7]);
});

Deno.test("reportTransactions() says who owns the cursor, and what becomes of that", () => {
  const { lines, transactions: kafka } = reports();
  kafka.watching({ owner: "b" });
  kafka.takenBack({ owner: "b", moved: true });
  kafka.takenBack({ owner: "b", moved: false });
  kafka.timeoutRefused({ refusedMs: 30_000, timeoutMs: 15_000 });
  assertEquals(lines, [
    'warn Another instance owns the cursor: this one ends if the owner sends a heartbeat, else it continues {"owner":"b"}',
    "warn The owner of the cursor sends no heartbeat; this instance takes the job back " +
    '{"owner":"b","from":"the cursor of that instance"}',
    "warn The owner of the cursor sends no heartbeat; this instance takes the job back " +
    '{"owner":"b","from":"its own cursor"}',
    'info The brokers permit shorter transactions only {"refusedMs":30000,"timeoutMs":15000}',
  ]);
});

Deno.test("reportTransactions() warns of a transaction that begins anew, and counts it", () => {
  const { lines, metrics, transactions: kafka, state } = reports();
  kafka.standingBy({ active: "a" });
  assertEquals(state.standingBy, true);
  kafka.claimed({ before: "a", cursor: 7 });
  assertEquals(state.standingBy, false);
  kafka.restarting({ ...DOWN, records: 1, attempt: 1 });
  assertEquals([...state.failing.values()], ["connection"]);
  kafka.committedAgain({ attempts: 2 });
  assertEquals(state.failing.size, 0);
  assertEquals(lines.map((line) => line.split(" ")[0]), ["info", "info", "debug", "warn", "info"]);
  assertEquals(metrics.retries.total, 1);
  assert(lines[1]?.includes('"before":"a","cursor":7'), lines[1]);
});

Deno.test("reportKafka() logs an outage of twelve partitions as one, says what helps, and that it is over when all take batches", () => {
  const { lines, clock, outages, kafka, state } = reports();
  state.inFlightEvents = 12_034;
  for (let partition = 0; partition < 12; partition++) kafka.retrying({ ...RETRY, partition });
  assertEquals(state.kafkaOutage, { isUnreachable: true, seconds: 0 });
  clock.ms = 40_000;
  outages.kafka.check();
  assertEquals(state.kafkaOutage, { isUnreachable: true, seconds: 40 });
  for (let partition = 0; partition < 12; partition++) kafka.acknowledged({ topic: "events", partition, records: 1 });
  assertEquals(state.kafkaOutage, null);
  assertEquals(lines.filter((line) => !line.startsWith("debug ")), [
    'warn Kafka is unreachable; events are buffered, nothing is lost {"server":"b:9092","reason":"down",' +
    '"partitions":1,"events":12034,"bytes":0,"lossInSeconds":null,"retryInMs":1,"advice":"check the brokers"}',
    'info Kafka accepts events again; nothing was lost {"server":"b:9092","seconds":40,"partitions":null,' +
    '"events":12034,"bytes":0,"lossInSeconds":null}',
  ]);
});

Deno.test("reportKafka() says unreachable only of brokers that do not answer", () => {
  for (const kind of ["leadership", "topic", "replicas", "throttled", "other"] as const) {
    const { lines, kafka } = reports();
    kafka.waiting({ ...DOWN, kind, isUnanswered: false });
    assert(lines.some((line) => line.startsWith("warn Kafka refuses events")), kind);
  }
});

Deno.test("reportKafka() tells the partitions of two topics apart", () => {
  const { state, kafka } = reports();
  kafka.retrying(RETRY);
  kafka.acknowledged({ topic: "letters", partition: RETRY.partition, records: 1 });
  assertEquals([state.failing.size, state.kafkaOutage?.isUnreachable], [1, true]);
});

Deno.test("reportRun() logs an outage of the relay as one, with what helps where it was never read", () => {
  const { lines, run, state } = reports();
  run.connecting({ url: "wss://relay.example/xrpc", cursor: 1, attempt: 1 });
  run.disconnected({ ...ENDED, kind: "refused" });
  run.disconnected({ ...ENDED, kind: "refused" });
  assertEquals(state.relayOutage, { isUnreachable: false, seconds: 0 });
  run.connected({ cursor: 1 });
  assertEquals(state.relayOutage, null);
  run.disconnected(ENDED);
  const loud = lines.filter((line) => !line.startsWith("debug "));
  assertEquals(loud.map((line) => line.split(/[;{]/)[0]?.trim()), [
    "warn The relay refuses the connection",
    "info Connected to the relay again",
    "warn The relay cannot be read",
  ]);
  assert(loud[0]?.includes('"server":"relay.example"') && loud[0].includes('"advice":"about refused"'), loud[0]);
  assert(loud[2]?.includes('"advice":null'), loud[2]);
});

Deno.test("reportRun() logs a full disk as one outage, as an error, and that the cursor is saved again", () => {
  const { lines, metrics, clock, outages, run, state } = reports();
  for (let second = 0; second < 70; second++) {
    clock.ms = second * 1000;
    run.cursorFailed(new Error('Cannot write the cursor file "c": no space left'));
    outages.cursor.check();
  }
  assertEquals(state.cursorOutage, { isUnreachable: true, seconds: 69 });
  run.cursorSaved({ host: "h", seq: 9, time: null });
  assertEquals([state.cursorOutage, metrics.cursorFailures.value], [null, 70]);
  assertEquals(lines.map((line) => line.split(/[;{]/)[0]?.trim()), [
    "error The cursor cannot be saved",
    "error The cursor still cannot be saved",
    "info The cursor is saved again",
  ]);
  assert(lines[0]?.includes("no space left") && lines[0].includes("see the error"), lines[0]);
});

Deno.test("reportKafka() names a topic that is gone once a minute", () => {
  const { lines, clock, kafka } = reports();
  for (let second = 0; second < 120; second++) {
    clock.ms = second * 1000;
    kafka.topicMissing({ topic: "bluesky" });
  }
  const loud = lines.filter((line) => !line.startsWith("debug "));
  assertEquals(loud.length, 2);
  assert(loud[0]?.startsWith("warn The topic does not exist any more") && loud[0].includes('"bluesky"'), loud[0]);
});
