import { assert, assertEquals, assertMatch } from "@std/assert";
import { DEMO } from "../../src/cli/demo.ts";
import { main } from "../../src/cli/main.ts";
import { RECORD_TYPES } from "../../src/events/registry.ts";
import { FakeContext } from "../support/context.ts";
import { TestFolder } from "../support/folder.ts";
import { RunningProgram, runProgram } from "../support/program.ts";
import { eventsOfLines } from "../support/schemas.ts";
import { until, untilAtLeast } from "../support/wait.ts";
import { testNeeding } from "../support/needs.ts";

Deno.test("demo delivers its events to a file, shows counts and an example of each type if asked, and says what is next", async () => {
  // The firehose of the demo is its own, and what the environment says of one is not for it.
  const context = new FakeContext({ BLUESKY_FIREHOSE_URL: "ws://127.0.0.1:1/", BLUESKY_SAMPLE_RATE: "0" });
  assertEquals(
    await main(["demo", "--events", "400", "--rate", "100000", "--keep", "--verbose"], context),
    "ok",
    context.err,
  );
  const file = /^All events, one a line: (.+)$/m.exec(context.out)?.[1] ?? "";
  const lines = eventsOfLines(await Deno.readTextFile(file));
  assertEquals(lines.length, 400);
  const counts = [...context.out.matchAll(/^ +(\d+) {2}(Bluesky\.\S+)$/gm)].map(([, n, type]) => [type, Number(n)]);
  assertEquals(counts.reduce((sum, [, n]) => sum + Number(n), 0), 400);
  for (const [type, count] of counts) {
    assertEquals(lines.filter((event) => event.type === type).length, count);
    assertMatch(context.out, new RegExp(`^The first ${type}:\\n\\{\\n {2}"specversion": "1.0",\\n`, "m"));
  }
  assert(counts.length >= RECORD_TYPES.length - 1, context.out);
  assertMatch(context.out, /What to run next:\n {2}bluesky_firehose stream/);
  await Deno.remove(file.replace(/\/[^/]+$/, ""), { recursive: true });
});

Deno.test("demo says how far it is by lines where there is no terminal, and shows one example", async () => {
  const context = new FakeContext();
  assertEquals(await main(["demo", "--events", "60", "--rate", "100000"], context), "ok", context.err);
  const lines = context.err.trimEnd().split("\n");
  assertEquals([lines[0], lines.at(-1)], ["0 of 60 events delivered", "60 of 60 events delivered"]);
  assertEquals(lines.filter((line) => !/^\d+ of 60 events delivered$/.test(line)), []);
  assertEquals(context.out.match(/^The first Bluesky\.\S+:$/gm)?.length, 1, context.out);
  assertEquals(/one a line/.test(context.out), false);
});

Deno.test("demo redraws one line on a terminal, and what else is told stands above it", async () => {
  const context = new FakeContext({ BLUESKY_FIREHOZE: "" }, { terminal: true, outTerminal: true });
  assertEquals(await main(["demo", "--events", "60", "--rate", "100000"], context), "ok", context.err);
  assert(context.err.startsWith("\r\x1b[K0 of 60 events delivered"), JSON.stringify(context.err));
  assert(context.err.endsWith("\r\x1b[K60 of 60 events delivered\n"), JSON.stringify(context.err));
  assertEquals(context.err.split("\n").length, 2);
});

Deno.test("demo as a program leaves no folder behind, unless it is to be kept", async () => {
  for (const [flags, left] of [[[], 0], [["--keep"], 1]] as const) {
    await using folder = new TestFolder();
    const { code, stdout, stderr } = await runProgram(["demo", "--events", "5", ...flags], { TMPDIR: folder.path });
    assertEquals([code, stdout.split("\n")[0]], [0, "simulator -> producer -> file, 5 events"], stderr);
    assertEquals([...Deno.readDirSync(folder.path)].length, left);
    assertEquals(stdout.includes(`one a line: ${folder.path}`), left === 1);
  }
});

testNeeding(["long"], {
  name: "demo --watch runs until it is stopped, and prints the address of its page",
  fn: async () => {
    await using folder = new TestFolder();
    await using demo = new RunningProgram(["demo", "--watch", "--rate", "1000"], { TMPDIR: folder.path });
    await until("the address", () => /^The status page: http/m.test(demo.stdout));
    const url = /^The status page: (http:\/\/127\.0\.0\.1:\d+\/)$/m.exec(demo.stdout)?.[1] ?? "";
    const deliveredOf = async () => {
      const html = await (await fetch(url)).text();
      return Number(/Delivered events<\/dt><dd>([\d,]+)/.exec(html)?.[1]?.replaceAll(",", "") ?? 0);
    };
    await untilAtLeast("events past those of a demo that ends", 2500, deliveredOf);
    assertEquals(demo.code, null);
    for (const { name } of Deno.readDirSync(folder.path)) {
      assertEquals([...Deno.readDirSync(folder.file(name))].filter(({ name }) => name.endsWith(".ndjson")), []);
    }
    demo.kill("SIGINT");
    const { code, stdout, stderr } = await demo.ended();
    assertEquals([code, stdout.split("\n")[0]], [0, "simulator -> producer -> nowhere, until it is stopped"], stderr);
    assertMatch(stdout, /Delivered:\n +\d+ {2}Bluesky/);
    assertEquals([...Deno.readDirSync(folder.path)].length, 0);
  },
});

Deno.test("demo tells errors in its own flags and in those of Kafka, and starts nothing", async () => {
  for (
    const [argv, told] of [
      [["--events", "0"], '--events "0": it is below 1'],
      [["--watch", "--events", "5"], "Cannot use --watch with --events"],
      [["--kafka-bootstrap-servers", "h:1"], "no topic is named"],
      [["--output", "x"], "--output: it is a flag of stream, check, this command has none like it"],
    ] as const
  ) {
    const context = new FakeContext();
    assertEquals(await main(["demo", ...argv], context), "usage");
    assert(context.err.includes(told), context.err);
    assertEquals(context.out, "");
  }
});

Deno.test("DEMO delivers 2,000 events unless told otherwise", () => {
  assertEquals(DEMO.options["events"]?.default, "2000");
});
