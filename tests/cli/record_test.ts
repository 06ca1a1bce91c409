import { assert, assertEquals } from "@std/assert";
import { readRecording, type RecordedMessage } from "../../src/upstream/recording.ts";
import { encodeErrorFrame } from "../../src/simulator/frames.ts";
import { RunningCommand } from "../support/running_command.ts";
import { FakeRelay, numbered } from "../support/relay.ts";
import { commits, TimedHost } from "../support/timed_host.ts";
import { until } from "../support/wait.ts";

async function readAll(path: string): Promise<RecordedMessage[]> {
  const messages: RecordedMessage[] = [];
  for await (const message of readRecording(path)) messages.push(message);
  return messages;
}

async function temporary(): Promise<string> {
  return `${await Deno.makeTempDir()}/frames.rec`;
}

function record(relay: FakeRelay, path: string, ...flags: string[]): RunningCommand {
  return new RunningCommand(["record", path, "--firehose-url", relay.url, ...flags]);
}

Deno.test("record writes every message as it came, with its time, and stops at --max-frames", async () => {
  const messages = [numbered(1), numbered(2), new Uint8Array([255]), numbered(2), numbered(3), numbered(4)];
  await using relay = new FakeRelay(() => (socket) => messages.forEach((bytes) => socket.send(bytes)));
  const path = await temporary();
  const before = Date.now();
  await using command = record(relay, path, "--max-frames", "5");
  assertEquals(await command.exit, "ok");
  const recorded = await readAll(path);
  assertEquals(recorded.map(({ bytes }) => bytes), messages.slice(0, 5) as Uint8Array[]);
  assert(recorded.every(({ atMs }) => atMs !== null && atMs >= before && atMs <= Date.now()));
  assert(command.stderr.includes(`Recorded 5 messages in ${path}`), command.stderr);
  assertEquals(relay.cursors, [null]);
});

Deno.test("record comes back to where it was when the server goes away, and says so", async () => {
  await using relay = new FakeRelay((_, number) => (socket) => {
    for (let i = 1; i <= 5; i++) socket.send(numbered(number * 10 + i));
    if (number === 1) socket.send(encodeErrorFrame("ConsumerTooSlow", "you") as Uint8Array<ArrayBuffer>);
    if (number === 2) socket.close(1011);
  });
  const path = await temporary();
  await using command = record(relay, path, "--cursor", "9");
  await until("the third connection", () => relay.dials.length === 3);
  await until("its messages", async () => (await readAll(path).catch(() => [])).length === 16);
  assertEquals(await command.stop(), "ok");
  assertEquals(relay.cursors, ["9", "15", "25"]);
  assert(command.stderr.includes("code 1011") && command.stderr.includes("ConsumerTooSlow"), command.stderr);
  assert(command.stderr.includes("Recorded 16 messages"), command.stderr);
});

Deno.test("record starts at the time that --cursor names, and knows no saved cursor to adopt", async () => {
  await using host = new TimedHost(await commits(0, 40, (i) => 9_000_000 + 5000 * i));
  const path = await temporary();
  await using command = record(host.relay, path, "--cursor", "2026-07-01T00:05:00Z");
  await until("the messages", () => host.relay.cursors.length > 2 && host.relay.sockets.size === 1);
  await until("its file", async () => (await readAll(path).catch(() => [])).length >= 10);
  assertEquals(await command.stop(), "ok", command.stderr);
  const count = (await readAll(path)).length;
  assert(count <= 16, `${count} messages`);
  await using adopting = record(host.relay, await temporary(), "--cursor", "adopt");
  assertEquals(await adopting.exit, "usage");
});

Deno.test("record leaves a whole file when it is stopped, though nothing came", async () => {
  await using relay = new FakeRelay(() => () => {});
  const path = await temporary();
  await using command = record(relay, path);
  await until("the connection", () => relay.sockets.size === 1);
  assertEquals([await command.stop(), await readAll(path)], ["ok", []]);
  assert(command.stderr.includes("Recorded 0 messages"), command.stderr);
});

Deno.test("record tells which file it cannot write, and why", async () => {
  await using relay = new FakeRelay(() => (socket) => socket.send(numbered(1)));
  const folder = await Deno.makeTempDir();
  for (
    const [path, exit] of [[folder, "failed"], [`${folder}/none/x.rec`, "failed"], [`${folder}/`, "usage"]] as const
  ) {
    await using command = record(relay, path);
    assertEquals(await command.exit, exit);
    assert(/^Error: Cannot (write|record to) "/.test(command.stderr), command.stderr);
    assert(command.stderr.includes(`"${path}": `), command.stderr);
  }
  assertEquals(relay.dials.length, 0);
});

Deno.test("record ends where there is no firehose, and keeps what it has", async () => {
  await using relay = new FakeRelay(() => new Response(null, { status: 501 }));
  const path = await temporary();
  await using command = record(relay, path);
  assertEquals(await command.exit, "failed");
  assert(command.stderr.includes("the server responded with 501"), command.stderr);
  assertEquals(await readAll(path), []);
});

Deno.test("record wants a file", async () => {
  await using command = new RunningCommand(["record"]);
  assertEquals(await command.exit, "usage");
  assert(command.stderr.includes("without FILE"), command.stderr);
});

Deno.test("record repeats no password of its URL that the server repeats", async () => {
  const said = `no hunter22, nor ${btoa("me:hunter22")}`;
  await using relay = new FakeRelay(() => (socket) => {
    socket.send(encodeErrorFrame("FutureCursor", said) as Uint8Array<ArrayBuffer>);
  });
  await using command = new RunningCommand([
    "record",
    await temporary(),
    "--firehose-url",
    relay.url.replace("://", "://me:hunter22@"),
  ]);
  await until("the error", () => command.stderr.includes("FutureCursor"));
  await command.stop();
  assert(command.stderr.includes("no ***, nor ***"), command.stderr);
});
