import { assert, assertEquals } from "@std/assert";
import { encodeMessage } from "../../src/simulator/frames.ts";
import { readCommitted } from "../support/committed.ts";
import { createTopic, kafkaTest } from "../support/kafka.ts";
import { FakeRelay, numbered } from "../support/relay.ts";
import { RunningCommand } from "../support/running_command.ts";
import { commit, commits, idOf, TimedHost, uris } from "../support/timed_host.ts";
import { flags } from "../support/stream_files.ts";
import { until } from "../support/wait.ts";

const HOUR_MS = 3_600_000;

Deno.test("stream warns at start where half of the replay window is used up, and tells the time until loss", async () => {
  await using relay = new FakeRelay(() => (socket) => socket.send(numbered(11)));
  const time = new Date(Date.now() - 50 * HOUR_MS).toISOString();
  const { host } = new URL(relay.url);
  const { args } = await flags({ cursor: 10, host, time }, "--firehose-url", relay.url);
  await using command = new RunningCommand(args);
  await until("the warning", () => command.stderr.includes("Half of the replay window is used up"));
  const line = command.stderr.split("\n").find((each) => each.includes("Half of the replay")) ?? "";
  const { level, secondsUntilLoss } = JSON.parse(line);
  assertEquals(level, "warn");
  assert(secondsUntilLoss > 21.9 * 3600 && secondsUntilLoss <= 22 * 3600, String(secondsUntilLoss));
  assertEquals(await command.stop(), "ok");

  const calm = await flags({ cursor: 10, host, time }, "--firehose-url", relay.url, "--replay-window", "120");
  await using quiet = new RunningCommand(calm.args);
  await until("the connection", () => quiet.stderr.includes("Reading the firehose"));
  assertEquals(await quiet.stop(), "ok");
  assert(!quiet.stderr.includes("Half of the replay"), quiet.stderr);
});

Deno.test("stream warns where half of the replay window is used up while it runs", async () => {
  const time = new Date(Date.now() - 50 * HOUR_MS).toISOString();
  const message = encodeMessage("#identity", { seq: 1, did: "did:plc:x", time }) as Uint8Array<ArrayBuffer>;
  await using relay = new FakeRelay(() => (socket) => socket.send(message));
  const folder = await Deno.makeTempDir();
  await using command = new RunningCommand(["stream", "--firehose-url", relay.url, "--output", `${folder}/events`]);
  await until("the warning", () => command.stderr.includes("Half of the replay window is used up"));
  assertEquals(await command.stop(), "ok");
});

Deno.test("stream writes a Bluesky.Stream.Gap where the cursor kept is another host's", async () => {
  await using relay = new FakeRelay(() => (socket) => socket.send(numbered(11)));
  const cursor = { cursor: 900, host: "before.example", time: "2026-07-01T12:00:00.000Z" };
  const { args, events } = await flags(cursor, "--firehose-url", relay.url, "--max-events", "1");
  await using command = new RunningCommand(args);
  assertEquals(await command.exit, "ok", command.stderr);
  // Its times tell nothing, so it is read live; once to ask for them.
  assertEquals(relay.cursors, [null, null]);
  const { host } = new URL(relay.url);
  assertEquals(events().map(({ type, subject, data }) => [type, subject, data]), [[
    "Bluesky.Stream.Gap",
    host,
    {
      gap_id: `gap/before.example/900/${host}/11`,
      host,
      cause: "host-changed",
      from_host: "before.example",
      from_seq: 900,
      from_time: "2026-07-01T12:00:00.000Z",
      to_seq: 11,
      to_time: "t11",
      events_lost: null,
    },
  ]]);
});

Deno.test("stream goes on by the time of a cursor that is another host's, and misses nothing", async () => {
  const seqOf = (i: number) => 9_000_000 + 5000 * i;
  await using host = new TimedHost(await commits(0, 40, seqOf));
  const recent = Array.from({ length: 10 }, (_, k) => idOf(21 + k));
  const cursor = { cursor: 900, host: "before.example", time: "2026-07-01T00:05:00.000Z", recent };
  const { args, events } = await flags(cursor, "--firehose-url", host.url);
  await using command = new RunningCommand(args);
  await until("the last event", () => events().at(-1)?.data.uri === uris(39, 40)[0]);
  assertEquals(await command.stop(), "ok", command.stderr);
  // The time is that of commit 30; a minute before is commit 24, and no more than a minute more is read.
  const count = events().length;
  assert(count >= 16 && count <= 23, `${count} events`);
  assertEquals(events().map(({ data }) => data.uri), uris(40 - count, 40));
  assert(command.stderr.includes("Some events are delivered again"), command.stderr);
});

