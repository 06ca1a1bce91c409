import { assert, assertEquals, assertMatch } from "@std/assert";
import { produce, type Resolved } from "../../src/cli/producer.ts";
import { resolveConfig } from "../../src/config/resolve.ts";
import { FakeContext } from "../support/context.ts";
import { TestFolder } from "../support/folder.ts";
import { simulated } from "../support/simulated.ts";
import { until } from "../support/wait.ts";

function resolved(flags: Record<string, string>): Resolved {
  const resolution = resolveConfig(flags, {});
  if (resolution.kind === "mistakes") throw new Error(resolution.mistakes.join("\n"));
  return resolution;
}

const ESCAPE = "\x1b";
const TERMINAL = { terminal: true, outTerminal: false };

Deno.test("produce() hands each delivered record on, and returns the figures", async () => {
  await using server = await simulated(100);
  const uris: string[] = [];
  const flags = { firehoseUrl: server.url, output: "-", cursor: "oldest", maxEvents: "20", collections: "*" };
  const metrics = await produce(resolved(flags), new FakeContext(), ({ uri }) => uris.push(uri));
  assertEquals([metrics.deliveredTotal, uris.length, metrics.dropped], [20, 20, 0]);
  assert(metrics.frames >= 10);
});

Deno.test("produce() draws the status on a terminal, plain where the terminal asks", async () => {
  for (
    const [env, drawn] of [
      [{ TERM: "xterm" }, new RegExp(`\r${ESCAPE}\\[K\\d+ events/s · cursor \\d+ · unacknowledged \\d`)],
      [{ TERM: "dumb" }, /\r\d+ events\/s \| cursor \d+ \| unacknowledged \d/],
      [{ NO_COLOR: "1" }, /\r\d+ events\/s \| cursor \d+ \| unacknowledged \d/],
    ] as const
  ) {
    await using folder = new TestFolder();
    await using server = await simulated(50);
    const context = new FakeContext(env, TERMINAL);
    const flags = { firehoseUrl: server.url, output: folder.file("o"), cursor: "oldest", cursorFile: folder.file("c") };
    const running = produce(resolved(flags), context);
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
  await produce(resolved(flags), context);
  assertEquals(context.events.split("\n").length, 4);
  assertEquals(context.err.includes("\r") || context.err.includes(ESCAPE), false);
});

Deno.test("produce() ends well when the reader of its output leaves, as head does", async () => {
  await using server = await simulated(50);
  const context = new FakeContext();
  context.writeEvents = () => Promise.reject(new Deno.errors.BrokenPipe("Broken pipe"));
  await produce(resolved({ firehoseUrl: server.url, output: "-", cursor: "oldest" }), context);
  assertEquals(context.logged("Stopped").length, 1);
  assertMatch(context.err, /The reader of the output has closed it/);
});

Deno.test("produce() keeps no cursor for lines, unless a file is named", async () => {
  await using folder = new TestFolder();
  await using server = await simulated(50);
  const context = new FakeContext();
  const flags = { firehoseUrl: server.url, output: folder.file("o"), cursor: "oldest", maxEvents: "3" };
  await produce(resolved(flags), context);
  assertEquals(context.logged("Started")[0]?.["cursorFile"], "none (--cursor-file keeps one)");
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["o"]);
});

Deno.test("produce() tells warnings in the log", async () => {
  await using server = await simulated(50);
  const context = new FakeContext();
  const flags = { firehoseUrl: server.url, output: "-", cursor: "oldest", maxEvents: "1" };
  await produce({ ...resolved(flags), warnings: ["Ignoring variable X"] }, context);
  assertEquals(context.logged("Ignoring variable X").map(({ level }) => level), ["warn"]);
});
