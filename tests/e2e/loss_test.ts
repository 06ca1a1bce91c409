import { assert, assertEquals } from "@std/assert";
import { FakeRelay, numbered } from "../support/relay.ts";
import { RunningCommand } from "../support/running_command.ts";
import { until } from "../support/wait.ts";

const HOUR_MS = 3_600_000;

/** Flags of a stream into a file of a new folder, whose cursor file says this. */
async function flags(cursor: Readonly<Record<string, unknown>>, ...more: string[]) {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/cursor.json`, JSON.stringify(cursor));
  const events = `${folder}/events.ndjson`;
  return {
    events: () => Deno.readTextFileSync(events).split("\n").slice(0, -1).map((line) => JSON.parse(line)),
    args: ["stream", "--output", events, "--cursor-file", `${folder}/cursor.json`, ...more],
  };
}

Deno.test("stream warns at start where half of the replay window is used up, and tells the time until loss", async () => {
  await using relay = new FakeRelay(() => (socket) => socket.send(numbered(11)));
  const time = new Date(Date.now() - 50 * HOUR_MS).toISOString();
  const { host } = new URL(relay.url);
  const { args } = await flags({ cursor: 10, host, time }, "--firehose-url", relay.url);
  await using command = new RunningCommand(args);
  await until("the warning", () => command.stderr.includes("Half of what the firehose keeps is used up"));
  const line = command.stderr.split("\n").find((each) => each.includes("Half of what")) ?? "";
  const { level, secondsUntilLoss } = JSON.parse(line);
  assertEquals(level, "warn");
  assert(secondsUntilLoss > 21.9 * 3600 && secondsUntilLoss <= 22 * 3600, String(secondsUntilLoss));
  assertEquals(await command.stop(), "ok");

  const calm = await flags({ cursor: 10, host, time }, "--firehose-url", relay.url, "--replay-window", "120");
  await using quiet = new RunningCommand(calm.args);
  await until("the connection", () => quiet.stderr.includes("Reading the firehose"));
  assertEquals(await quiet.stop(), "ok");
  assert(!quiet.stderr.includes("Half of what"), quiet.stderr);
});

Deno.test("stream writes a Bluesky.Stream.Gap where the cursor kept is another host's", async () => {
  await using relay = new FakeRelay(() => (socket) => socket.send(numbered(11)));
  const cursor = { cursor: 900, host: "before.example", time: "2026-07-01T12:00:00.000Z" };
  const { args, events } = await flags(cursor, "--firehose-url", relay.url, "--max-events", "1");
  await using command = new RunningCommand(args);
  assertEquals(await command.exit, "ok", command.stderr);
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
