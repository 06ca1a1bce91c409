import { assert, assertEquals, assertMatch } from "@std/assert";
import { commandHelp } from "../../src/cli/help.ts";
import { COMMANDS, main } from "../../src/cli/main.ts";
import { OPTIONS } from "../../src/config/options.ts";
import { FakeContext } from "../support/context.ts";

Deno.test("main() prints the help on standard error and fails when there is no command", async () => {
  const context = new FakeContext();
  assertEquals(await main([], context), "failed");
  assertMatch(context.err, /^bluesky_firehose: [^]*Usage: [^]*--kafka-bootstrap-servers/);
  assertEquals(context.out, "");
});

Deno.test("main() prints the help of the program, and of each command, on standard output", async () => {
  for (const argv of [["--help"], ["-h"], ["help"]]) {
    const context = new FakeContext();
    assertEquals(await main(argv, context), "ok");
    for (const { name } of COMMANDS) assert(context.out.includes(`\n  ${name}`), name);
    assertEquals(context.err, "");
  }
  for (const command of COMMANDS) {
    for (const argv of [[command.name, "--help"], [command.name, "-h"], ["help", command.name]]) {
      const context = new FakeContext();
      assertEquals(await main(argv, context), "ok");
      assertEquals(context.out, commandHelp(command));
    }
  }
});

Deno.test("main() prints the version, alone and after a command", async () => {
  for (const argv of [["--version"], ["stream", "--version"], ["demo", "--version"]]) {
    const context = new FakeContext();
    assertEquals(await main(argv, context), "ok");
    assertMatch(context.out, /^bluesky_firehose \d+\.\d+\.\d+\n$/);
  }
});

Deno.test("main() tells a flag of another command from one that is unknown, and what it is called here", async () => {
  const told = async (...argv: string[]) => {
    const context = new FakeContext();
    assertEquals(await main(argv, context), "usage");
    return context.err.split("\n")[0];
  };
  assertEquals(
    await told("consume", "--max-events", "3"),
    "Error: Cannot use --max-events: it is a flag of stream, check, --count does that here",
  );
  assertEquals(
    await told("simulate", "--max-frames=3"),
    `Error: Cannot use --max-frames: it is a flag of record, --frames does that here`,
  );
  assertEquals(
    await told("health", "--from", "0"),
    "Error: Cannot use --from: it is a flag of consume, this command has none like it",
  );
});

Deno.test("each flag that an option says is another command's is one", () => {
  const flags = COMMANDS.flatMap(({ options }) => Object.values(options).map(({ flag }) => flag));
  let checked = 0;
  for (const { options } of COMMANDS) {
    for (const { flag, elsewhere = [] } of Object.values(options)) {
      for (const other of elsewhere) assertEquals([flags.includes(other), other === flag], [true, false], other);
      checked += elsewhere.length;
    }
  }
  assert(checked > 8, `${checked}`);
});

Deno.test("main() names the nearest command when one is unknown, and repeats no flag that stands before it", async () => {
  for (
    const [argv, told] of [
      [["steam"], 'Error: Cannot run "steam": it is an unknown command, "stream" is the nearest known one\n'],
      [
        ["--sasl-password=canary", "stream"],
        "Error: Cannot use a flag before the command: " +
        `one of ${COMMANDS.map(({ name }) => name).join(", ")} is wanted first\n`,
      ],
    ] as const
  ) {
    const context = new FakeContext();
    assertEquals(await main(argv, context), "usage");
    assertEquals(context.err, told);
  }
});

Deno.test("main() tells every mistake of flags, values and settings at once, and dials nothing", async () => {
  const context = new FakeContext({ BLUESKY_CURSER: "1", SAMPLE_RATE: "0.1", BLUESKY_SAMPLE_RATE: "0.2" });
  const argv = ["stream", "--kafka-topc", "t", "--firehose-url", "http://x", "--cursor=-4", "stray", "--max-events=0"];
  assertEquals(await main(argv, context), "usage");
  const lines = context.err.trimEnd().split("\n");
  for (
    const part of [
      "BLUESKY_CURSER: it is unknown, the nearest known one is BLUESKY_CURSOR",
      "--kafka-topc: it is an unknown flag, --kafka-topic is",
      "an argument without a flag",
      '--firehose-url "http://x": its scheme',
      '--cursor "-4"',
      '--max-events "0"',
      "BLUESKY_SAMPLE_RATE",
      "no server is named",
      "no topic is named",
    ]
  ) {
    assertEquals(lines.filter((line) => line.includes(part)).length, 1, `${part} in\n${context.err}`);
  }
  for (const line of lines) assertMatch(line, /^(?:Warning: Ignoring|Error: Cannot) /);
});

Deno.test("main() tells a wrong value of every option, by flag and by variable, and never a secret", async () => {
  let told = 0;
  for (const spec of Object.values(OPTIONS)) {
    const wrong = "canary ~ /";
    const context = new FakeContext();
    const exit = await main(["stream", `--${spec.flag}=${wrong}`, "--idle-timeout-secs", "never"], context);
    assertEquals(exit, "usage");
    if (context.err.includes(`--${spec.flag}`)) told++;
    if ("secret" in spec) assertEquals(context.err.includes("canary"), false, context.err);
  }
  assert(told >= 18, `${told}`);
});
