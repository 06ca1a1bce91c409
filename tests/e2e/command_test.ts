import { setTimeout as after } from "node:timers/promises";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { TestFolder } from "../support/folder.ts";
import { testNeeding } from "../support/needs.ts";
import { programCommand, RunningProgram, runProgram } from "../support/program.ts";
import { simulated } from "../support/simulated.ts";
import { until } from "../support/wait.ts";

/** Messages whose events are some times the 64 KiB of a pipe. */
const MORE_THAN_A_PIPE_HOLDS = 400;
/**
 * With a number of events to stop at each commit moves the cursor by itself, so that it comes with those before the first
 * event. Without one they share a ticket with others, all of whose events may be in a write that is more than the pipe
 * holds.
 */
const EACH_MOVES_THE_CURSOR = ["--cursor=oldest", "--max-events", "1000000"];

Deno.test("bluesky_firehose ends with the status of its outcome", async () => {
  const [none, help, version, errors] = await Promise.all([
    runProgram([]),
    runProgram(["stream", "--help"]),
    runProgram(["--version"]),
    runProgram(["stream", "--output=-", "--max-event", "1"], {
      SASL_PASSWORD: "canary-secret",
      BLUESKY_TOPIC: "canary",
    }),
  ]);
  assertEquals([none.code, help.code, version.code, errors.code], [1, 0, 0, 2]);
  assertMatch(none.stderr, /Usage: bluesky_firehose COMMAND/);
  assertEquals(none.stdout, "");
  assertMatch(help.stdout, /--connection-string STRING/);
  assertMatch(version.stdout, /^bluesky_firehose \d/);
  assertMatch(errors.stderr, /--max-event: it is an unknown flag, --max-events is the nearest/);
  assertMatch(errors.stderr, /Ignoring variable BLUESKY_TOPIC/);
  assertEquals(errors.stderr.includes("canary"), false);
});

Deno.test("bluesky_firehose drains on SIGTERM, saves the cursor, and ends with 0 and one line of summary", async () => {
  await using folder = new TestFolder();
  await using server = await simulated(200);
  const [output, cursorFile] = [folder.file("events"), folder.file("cursor")];
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    await using stream = new RunningProgram(
      ["stream", "--firehose-url", server.url, "--output", output, "--cursor-file", cursorFile, "--cursor", "oldest"],
    );
    await until("a cursor", () => exists(cursorFile) && stream.stderr.includes("Reading"));
    stream.kill(signal);
    const { code, stderr, stdout } = await stream.ended();
    assertEquals([code, stdout], [0, ""], stderr);
    const summaries = stderr.split("\n").filter((line) => line.includes('"Stopped"')).map((line) => JSON.parse(line));
    assertEquals(summaries.length, 1);
    assertEquals(summaries[0].cursor, JSON.parse(await Deno.readTextFile(cursorFile)).cursor);
    await Deno.remove(cursorFile);
  }
});

Deno.test("bluesky_firehose stops at once on a second signal, with 130, and by itself after the shutdown timeout", async () => {
  await using folder = new TestFolder();
  await using server = await simulated(MORE_THAN_A_PIPE_HOLDS);
  const args = ["stream", "--firehose-url", server.url, "--output=-", ...EACH_MOVES_THE_CURSOR];
  for (const [timeout, signals, wanted] of [["3600", 2, 130], ["0.2", 1, 4]] as const) {
    const cursorFile = folder.file(timeout);
    // Nobody reads: the pipe is full soon, and the rest cannot be delivered.
    await using stream = new RunningProgram(
      [...args, "--cursor-file", cursorFile, "--shutdown-timeout", timeout],
      {},
      "none",
    );
    await until(
      "more events than the pipe holds",
      () => exists(cursorFile) && server.released === MORE_THAN_A_PIPE_HOLDS,
    );
    stream.kill("SIGTERM");
    if (signals === 2) {
      await until("the firehose to be left", () => server.consumers === 0);
      stream.kill("SIGINT");
    }
    const { code, stderr } = await stream.ended();
    assertEquals(code, wanted, stderr);
    assertEquals(
      stderr.includes("Stopped before everything was delivered; the next start reads the rest again"),
      signals === 1,
      stderr,
    );
  }
});

Deno.test("bluesky_firehose takes a signal that a runner passes on for the one that came, and later ones for others", async () => {
  await using folder = new TestFolder();
  await using server = await simulated(MORE_THAN_A_PIPE_HOLDS);
  const args = ["stream", "--firehose-url", server.url, "--output=-", ...EACH_MOVES_THE_CURSOR];
  for (const [timeout, pauseMs, wanted] of [["0.5", 20, 4], ["3600", 1000, 130]] as const) {
    const cursorFile = folder.file(timeout);
    await using stream = new RunningProgram(
      [...args, "--cursor-file", cursorFile, "--shutdown-timeout", timeout],
      {},
      "none",
    );
    await until(
      "more events than the pipe holds",
      () => exists(cursorFile) && server.released === MORE_THAN_A_PIPE_HOLDS,
    );
    stream.kill("SIGINT");
    // What is to be a later signal comes when the first one has been seen.
    if (wanted !== 4) await until("the firehose to be left", () => server.consumers === 0);
    await after(pauseMs);
    stream.kill("SIGINT");
    const { code, stderr } = await stream.ended();
    assertEquals(code, wanted, stderr);
  }
});

Deno.test("bluesky_firehose ends with 0 when the reader of its pipe leaves", async () => {
  await using server = await simulated(MORE_THAN_A_PIPE_HOLDS);
  await using stream = new RunningProgram(
    ["stream", "--firehose-url", server.url, "--output=-", "--cursor=oldest"],
    {},
    "beginning",
  );
  const { code, stderr } = await stream.ended();
  assertEquals(code, 0, stderr);
  assertMatch(stderr, /The reader of the output has closed it/);
});

testNeeding(["python3"], {
  name: "bluesky_firehose shows a live line on a terminal, in plain ASCII where that asks for it",
  fn: async () => {
    await using folder = new TestFolder();
    await using server = await simulated(200);
    const script = folder.file("terminal.py");
    await Deno.writeTextFile(script, TERMINAL);
    for (const [term, drawn] of [["xterm", "· "], ["dumb", "| "]] as const) {
      const cursorFile = folder.file(term);
      const args = ["stream", "--firehose-url", server.url, "--output", folder.file("o"), "--cursor=oldest"]
        .concat(["--cursor-file", cursorFile, "--max-events", "60"]);
      const shown = await onTerminal(script, args, { TERM: term });
      assert(shown.includes(` delivered ${drawn}waiting `), shown);
      assertMatch(shown, /INFO {2}Started from=ws:[^\n]* cursor="oldest \(as chosen\)"/);
      assertMatch(shown, /INFO {2}Stopped delivered=60 /);
      assertEquals(shown.includes("\x1b[K"), term === "xterm", shown);
    }
  },
});

/** Runs a program on a terminal of its own and copies what it shows there. */
const TERMINAL = "import pty, sys\nsys.exit(pty.spawn(sys.argv[1:]) >> 8)\n";

/** What the program shows on a terminal. */
async function onTerminal(
  script: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<string> {
  const [program, ...programArgs] = programCommand(args);
  const { code, stdout, stderr } = await new Deno.Command("python3", {
    args: [script, program, ...programArgs],
    // The terminal asks for nothing but what the test says, whatever the one around the tests does.
    env: { NO_COLOR: "", ...env },
    stdin: "null",
  }).output();
  const shown = new TextDecoder().decode(stdout);
  assertEquals(code, 0, shown + new TextDecoder().decode(stderr));
  return shown;
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
