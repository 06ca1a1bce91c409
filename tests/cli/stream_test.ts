import { assert, assertEquals, assertMatch } from "@std/assert";
import { main } from "../../src/cli/main.ts";
import { OPTIONS } from "../../src/config/config.ts";
import { FakeContext } from "../support/context.ts";
import { TestFolder } from "../support/folder.ts";
import { eventsOfLines } from "../support/schemas.ts";
import { FIRST_SEQ, lastSeq, simulated } from "../support/simulated.ts";
import { until } from "../support/wait.ts";

Deno.test("stream writes --max-events events as lines of JSON on standard output, and then ends well", async () => {
  await using server = await simulated(200);
  const context = new FakeContext();
  const argv = ["stream", "--firehose-url", server.url, "--output", "-", "--max-events", "5", "--cursor", "oldest"];
  assertEquals(await main(argv, context), "ok", context.err);
  const events = eventsOfLines(context.events);
  assertEquals(events.length, 5);
  assertEquals(new Set(events.map(({ id }) => id)).size, 5);
  assertEquals(context.out, "");
  const [started] = context.logged("Started");
  assertEquals(
    [started?.["from"], started?.["to"], started?.["sampleRate"], started?.["cursor"]],
    [server.url, "standard output", 1, "oldest (as chosen)"],
  );
  assertEquals(started?.["collections"], OPTIONS.collections.default);
  assertEquals(context.logged("Stopped").map(({ delivered }) => delivered), [5]);
});

Deno.test("stream takes every option of the firehose, the events and the output from its variable", async () => {
  await using folder = new TestFolder();
  await using server = await simulated(200);
  const output = folder.file("events.ndjson");
  const context = new FakeContext({
    BLUESKY_FIREHOSE_URL: server.url,
    BLUESKY_COLLECTIONS: "app.bsky.feed.like",
    BLUESKY_CURSOR_FILE: folder.file("cursor"),
    BLUESKY_SAMPLE_RATE: "0.5",
    BLUESKY_CURSOR: "oldest",
    BLUESKY_OUTPUT: output,
    BLUESKY_MAX_EVENTS: "7",
    BLUESKY_IDLE_TIMEOUT_SECS: "30",
    BLUESKY_MAX_IN_FLIGHT_BYTES: "2000000",
    SHUTDOWN_TIMEOUT: "5",
    LOG_LEVEL: "debug",
    LOG_FORMAT: "text",
  });
  assertEquals(await main(["stream"], context), "ok", context.err);
  const events = eventsOfLines(await Deno.readTextFile(output));
  assertEquals(events.map(({ type }) => type), Array(7).fill("Bluesky.Feed.Like"));
  assertMatch(context.err, /\d\d:\d\d:\d\d DEBUG Connecting to the firehose/);
  assertMatch(context.err, /sampleRate=0.5/);
  const { cursor, host } = JSON.parse(await Deno.readTextFile(folder.file("cursor")));
  assertEquals(host, new URL(server.url).host);
  assert(cursor >= FIRST_SEQ && cursor <= (events.at(-1)?.data.seq ?? 0), `${cursor}`);
});

Deno.test("stream resumes at the cursor file, without a gap or a copy, and appends to the file", async () => {
  await using folder = new TestFolder();
  await using server = await simulated(300);
  const output = folder.file("events.ndjson");
  const cursorFile = folder.file("cursor");
  const argv = ["stream", "--firehose-url", server.url, "--output", output, "--cursor-file", cursorFile]
    .concat(["--collections", "*"]);
  const saved = () => Number(JSON.parse(Deno.readTextFileSync(cursorFile)).cursor);
  const whole = new FakeContext();
  // The same place each time: at some of the others numbers are missing, which a new start takes for a gap.
  assertEquals(await main([...argv, "--cursor", "oldest", "--max-events", "70"], whole), "ok", whole.err);
  const middle = saved();
  assert(middle > FIRST_SEQ);

  const second = new FakeContext();
  const running = main(argv, second);
  const end = await lastSeq(300);
  await until("the end", () => saved() >= end);
  second.stop();
  assertEquals(await running, "ok", second.err);
  assertMatch(
    String(second.logged("Started")[0]?.["cursor"]),
    new RegExp(`^${middle} \\(cursor in the file "[^"]+" at `),
  );
  const ids = eventsOfLines(await Deno.readTextFile(output)).map(({ id }) => id);
  assertEquals(new Set(ids).size, ids.length);

  const once = new FakeContext();
  const other = folder.file("once.ndjson");
  const again = main(
    ["stream", "--firehose-url", server.url, "--output", other, "--collections=*", "--cursor=oldest"],
    once,
  );
  await until("all events", () => eventsOfLines(readOr(other, "")).length >= ids.length);
  once.stop();
  await again;
  assertEquals(eventsOfLines(await Deno.readTextFile(other)).map(({ id }) => id), ids);
});

