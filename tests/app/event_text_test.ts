import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { eventText, openFile, SharedTerminal } from "../../src/app/event_text.ts";
import { main } from "../../src/cli/main.ts";
import { FakeContext } from "../support/context.ts";
import { testNeeding } from "../support/needs.ts";
import { TestFolder } from "../support/folder.ts";
import { producerRecord } from "../support/records.ts";
import { eventsOfLines } from "../support/schemas.ts";
import { simulated } from "../support/simulated.ts";

/** What a hostile author may put into a post: CSI in C1, a title, DEL, a bidi override. */
const HOSTILE = "\u001b[2J\u009b31m\u007f\u202egnp.exe\u2066";
const RECORD = producerRecord(
  "did:plc:a",
  JSON.stringify({ specversion: "1.0", type: "T", source: "s", id: "1", data: { text: HOSTILE } }),
);
const COMMANDS = /(?!\n)\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u;

Deno.test("eventText() is pretty on a terminal and the very bytes elsewhere, unless told otherwise", () => {
  assertEquals(eventText(null, false, {}), null);
  assertEquals(eventText("json", false, {}), null);
  assertStringIncludes(eventText(null, true, {})?.(RECORD) ?? "", "\x1b[1mT\x1b[0m\n");
  for (const env of [{ NO_COLOR: "1" }, { TERM: "dumb" }]) {
    assertMatch(eventText(null, true, env)?.(RECORD) ?? "", /^no time {2}T\n {2}text {4}\\u001b/);
  }
  assertMatch(eventText("pretty", false, {})?.(RECORD) ?? "", /^no time {2}T\n {2}text {4}\\u001b/);
});

Deno.test("eventText() lets no event command a terminal, in either form", () => {
  const dumb = { TERM: "dumb" };
  for (const text of [eventText("pretty", true, dumb), eventText("json", true, {}), eventText("pretty", false, {})]) {
    const shown = text?.(RECORD) ?? "";
    assert(shown.includes("gnp.exe") && !COMMANDS.test(shown), JSON.stringify(shown));
  }
  const line = eventText("json", true, {})?.(RECORD) ?? "";
  assertEquals(JSON.parse(line).data.text, HOSTILE);
  assertEquals(line.split("\n").length, 2);
});

Deno.test("openFile() appends the very bytes to a file", async () => {
  await using folder = new TestFolder();
  const sink = await openFile(folder.file("events"), "json", {});
  sink.write(RECORD, { settle: () => {} });
  await sink.flush();
  await sink[Symbol.asyncDispose]();
  assertEquals(await Deno.readFile(folder.file("events")), new Uint8Array([...RECORD.value, 10]));
});

testNeeding(["python3"], {
  name: "openFile() lets no event command a terminal that a path names",
  async fn() {
    await using folder = new TestFolder();
    const [terminal, script] = [folder.file("terminal.py"), folder.file("write.ts")];
    await Deno.writeTextFile(terminal, "import pty, sys\nsys.exit(pty.spawn(sys.argv[1:]) >> 8)\n");
    await Deno.writeTextFile(
      script,
      `import { openFile } from "${new URL("../../src/app/event_text.ts", import.meta.url)}";
const value = new TextEncoder().encode(Deno.args[0]);
const sink = await openFile("/dev/tty", "json", {});
sink.write({ value, valueStart: 0, valueEnd: value.length }, { settle: () => {} });
await sink.flush();\n`,
    );
    const line = JSON.stringify({ text: HOSTILE });
    const { stdout } = await new Deno.Command("python3", {
      args: [terminal, Deno.execPath(), "run", "-q", "-A", "--no-check", "--no-config", script, line],
      stdin: "null",
    }).output();
    const shown = new TextDecoder().decode(stdout).trim();
    assert(!COMMANDS.test(shown), JSON.stringify(shown));
    assertEquals(JSON.parse(shown), { text: HOSTILE });
  },
});

Deno.test("SharedTerminal holds a line of the log until the events that are being written are", async () => {
  let written = "";
  const turns: PromiseWithResolvers<void>[] = [];
  const terminal = new SharedTerminal({
    writeErr: (text) => void (written += text),
    writeEvents: async (bytes) => {
      const turn = Promise.withResolvers<void>();
      turns.push(turn);
      await turn.promise;
      written += new TextDecoder().decode(bytes.subarray(0, 2));
      return Math.min(2, bytes.length);
    },
  });
  terminal.writeErr("before\n");
  const writing = terminal.writeEvents(new TextEncoder().encode("abc\n"));
  terminal.writeErr("log 1\n");
  turns[0]?.resolve();
  while (turns.length < 2) await Promise.resolve();
  terminal.writeErr("log 2\n");
  turns[1]?.resolve();
  assertEquals(await writing, 4);
  assertEquals(written, "before\nabc\nlog 1\nlog 2\n");
  const stuck = terminal.writeEvents(new TextEncoder().encode("x\n"));
  terminal.writeErr("stopped\n");
  terminal.release();
  assertEquals(written.endsWith("log 2\nstopped\n"), true);
  turns[2]?.resolve();
  await stuck;
});

Deno.test("stream --output - is pretty on a terminal, and JSON where that is asked for or another program reads", async () => {
  const both = { terminal: true, outTerminal: true };
  const neither = { terminal: false, outTerminal: false };
  for (
    const [terminals, env, flags, isJson] of [
      [both, { TERM: "dumb" }, [], false],
      [both, { TERM: "dumb" }, ["--format", "json"], true],
      [both, { TERM: "dumb", BLUESKY_FORMAT: "json" }, [], true],
      [neither, {}, [], true],
      [neither, { BLUESKY_FORMAT: "pretty" }, [], false],
    ] as const
  ) {
    await using server = await simulated(100);
    const context = new FakeContext(env, terminals);
    const argv = ["stream", "--firehose-url", server.url, "--output", "-", "--cursor", "oldest", "--max-events", "3"];
    assertEquals(await main([...argv, ...flags], context), "ok", context.err);
    if (isJson) assertEquals(eventsOfLines(context.events).length, 3);
    else assertEquals(context.events.match(/^\S+Z {2}Bluesky\.\S+ {2}create {2}did:\S+$/gm)?.length, 3, context.events);
  }
});

Deno.test("--format is refused with Kafka, where another option has the form; its variable is not", async () => {
  const kafka = ["stream", "--kafka-bootstrap-servers", "127.0.0.1:1"];
  const context = new FakeContext({ BLUESKY_FORMAT: "pretty" });
  assertEquals(await main([...kafka, "--format", "json"], context), "usage");
  assert(context.err.includes("Cannot use --format with Kafka"), context.err);
  const other = new FakeContext({ BLUESKY_FORMAT: "pretty" });
  assertEquals(await main(kafka, other), "usage");
  assertEquals(other.err.includes("FORMAT"), false, other.err);
});
