import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { produce } from "../../src/app/produce.ts";
import { ListenError } from "../../src/telemetry/server.ts";
import { ADVICE } from "../../src/cli/advice.ts";
import { FakeContext } from "../support/context.ts";
import { TestFolder } from "../support/folder.ts";
import { resolved } from "../support/resolved.ts";
import { simulated } from "../support/simulated.ts";
import { until } from "../support/wait.ts";

const ESCAPE = "\x1b";
const TERMINAL = { terminal: true, outTerminal: false };

Deno.test("produce() hands each delivered record on, and returns the figures", async () => {
  await using server = await simulated(100);
  const uris: string[] = [];
  const flags = { firehoseUrl: server.url, output: "-", cursor: "oldest", maxEvents: "20", collections: "*" };
  const { metrics } = await produce(resolved(flags), new FakeContext(), ADVICE, ({ uri }) => uris.push(uri));
  assertEquals([metrics.delivered.total, uris.length, metrics.dropped.value], [20, 20, 0]);
  assert(metrics.frames.value >= 10);
});

Deno.test("produce() draws the status on a terminal, plain where the terminal asks", async () => {
  // The simulated firehose is months old.
  for (
    const [env, drawn] of [
      [
        { TERM: "xterm" },
        new RegExp(`\r${ESCAPE}\\[KBEHIND · \\d+ events/s · \\d+ delivered · waiting \\d+ events, \\d\\.\\d of 25 MB`),
      ],
      [{ TERM: "dumb" }, /\rBEHIND \| \d+ events\/s \| \d+ delivered \| waiting \d+ events/],
      [{ NO_COLOR: "1" }, /\rBEHIND \| \d+ events\/s \| \d+ delivered \| waiting \d+ events/],
    ] as const
  ) {
    await using folder = new TestFolder();
    await using server = await simulated(50);
    const context = new FakeContext(env, TERMINAL);
    const flags = { firehoseUrl: server.url, output: folder.file("o"), cursor: "oldest", cursorFile: folder.file("c") };
    const running = produce(resolved(flags), context, ADVICE);
    await until("the status", () => drawn.test(context.err));
    context.stop();
    await running;
    assertMatch(context.err, /\n\d\d:\d\d:\d\d INFO {2}Stopped delivered=\d+ [^\n]*\n$/);
    if (!("TERM" in env) || env.TERM === "dumb") assertMatch(context.err, /^[\x20-\x7e\r\n]*$/);
  }
});

Deno.test("produce() draws no status where the events are written to the same terminal", async () => {
  await using server = await simulated(50);
  const context = new FakeContext({}, { terminal: true, outTerminal: true });
  const flags = { firehoseUrl: server.url, output: "-", cursor: "oldest", maxEvents: "3" };
  await produce(resolved(flags), context, ADVICE);
  assertEquals(context.events.match(/Bluesky\.\w+\.\w+/g)?.length, 3);
  assertEquals(context.err.includes("\r") || context.err.includes(ESCAPE), false);
});

Deno.test("produce() ends well when the reader of its output leaves, as head does", async () => {
  await using server = await simulated(50);
  const context = new FakeContext();
  context.writeEvents = () => Promise.reject(new Deno.errors.BrokenPipe("Broken pipe"));
  await produce(resolved({ firehoseUrl: server.url, output: "-", cursor: "oldest" }), context, ADVICE);
  assertEquals(context.logged("Stopped").length, 1);
  assertMatch(context.err, /The reader of the output has closed it/);
});

Deno.test("produce() keeps no cursor for lines, unless a file is named", async () => {
  await using folder = new TestFolder();
  await using server = await simulated(50);
  const context = new FakeContext();
  const flags = { firehoseUrl: server.url, output: folder.file("o"), cursor: "oldest", maxEvents: "3" };
  await produce(resolved(flags), context, ADVICE);
  assertEquals(context.logged("Started")[0]?.["cursorFile"], "none (no cursor file is named)");
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["o"]);
});

/** Asks the metrics server of a producer. */
async function ask(context: FakeContext, path: string): Promise<{ readonly status: number; readonly text: string }> {
  const url = context.logged("Serving metrics")[0]?.["url"];
  if (url === undefined) return { status: 0, text: "" };
  const response = await fetch(new URL(path, String(url)));
  return { status: response.status, text: await response.text() };
}

const SERVED = { output: "-", cursor: "oldest", collections: "*", metricsPort: "0" };

Deno.test("produce() serves what it counts, and is ready while it reads", async () => {
  await using server = await simulated(200);
  const context = new FakeContext();
  const running = produce(resolved({ ...SERVED, firehoseUrl: server.url }), context, ADVICE);
  await until(
    "all frames",
    async () => /^bluesky_firehose_frames_total 200$/m.test((await ask(context, "/metrics")).text),
  );
  await until("a ready producer", async () => (await ask(context, "/readyz")).status === 200);
  // What waits is looked at with each arrival and each second.
  await until(
    "nothing that waits",
    async () => /^bluesky_firehose_unacknowledged_events 0$/m.test((await ask(context, "/metrics")).text),
  );
  const { text } = await ask(context, "/metrics");
  const delivered = context.events.trimEnd().split("\n").length;
  const counts = [...text.matchAll(/^bluesky_firehose_delivered_events_total\{[^}]*\} (\d+)$/gm)];
  assertEquals(counts.reduce((total, [, count]) => total + Number(count), 0), delivered);
  assertMatch(text, new RegExp(`^bluesky_firehose_operations_total\\{result="wanted"\\} ${delivered}$`, "m"));
  assertMatch(text, /^bluesky_firehose_connected\{end="sink"\} 1$/m);
  context.stop();
  await running;
  assertEquals(await ask(context, "/livez").then(() => "open", () => "closed"), "closed");
});

Deno.test("produce() is not ready while it drains", async () => {
  await using server = await simulated(200);
  const context = new FakeContext();
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const { writeEvents } = context;
  context.writeEvents = async (bytes) => {
    await held;
    return await writeEvents(bytes);
  };
  const running = produce(resolved({ ...SERVED, firehoseUrl: server.url }), context, ADVICE);
  await until(
    "an event that waits",
    async () => /^bluesky_firehose_unacknowledged_events [1-9]/m.test((await ask(context, "/metrics")).text),
  );
  context.stop();
  const { status, text } = await ask(context, "/readyz");
  assertEquals([status, JSON.parse(text).reason], [503, "draining"]);
  assertEquals((await ask(context, "/livez")).status, 200);
  release();
  await running;
});

Deno.test("produce() fails before it dials anything where the port of its metrics is taken", async () => {
  await using other = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => new Response());
  await using server = await simulated(10);
  const flags = { firehoseUrl: server.url, output: "-", metricsPort: String(other.addr.port) };
  await assertRejects(
    () => produce(resolved(flags), new FakeContext(), ADVICE),
    ListenError,
    `Cannot listen on 127.0.0.1:${other.addr.port}`,
  );
  assertEquals(server.connections, 0);
});

Deno.test("produce() tells warnings in the log", async () => {
  await using server = await simulated(50);
  const context = new FakeContext();
  const flags = { firehoseUrl: server.url, output: "-", cursor: "oldest", maxEvents: "1" };
  await produce({ ...resolved(flags), warnings: ["Ignoring variable X"] }, context, ADVICE);
  assertEquals(context.logged("Ignoring variable X").map(({ level }) => level), ["warn"]);
});