Deno.test("stream starts live and says so where the cursor file is another host's", async () => {
  await using folder = new TestFolder();
  await using server = await simulated(10);
  const cursorFile = folder.file("cursor");
  await Deno.writeTextFile(cursorFile, '{"cursor":5,"host":"bsky.network"}');
  const context = new FakeContext();
  const running = main(
    ["stream", "--firehose-url", server.url, "--output", folder.file("o"), "--cursor-file", cursorFile],
    context,
  );
  await until("the start", () => context.logged("Started").length === 1);
  context.stop();
  assertEquals(await running, "ok");
  assertMatch(
    context.err,
    /"level":"error","message":"The cursor 5 belongs to the relay bsky\.network, [^"]*with a gap","advice":"--cursor oldest/,
  );
});

Deno.test("stream fails at start where the cursor file cannot be read, parsed or written", async () => {
  await using folder = new TestFolder();
  await using server = await simulated(10);
  const damaged = folder.file("damaged");
  await Deno.writeTextFile(damaged, '{"cursor":');
  const below = folder.file("damaged/cursor");
  for (
    const [path, told, extra] of [
      [damaged, /Cannot parse the cursor file/, []],
      [folder.path, /Cannot write the cursor file .*it is a folder/, []],
      [folder.path, /Cannot write the cursor file .*it is a folder/, ["--cursor", "live"]],
      [below, /Cannot write the cursor file/, []],
    ] as const
  ) {
    const context = new FakeContext();
    const argv = ["stream", "--firehose-url", server.url, "--output", folder.file("o"), "--cursor-file", path];
    assertEquals(await main([...argv, ...extra], context), "failed", path);
    assertMatch(context.err, told);
    assertMatch(context.err, /--cursor/);
    assertEquals(server.connections, 0);
  }
  assertEquals(await Deno.readTextFile(damaged), '{"cursor":');
});

Deno.test("stream fails with the path where the output cannot be opened", async () => {
  await using folder = new TestFolder();
  const context = new FakeContext();
  const path = folder.file("no/such/file");
  assertEquals(await main(["stream", "--output", path], context), "failed");
  assertMatch(context.err, /^Error: Cannot open the output "[^"]*no\/such\/file"/);
});

Deno.test("stream shows no secret while it tells of a broker that it cannot reach, and a signal ends the attempt", async () => {
  const context = new FakeContext({ SASL_USERNAME: "user", SASL_PASSWORD: "canary-password" });
  await using folder = new TestFolder();
  const running = main(
    ["stream", "--kafka-bootstrap-servers", "127.0.0.1:1", "--kafka-topic", "t", "--kafka-tls", "false"]
      .concat(["--cursor-file", folder.file("cursor"), "--firehose-url", "ws://me:canary-url@127.0.0.1:1/"]),
    context,
  );
  await until(
    "an attempt",
    () => context.logged("Kafka is unreachable; events are buffered, nothing is lost").length > 0,
  );
  context.stop();
  assertEquals(await running, "ok", context.err);
  assertEquals(/canary/.test(context.err + context.out), false, context.err);
  assertMatch(context.err, /Sending credentials without encryption/);
  assertEquals(context.logged("Stopped").map(({ delivered }) => delivered), [0]);
});

function readOr(path: string, otherwise: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return otherwise;
  }
}
