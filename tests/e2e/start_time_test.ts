/**
 * `--cursor TIME` and `--cursor AGE`: the stream starts where the relay was at that time.
 */
import { assert, assertEquals } from "@std/assert";
import { readCommitted } from "../support/committed.ts";
import { createTopic, kafkaTest } from "../support/kafka.ts";
import { FakeRelay } from "../support/relay.ts";
import { RunningCommand } from "../support/running_command.ts";
import { flags } from "../support/stream_files.ts";
import { commit, commits, TimedHost, uris } from "../support/timed_host.ts";
import { until } from "../support/wait.ts";

const seqOf = (i: number) => 9_000_000 + 5000 * i;
/** The time of commit 30. */
const CHOSEN = "2026-07-01T00:05:00Z";

/** The records from one that is no later than commit 30, and at most a minute earlier, up to, not including, `end`. */
function assertStartsAtChosen(written: readonly unknown[], end: number): void {
  const first = end - written.length;
  assert(first >= 24 && first <= 30, `starts at commit ${first}`);
  assertEquals(written, uris(first, end));
}

Deno.test("stream starts at the time that --cursor names, whatever the saved cursor says, and saves its own", async () => {
  await using host = new TimedHost(await commits(0, 40, seqOf));
  const saved = { cursor: seqOf(38), host: host.host, time: "2026-07-01T00:06:20.000Z", epoch: 4 };
  const { args, events, cursor } = await flags(saved, "--firehose-url", host.url);
  {
    await using command = new RunningCommand([...args, "--cursor", CHOSEN]);
    await until("the last event", () => events().at(-1)?.data.uri === uris(39, 40)[0]);
    assertEquals(await command.stop(), "ok", command.stderr);
    assertStartsAtChosen(events().map(({ data }) => data.uri), 40);
    assert(command.stderr.includes("2026-07-01T00:05:00.000Z (as chosen)"), command.stderr);
  }
  const { cursor: seq, epoch } = cursor();
  assertEquals([seq, epoch], [seqOf(39), 5]);
  const before = events().length;
  await using again = new RunningCommand(args);
  await until("the saved cursor", () => host.relay.cursors.at(-1) === String(seqOf(39)));
  host.add(await commit(40, seqOf(39) + 1));
  await until("what is new", () => events().length === before + 1);
  assertEquals(await again.stop(), "ok", again.stderr);
});

Deno.test("stream starts as long ago as --cursor says", async () => {
  await using host = new TimedHost(await commits(0, 40, seqOf));
  const { args, events } = await flags(null, "--firehose-url", host.url);
  const secs = Math.ceil((Date.now() - Date.parse(CHOSEN)) / 1000);
  await using command = new RunningCommand([...args, "--cursor", `${secs}s`]);
  await until("the last event", () => events().at(-1)?.data.uri === uris(39, 40)[0]);
  assertEquals(await command.stop(), "ok", command.stderr);
  // The command starts some seconds later than the age was counted.
  const first = 40 - events().length;
  assert(first >= 23 && first <= 39, `starts at commit ${first}`);
  assertEquals(events().map(({ data }) => data.uri), uris(first, 40));
});

Deno.test("stream starts with the oldest message where the relay has nothing as old as --cursor, and writes the gap", async () => {
  await using host = new TimedHost(await commits(100, 110, (i) => i));
  const { args, events } = await flags(null, "--firehose-url", host.url, "--cursor", CHOSEN);
  await using command = new RunningCommand(args);
  await until("all events and the gap", () => events().length === 11);
  assertEquals(await command.stop(), "ok", command.stderr);
  const [gap, ...others] = events();
  const { cause, from_host, from_seq, from_time, to_seq } = gap?.data ?? {};
  assertEquals([gap?.type, cause], ["Bluesky.Stream.Gap", "window-exceeded"]);
  assertEquals([from_host, from_seq, from_time, to_seq], [host.host, 0, "2026-07-01T00:05:00.000Z", 100]);
  assertEquals(others.map(({ data }) => data.uri), uris(100, 110));
  assert(command.stderr.includes("outside of the relay's replay window"), command.stderr);
});

Deno.test("stream tells of no gap where the relay is younger than --cursor and has its first message", async () => {
  await using host = new TimedHost(await commits(100, 110, (i) => i - 99));
  const { args, events } = await flags(null, "--firehose-url", host.url, "--cursor", CHOSEN);
  await using command = new RunningCommand(args);
  await until("all events", () => events().length === 10);
  assertEquals(await command.stop(), "ok", command.stderr);
  assertEquals(events().map(({ data }) => data.uri), uris(100, 110));
});

Deno.test("stream finds the time of --cursor on the next relay where the first does not answer", async () => {
  await using none = new FakeRelay(() => new Response(null, { status: 501 }));
  await using host = new TimedHost(await commits(0, 40, seqOf));
  const { args, events } = await flags(null, "--firehose-url", `${none.url},${host.url}`, "--cursor", CHOSEN);
  await using command = new RunningCommand(args);
  await until("the last event", () => events().at(-1)?.data.uri === uris(39, 40)[0]);
  assertEquals(await command.stop(), "ok", command.stderr);
  assertStartsAtChosen(events().map(({ data }) => data.uri), 40);
});

kafkaTest(
  "stream starts at the time that --cursor names with exactly-once, though the group has a cursor",
  async (kafka) => {
    const { bootstrapServers, topic } = kafka;
    await createTopic(kafka, topic, 1);
    await using host = new TimedHost(await commits(0, 40, seqOf));
    const args = [
      ...[
        "stream",
        "--kafka-bootstrap-servers",
        bootstrapServers,
        "--kafka-topic",
        topic,
        "--delivery",
        "exactly-once",
      ],
      ...["--firehose-url", host.url],
    ];
    const written = async () =>
      (await readCommitted(bootstrapServers, topic)).map(({ value }) => JSON.parse(value).data.uri);
    {
      await using first = new RunningCommand([...args, "--cursor", "oldest"]);
      await until("all events", async () => (await written()).length === 40);
      assertEquals(await first.stop(), "ok", first.stderr);
    }
    {
      await using second = new RunningCommand([...args, "--cursor", CHOSEN]);
      await until("the last event again", async () => {
        const all = await written();
        return all.length > 40 && all.at(-1) === uris(39, 40)[0];
      });
      assertEquals(await second.stop(), "ok", second.stderr);
    }
    const before = await written();
    assertStartsAtChosen(before.slice(40), 40);
    await using third = new RunningCommand(args);
    await until("the group's cursor", () => host.relay.cursors.at(-1) === String(seqOf(39)));
    host.add(await commit(40, seqOf(39) + 1));
    await until("what is new", async () => (await written()).length === before.length + 1);
    assertEquals(await third.stop(), "ok", third.stderr);
  },
);