Deno.test("stream tells of a gap where nothing proves that another host's stream follows on the cursor", async () => {
  const time = "2026-07-01T00:05:00.000Z";
  for (const recent of [[], ["did:plc:b/3lzzzzzzzzz2a", "did:plc:c/3lzzzzzzzzz2a"]]) {
    await using host = new TimedHost(await commits(0, 40, (i) => 1000 + i));
    const { args, events } = await flags(
      { cursor: 900, host: "before.example", time, recent },
      "--firehose-url",
      host.url,
    );
    await using command = new RunningCommand(args);
    await until("all events and the gap", () => events().length >= 17);
    assertEquals(await command.stop(), "ok", command.stderr);
    const gaps = events().filter(({ type }) => type === "Bluesky.Stream.Gap");
    assertEquals(gaps.map(({ data }) => [data.cause, data.from_seq]), [["host-changed", 900]]);
    // What came last of all before is looked for until the stream is past it, and the cursor waits.
    assertEquals(events()[0]?.type === "Bluesky.Stream.Gap", recent.length === 0);
  }
});

Deno.test("stream reads all that a host has where that begins after the cursor of another host, and tells of the gap", async () => {
  await using host = new TimedHost(await commits(100, 110, (i) => i));
  const cursor = { cursor: 900, host: "before.example", time: "2026-07-01T00:05:00.000Z" };
  const { args, events } = await flags(cursor, "--firehose-url", host.url);
  await using command = new RunningCommand(args);
  await until("all events", () => events().length === 11);
  assertEquals(await command.stop(), "ok", command.stderr);
  const [gap, ...others] = events();
  assertEquals([gap?.type, gap?.data.from_seq, gap?.data.to_seq], ["Bluesky.Stream.Gap", 900, 100]);
  assertEquals(others.map(({ data }) => data.uri), uris(100, 110));
});

kafkaTest(
  "stream starts live with exactly-once where the cursor is another host's, as nothing may come twice",
  async (kafka) => {
    const { bootstrapServers, topic } = kafka;
    await createTopic(kafka, topic, 1);
    await using host = new TimedHost(await commits(0, 40, (i) => 1000 + i));
    const cursor = { cursor: 900, host: "before.example", time: "2026-07-01T00:05:00.000Z" };
    const { args: [command = "", , , ...args] } = await flags(cursor, "--firehose-url", host.url);
    const where = ["--kafka-bootstrap-servers", bootstrapServers, "--kafka-topic", topic];
    await using running = new RunningCommand([command, ...args, ...where, "--delivery", "exactly-once"]);
    await until("the live message", async () => (await readCommitted(bootstrapServers, topic)).length === 2);
    assertEquals(await running.stop(), "ok", running.stderr);
    assertEquals(host.relay.cursors, [null]);
    const events = (await readCommitted(bootstrapServers, topic)).map(({ value }) => JSON.parse(value));
    assertEquals(events.map(({ type, data }) => data.uri ?? type), ["Bluesky.Stream.Gap", ...uris(39, 40)]);
  },
);

Deno.test("stream goes on at the next URL of --firehose-url, keeps a cursor of each host, and starts again where it was", async () => {
  const seqOnA = (i: number) => 1000 + i;
  const seqOnB = (i: number) => 5_000_000 + 7 * i;
  await using a = new TimedHost(await commits(0, 30, seqOnA));
  await using b = new TimedHost(await commits(0, 33, seqOnB));
  const urls = ["--firehose-url", `${a.url},${b.url}`];
  const { args, events, cursor } = await flags({ cursor: seqOnA(-1), host: a.host, time: null }, ...urls);
  {
    await using command = new RunningCommand(args);
    await until(
      "all of the first host",
      () => command.stderr.includes("Reading the firehose") && events().length === 30,
    );
    await until("its cursor", () => cursor().cursor === seqOnA(29));
    a.takeDown(600);
    await until("what only the second host has", () => events().length === 33);
    assertEquals(await command.stop(), "ok", command.stderr);
    assert(command.stderr.includes('"message":"Switched to another relay'), command.stderr);
  }
  assertEquals(events().map(({ data }) => data.uri), uris(0, 33));
  const sources = new Set(events().map(({ source, data }) => `${source} ${Number(data.seq) > seqOnB(0)}`));
  assertEquals([...sources], [`${a.url} false`, `${b.url} true`]);
  const { hosts, savedAt, recent, ...last } = cursor();
  assert(Date.now() - Date.parse(savedAt) < 60_000, savedAt);
  assertEquals(recent.at(-1), idOf(32));
  assertEquals(last, { cursor: seqOnB(32), host: b.host, epoch: 1, time: "2026-07-01T00:05:20.000Z", usualStep: 7 });
  assertEquals(hosts, { [a.host]: { cursor: seqOnA(29), time: "2026-07-01T00:04:50.000Z" } });

  await using again = new RunningCommand(args);
  await until("the second host", () => b.relay.cursors.at(-1) === String(seqOnB(32)));
  b.add(await commit(33, seqOnB(33)));
  await until("one event more", () => events().length === 34);
  assertEquals(events().map(({ data }) => data.uri), uris(0, 34));
  for (const message of await commits(30, 36, seqOnA)) a.add(message);
  a.putUp();
  b.takeDown(600);
  await until("what only the first host has", () => events().at(-1)?.data.uri === uris(35, 36)[0]);
  assertEquals(await again.stop(), "ok", again.stderr);
  // Of the process before, the file alone knows how far the first host was read.
  assertEquals(a.relay.cursors.at(-1), String(seqOnA(29)));
  assertEquals(events().slice(34).map(({ data }) => data.uri), [...uris(30, 33), ...uris(34, 36)]);
});
