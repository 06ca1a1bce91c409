import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { checkCursor } from "../../../src/cli/check/cursor.ts";
import { resolveConfig } from "../../../src/config/config.ts";
import { CursorFile } from "../../../src/cursor/file.ts";
import { encodeMessage } from "../../../src/simulator/frames.ts";
import { TestFolder } from "../../support/folder.ts";
import { ScriptedBroker } from "../../support/scripted_broker.ts";
import { FakeRelay, numbered } from "../../support/relay.ts";
import { commit, TimedHost } from "../../support/timed_host.ts";

const NEVER = new AbortController().signal;

function check(flags: Readonly<Record<string, string>>, liveSeq: number | null) {
  const resolution = resolveConfig({ output: "-", ...flags }, {});
  if (resolution.kind === "errors") throw new Error(resolution.errors.join());
  return checkCursor(resolution, { liveSeq, brokers: false }, NEVER);
}

Deno.test("checkCursor() tells where the stream starts, and how far that is from live", async () => {
  await using folder = new TestFolder();
  await using relay = new FakeRelay(({ url }) => (socket) => {
    const cursor = Number(url.searchParams.get("cursor"));
    if (cursor < 50) {
      socket.send(encodeMessage("#info", { name: "OutdatedCursor", message: "" }) as Uint8Array<ArrayBuffer>);
    }
    socket.send(numbered(Math.max(cursor + 1, 50)));
  });
  const { host } = new URL(relay.url);
  const cursorFile = folder.file("cursor");
  const base = { firehoseUrl: relay.url, cursorFile };
  const timed = '{"cursor":70,"host":"other.example","time":"2026-07-01T00:00:00.000Z"}';
  const once = { output: "kafka", kafkaBootstrapServers: "k:9092", kafkaTopic: "t", delivery: "exactly-once" };
  const cases: readonly (readonly [string | null, Readonly<Record<string, string>>, number | null, string, string])[] =
    [
      [null, {}, 100, "ok", "live (first start)"],
      [`{"cursor":70,"host":"${host}"}`, {}, 100, "ok", "30 sequence numbers behind live; the relay still has"],
      [`{"cursor":70,"host":"${host}"}`, { cursor: "oldest" }, 100, "ok", "oldest (as chosen)"],
      [`{"cursor":20,"host":"${host}"}`, {}, 100, "warning", "the relay has only events after 50"],
      [`{"cursor":170,"host":"${host}"}`, {}, 100, "warning", "ahead of live (100): stream writes a gap"],
      [`{"cursor":70,"host":"${host}"}`, {}, null, "skipped", "unknown without a relay"],
      ['{"cursor":70,"host":"other.example"}', {}, 100, "warning", "another relay's"],
      [timed, {}, 100, "warning", "shortly before 2026-07-01T00:00:00.000Z (the cursor is another relay's)"],
      [timed, once, 100, "skipped", "unknown without the brokers"],
      ['{"cursor":', {}, 100, "failed", "Cannot parse the cursor file"],
    ];
  for (const [text, flags, liveSeq, status, detail] of cases) {
    if (text !== null) await Deno.writeTextFile(cursorFile, text);
    const found = await check({ ...base, ...flags }, liveSeq);
    assertEquals(found.status, status, found.detail);
    assertStringIncludes(found.detail, detail);
    assertEquals(found.advice === null, status === "ok" || status === "skipped", found.detail);
  }
});

Deno.test("checkCursor() tells whether the firehose still has what came at the time that is chosen", async () => {
  await using folder = new TestFolder();
  const first = { seq: 50, bytes: (await commit(30, 50)).bytes };
  await using host = new TimedHost([first]);
  const base = { firehoseUrl: host.url, cursorFile: folder.file("cursor") };
  const late = await check({ ...base, cursor: "2026-07-01T00:06:00Z" }, 100);
  assertEquals([late.status, late.advice], ["ok", null]);
  assertStringIncludes(late.detail, "starts 2026-07-01T00:06:00.000Z (as chosen); the relay still has");
  const early = await check({ ...base, cursor: "2026-07-01" }, 100);
  assertEquals(early.status, "warning");
  assertStringIncludes(early.detail, "the relay has only events after 2026-07-01T00:05:00.000Z");
  const age = await check({ ...base, cursor: "1s" }, 100);
  assertEquals(age.status, "ok");
  await using silent = new FakeRelay(() => (socket) => socket.close(1000));
  const unknown = await check({ ...base, firehoseUrl: silent.url, cursor: "2h" }, null);
  assertEquals(unknown.status, "skipped");
});

Deno.test({
  name: "checkCursor() asks again while a new broker has no coordinator of groups yet",
  // KafkaJS leaves timers to end by themselves.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using folder = new TestFolder();
    await using broker = new ScriptedBroker("hub");
    broker.starting = 3;
    const kafka = { output: "kafka", kafkaBootstrapServers: broker.address, kafkaTopic: "hub" };
    const job = { delivery: "exactly-once", cursor: "live", cursorFile: folder.file("cursor") };
    const resolution = resolveConfig({ ...kafka, ...job }, {});
    if (resolution.kind === "errors") throw new Error(resolution.errors.join());
    const found = await checkCursor(resolution, { liveSeq: null, brokers: true }, NEVER);
    assertEquals(found.status, "ok", found.detail);
    assertStringIncludes(found.detail, "starts live (as chosen)");
    assertEquals(broker.starting < 0, true, "it was asked for a coordinator again");
  },
});

Deno.test("checkCursor() fails where the file cannot be kept", async () => {
  await using folder = new TestFolder();
  await Deno.writeTextFile(folder.file("file"), "");
  const found = await check({ cursorFile: folder.file("file/cursor"), cursor: "live" }, 1);
  assertEquals(found.status, "failed");
  assertStringIncludes(found.detail, "Cannot write the cursor file");
  assertStringIncludes(found.advice ?? "", "--cursor-file");
});

Deno.test("checkCursor() names the producer that uses the file, and tells that it does not last beside its distance", async () => {
  await using folder = new TestFolder();
  const cursorFile = folder.file("cursor");
  await Deno.writeTextFile(cursorFile, '{"cursor":170,"host":"h.example"}');
  const flags = { firehoseUrl: "wss://h.example", cursorFile, output: "kafka", kafkaBootstrapServers: "k:9092" };
  await using file = new CursorFile(cursorFile);
  await file.open({ pid: 7, host: "a-host", since: "2026-07-01T00:00:00.000Z" });
  const used = await check({ ...flags, kafkaTopic: "t" }, 100);
  assertEquals(used.status, "warning");
  for (
    const part of [
      `170 (cursor in the file "${cursorFile}"), which is ahead of live (100)`,
      "in use by pid 7 on a-host",
      cursorFile,
    ]
  ) {
    assertStringIncludes(used.detail, part);
  }
  // Tests have their folders in /tmp, or on the file system of a container.
  const lost = /it is (?:in \/tmp, which a reboot may empty|on the container's own file system)/;
  if (folder.path.startsWith("/tmp/")) assertMatch(used.detail, lost);
  assertStringIncludes(used.advice ?? "", "mistyped");
});

Deno.test("checkCursor() writes nothing, not even a folder", async () => {
  await using folder = new TestFolder();
  const found = await check({ cursorFile: folder.file("no/such/folder/cursor"), cursor: "live" }, 1);
  assertEquals([found.status, [...Deno.readDirSync(folder.path)]], ["ok", []]);
});
