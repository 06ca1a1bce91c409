import { assert, assertEquals } from "@std/assert";
import { setTimeout as after } from "node:timers/promises";
import { encodeErrorFrame, encodeMessage } from "../../src/simulator/frames.ts";
import { tidOf } from "../../src/simulator/tid.ts";
import { commitMessage } from "../support/messages.ts";
import { FakeRelay } from "../support/relay.ts";
import { RunningCommand } from "../support/running_command.ts";
import { flags } from "../support/stream_files.ts";
import { TimedHost, type TimedMessage } from "../support/timed_host.ts";
import { until, untilAtLeast } from "../support/wait.ts";

const LIKE = "app.bsky.feed.like";
const SECOND = 1000;
const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;
const NOW = Date.now();

/** Event `i` of the network, one every ten seconds, the 200th of them now. */
async function event(i: number, seq: number, aheadMs = 0): Promise<TimedMessage> {
  const timeMs = NOW - (199 - i) * 10 * SECOND;
  const fields = { seq, rev: tidOf(timeMs, i), time: new Date(timeMs + aheadMs).toISOString() };
  return { seq, bytes: await commitMessage([{ path: `${LIKE}/e${i}`, record: { i } }], fields) };
}

/** Events from one up to, not including, another. */
function events(from: number, to: number, seqOf: (i: number) => number, aheadMs: (i: number) => number = () => 0) {
  return Promise.all(Array.from({ length: to - from }, (_, k) => event(from + k, seqOf(from + k), aheadMs(from + k))));
}

/** The numbers of the events among these, and the causes of gaps. */
function found(all: readonly { readonly type: string; readonly data: Readonly<Record<string, unknown>> }[]) {
  const names = all.filter(({ type }) => type !== "Bluesky.Stream.Gap").map(({ data }) => String(data["uri"]));
  const gaps = all.filter(({ type }) => type === "Bluesky.Stream.Gap").map(({ data }) => data);
  return { numbers: names.map((uri) => Number(/e(\d+)$/.exec(uri)?.[1])), gaps };
}

const ALL = Array.from({ length: 200 }, (_, i) => i);
const onA = (i: number) => 1000 + i;
const onB = (i: number) => 5_000_000 + 3 * i;

const LIES: Readonly<Record<string, { a?: (i: number) => number; b?: (i: number) => number }>> = {
  "the last message before a relay dies is dated a year ahead": { a: (i) => i === 99 ? YEAR : 0 },
  "the last message before a relay dies is dated five minutes ahead": { a: (i) => i === 99 ? 300 * SECOND : 0 },
  "the live message of the next relay is an hour old": { b: (i) => i === 199 ? -HOUR : 0 },
  "one message in four is dated 40 hours back": {
    a: (i) => i % 4 === 1 ? -40 * HOUR : 0,
    b: (i) => i % 4 === 3 ? -40 * HOUR : 0,
  },
  "all that the next relay says is an hour ahead": { b: () => HOUR },
  "all that the next relay says is of 1966": { b: () => -YEAR * 60 },
};

Deno.test("stream loses nothing at a change of relay, and tells of no gap, whatever messages say of their time", async (t) => {
  for (const [lie, { a: aheadOnA = () => 0, b: aheadOnB = () => 0 }] of Object.entries(LIES)) {
    await t.step(lie, async () => {
      await using a = new TimedHost([]);
      await using b = new TimedHost(await events(0, 200, onB, aheadOnB));
      const { args, events: came } = await flags(null, "--firehose-url", `${a.url},${b.url}`);
      await using command = new RunningCommand(args);
      await until("the connection", () => a.relay.sockets.size === 1);
      for (const message of await events(0, 100, onA, aheadOnA)) a.add(message);
      await until("what the first relay has", () => found(came()).numbers.length === 100);
      a.takeDown(600);
      await until("the last event", () => found(came()).numbers.at(-1) === 199);
      assertEquals(await command.stop(), "ok", command.stderr);
      const { numbers, gaps } = found(came());
      assertEquals([numbers, gaps], [ALL, []]);
    });
  }
});

Deno.test("stream tells of a gap at a reconnection where a relay ignores the cursor, however small the jump", async () => {
  for (const first of [51, 675]) {
    const before = await events(0, 50, (i) => i);
    const after = await events(60, 70, (i) => first + i - 60);
    await using relay = new FakeRelay((_, number) => (socket) => {
      for (const { bytes } of number === 1 ? before : after) socket.send(bytes as Uint8Array<ArrayBuffer>);
      if (number === 1) socket.close(1000);
    });
    const { args, events: came } = await flags(null, "--firehose-url", relay.url);
    await using command = new RunningCommand(args);
    await untilAtLeast("all events and the gap", 61, () => came().length);
    assertEquals(await command.stop(), "ok", command.stderr);
    const [gap, ...others] = found(came()).gaps;
    assertEquals(others, []);
    assertEquals([gap?.["cause"], gap?.["from_seq"], gap?.["to_seq"], gap?.["events_lost"]], [
      ...["window-exceeded", 49, first, first - 50],
    ]);
    assertEquals(came().findIndex(({ type }) => type === "Bluesky.Stream.Gap"), 50);
  }
});

Deno.test("stream takes a cursor in the future for that of a relay that counts anew: a gap, then live, with two dials", async () => {
  const [message] = await events(5, 6, () => 500);
  await using relay = new FakeRelay(({ url }) => (socket) => {
    if (url.searchParams.get("cursor") === null) return socket.send(message?.bytes as Uint8Array<ArrayBuffer>);
    socket.send(encodeErrorFrame("FutureCursor", "Cursor in the future.") as Uint8Array<ArrayBuffer>);
    socket.close(1008);
  });
  const { host } = new URL(relay.url);
  const { args, events: came } = await flags({ cursor: 31_527_020_000, host, time: null }, "--firehose-url", relay.url);
  await using command = new RunningCommand(args);
  await untilAtLeast("the gap and the event", 2, () => came().length);
  assertEquals(await command.stop(), "ok", command.stderr);
  const { numbers, gaps } = found(came());
  assertEquals([numbers, gaps.map((gap) => [gap["cause"], gap["from_seq"], gap["to_seq"]])], [
    ...[[5], [["sequence-reset", 31_527_020_000, 500]]],
  ]);
  assertEquals(relay.cursors, ["31527020000", null]);
  assertEquals(command.stderr.split("\n").filter((line) => line.includes("FutureCursor")).length, 1);
});

Deno.test("stream knows again after a restart what a relay repeats from before the cursor, and tells of no gap", async () => {
  const all = await events(0, 120, (i) => i + 1);
  let repeated = 0;
  await using relay = new FakeRelay(({ url }, number) => (socket) => {
    const cursor = Number(url.searchParams.get("cursor"));
    // From the second connection on, the relay begins too early.
    repeated = number === 1 ? 0 : 60;
    const upTo = number === 1 ? 100 : 120;
    for (const { seq, bytes } of all) {
      if (seq > cursor - repeated && seq <= upTo) socket.send(bytes as Uint8Array<ArrayBuffer>);
    }
  });
  const cursor = { cursor: 0, host: new URL(relay.url).host, time: null };
  const { args, events: came, cursor: kept } = await flags(cursor, "--firehose-url", relay.url);
  for (const count of [100, 120]) {
    await using command = new RunningCommand(args);
    await until("the cursor", () => kept().cursor === count);
    assertEquals(await command.stop(), "ok", command.stderr);
  }
  const { numbers, gaps } = found(came());
  assertEquals([numbers, gaps], [ALL.slice(0, 120), []]);
  assertEquals(repeated, 60);
});

Deno.test("stream judges the first message of a start by how the relay numbers, which the cursor knows, or what follows tells", async () => {
  const jumped = await events(0, 40, (i) => 103 + i);
  const sparse = await events(0, 40, (i) => 103 + 4 * i);
  for (
    const [messages, usualStep, gaps] of [[jumped, 1, 1], [jumped, 3, 0], [jumped, undefined, 1], [
      sparse,
      undefined,
      0,
    ]] as const
  ) {
    await using relay = new FakeRelay(() => (socket) => {
      for (const { bytes } of messages) socket.send(bytes as Uint8Array<ArrayBuffer>);
    });
    const { host } = new URL(relay.url);
    const { args, events: came, cursor } = await flags(
      { cursor: 100, host, time: null, usualStep },
      "--firehose-url",
      relay.url,
    );
    await using command = new RunningCommand(args);
    await until("the cursor", () => cursor().cursor === messages.at(-1)?.seq);
    assertEquals(await command.stop(), "ok", command.stderr);
    assertEquals(found(came()).numbers, ALL.slice(0, 40));
    assertEquals(found(came()).gaps.map((gap) => [gap["from_seq"], gap["to_seq"]]), Array(gaps).fill([100, 103]));
  }
});

Deno.test("stream misses nothing at a live start on a firehose that is quiet for several idle timeouts", async () => {
  await using relay = new FakeRelay(() => () => {});
  const { args, events: came } = await flags(null, "--firehose-url", relay.url, "--idle-timeout-secs", "1");
  await using command = new RunningCommand(args);
  await untilAtLeast("the third connection", 3, () => relay.dials.length);
  assert(relay.sockets.size >= 1);
  const send = async (i: number) => {
    const { bytes } = await event(i, 700 + i);
    for (const socket of relay.sockets) socket.send(bytes as Uint8Array<ArrayBuffer>);
  };
  await send(0);
  await until("the first event", () => came().length === 1);
  await send(1);
  await until("the second event", () => came().length === 2);
  assertEquals(await command.stop(), "ok", command.stderr);
  assertEquals(found(came()).numbers, [0, 1]);
  // All of them are live, and none waited longer than for the silence.
  assertEquals(new Set(relay.cursors), new Set([null]));
});

Deno.test("stream warns of no half window where one message in four is dated 40 hours back", async () => {
  const messages = (await events(0, 200, (i) => i, (i) => i % 4 === 0 ? -40 * HOUR : 0)).map(({ bytes }) => bytes);
  // Without a revision there is nothing but the other messages to tell that those are wrong.
  const bare = messages.map((_, i) => {
    const time = new Date(Date.now() - (i % 4 === 0 ? 40 * HOUR : 0)).toISOString();
    return encodeMessage("#identity", { seq: 1000 + i, did: `did:plc:${i}`, time });
  });
  await using relay = new FakeRelay(() => async (socket: WebSocket) => {
    for (const bytes of [...messages, ...bare]) {
      await after(5);
      socket.send(bytes as Uint8Array<ArrayBuffer>);
    }
  });
  const { args, cursor } = await flags({ cursor: 0, host: new URL(relay.url).host, time: null }, ...[
    "--firehose-url",
    relay.url,
    "--replay-window",
    "72",
  ]);
  await using command = new RunningCommand(args);
  await until("the cursor", () => cursor().cursor === 1199);
  assertEquals(await command.stop(), "ok", command.stderr);
  assert(!/Half of the replay window|The producer has caught up/.test(command.stderr), command.stderr);
  assert(Date.now() - Date.parse(cursor().time) < HOUR, cursor().time);
});
