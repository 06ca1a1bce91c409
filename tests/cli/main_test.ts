import { assert, assertEquals, assertMatch } from "@std/assert";
import { declared } from "../../src/cli/exit.ts";
import { commandHelp, programHelp } from "../../src/cli/help.ts";
import { COMMANDS, main } from "../../src/cli/main.ts";
import { OPTIONS } from "../../src/config/config.ts";
import { FakeContext } from "../support/context.ts";
import { TestFolder } from "../support/folder.ts";
import { ScriptedBroker } from "../support/scripted_broker.ts";

Deno.test("main() prints the help on standard error and fails when there is no command", async () => {
  const context = new FakeContext();
  assertEquals(await main([], context), "failed");
  assertEquals([context.err, context.out], [programHelp(COMMANDS, 80), ""]);
  const narrow = new FakeContext({}, { terminal: true, outTerminal: false }, 50);
  await main([], narrow);
  assertEquals(narrow.err, programHelp(COMMANDS, 50));
});

Deno.test("main() prints the help of the program, and of each command, on standard output", async () => {
  for (const argv of [["--help"], ["-h"], ["help"]]) {
    const context = new FakeContext();
    assertEquals(await main(argv, context), "ok");
    assertEquals([context.out, context.err], [programHelp(COMMANDS, 80), ""]);
  }
  for (const command of COMMANDS) {
    const forms = [["help", command.name], ["--help", command.name], ["help", command.name, "-h"]];
    // The help of the program is that of help, too.
    if (command.name !== "help") forms.push([command.name, "--help"], [command.name, "-h"]);
    for (const argv of forms) {
      const context = new FakeContext();
      assertEquals(await main(argv, context), "ok");
      assertEquals(context.out, commandHelp(command, 80));
    }
  }
});

Deno.test("main() prints the version, alone and after a command", async () => {
  const flags = COMMANDS.flatMap(({ name }) => [[name, "--version"], [name, "-V"]]);
  for (const argv of [["--version"], ["-V"], ["version"], ...flags]) {
    const context = new FakeContext();
    assertEquals(await main(argv, context), "ok", argv.join(" "));
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
    for (const { flag, counterparts = [] } of Object.values(options)) {
      for (const other of counterparts) assertEquals([flags.includes(other), other === flag], [true, false], other);
      checked += counterparts.length;
    }
  }
  assert(checked > 8, `${checked}`);
});

Deno.test("main() names the nearest command when one is unknown, and repeats no flag that stands before it", async () => {
  for (
    const [argv, told] of [
      [["steam"], 'Error: Cannot run "steam": it is an unknown command; "stream" is the nearest known one\n'],
      [["help", "steam"], 'Error: Cannot run "steam": it is an unknown command; "stream" is the nearest known one\n'],
      [["--help", "chekc"], 'Error: Cannot run "chekc": it is an unknown command; "check" is the nearest known one\n'],
      [
        ["--sasl-password=canary", "stream"],
        "Error: Cannot use a flag before the command; " +
        `expected one of ${COMMANDS.map(({ name }) => name).join(", ")} first\n`,
      ],
    ] as const
  ) {
    const context = new FakeContext();
    assertEquals(await main(argv, context), "usage");
    assertEquals(context.err, told);
  }
});

Deno.test("main() tells what is too much behind help, version and the flags that stand for them", async () => {
  for (const argv of [["version", "extra"], ["-V", "extra"], ["--version", "a"], ["help", "stream", "extra"]]) {
    const context = new FakeContext();
    assertEquals([await main(argv, context), context.out], ["usage", ""], argv.join(" "));
    assertMatch(context.err, /^Error: Cannot use an argument without a flag/);
  }
});

Deno.test("main() fails with a message where standard output cannot be written, whatever is printed", async () => {
  for (const argv of [["help"], ["version"], ["stream", "--help"], ["completions", "bash"], ["schema"]]) {
    const context = Object.assign(new FakeContext(), {
      writeOut: () => {
        throw new Error("no space left");
      },
    });
    assertEquals([await main(argv, context), context.err], ["failed", "Error: no space left\n"], argv.join(" "));
  }
});

Deno.test("each command says what its own statuses mean, and has none that it cannot end with", () => {
  const codes = Object.fromEntries(COMMANDS.map(({ name, exits }) => [name, declared(exits).map(({ code }) => code)]));
  assertEquals(codes, {
    stream: [0, 1, 2, 3, 4, 130],
    check: [0, 1, 130],
    consume: [0, 1, 2, 130],
    schema: [0, 1, 2],
    demo: [0, 1, 2, 3, 130],
    simulate: [0, 1, 2, 130],
    record: [0, 1, 2, 130],
    health: [0, 1, 2],
    completions: [0, 1, 2],
    help: [0, 1, 2],
    version: [0, 1, 2],
  });
  for (const { code, doc } of COMMANDS.flatMap(({ exits }) => declared(exits))) {
    assertMatch(doc, /^[a-z][^\n]+[^.\n]$/, `${code}`);
  }
});

Deno.test("an error in the flags ends a command with a status that it declares", async () => {
  for (const { name, exits } of COMMANDS) {
    const context = new FakeContext();
    const exit = await main([name, "--no-such-flag"], context);
    assertEquals(exit in exits && exit !== "ok", true, `${name}: ${exit}`);
  }
});

Deno.test("main() tells every error of flags, values and settings at once, and dials nothing", async () => {
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

Deno.test("main() prints what to do below the error of a cursor file or a port", async () => {
  await using folder = new TestFolder();
  await using other = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => new Response());
  const cursorFile = folder.file("cursor");
  await Deno.writeTextFile(cursorFile, "no cursor");
  const stream = ["stream", "--output", folder.file("events"), "--firehose-url", "ws://127.0.0.1:1"];
  for (
    const [flags, problem, advice] of [
      [["--cursor-file", cursorFile], "Error: Cannot parse the cursor file", "-> remove the file to start live, or"],
      [["--metrics-port", String(other.addr.port)], "Error: Cannot listen on 127.0.0.1:", "-> set --metrics-port to"],
    ] as const
  ) {
    const context = new FakeContext();
    assertEquals(await main([...stream, ...flags], context), "failed");
    const [first = "", second = ""] = context.err.split("\n").slice(-3);
    assertEquals([first.slice(0, problem.length), second.slice(0, advice.length)], [problem, advice], context.err);
  }
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

Deno.test({
  name: "main() lets no broker's words command a terminal, begin a line of the log, or repeat a secret",
  // KafkaJS leaves timers to end by themselves.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const login = btoa("\0me\0hunter22");
    const said = `no\x1b[2J\x1b]0;x\x07\x9b31m\u202e\u2028\r\nERROR forged ${login}`;
    await using broker = new ScriptedBroker("t", 0, said);
    await using folder = new TestFolder();
    const env = {
      KAFKA_BOOTSTRAP_SERVERS: broker.address,
      KAFKA_TOPIC: "t",
      KAFKA_ENABLE_TLS: "false",
      SASL_USERNAME: "me",
      SASL_PASSWORD: "hunter22",
    };
    const cursor = ["--cursor-file", folder.file("cursor"), "--firehose-url=ws://127.0.0.1:1"];
    for (
      const argv of [
        ["stream", ...cursor],
        ["stream", ...cursor, "--log-format=text"],
        ["consume"],
        ["check", ...cursor],
        ["check", "--json", ...cursor],
      ]
    ) {
      const context = new FakeContext(env);
      assertEquals(await main(argv, context), "failed", context.err);
      const shown = context.out + context.err;
      const where = `${argv.join(" ")}: ${JSON.stringify(shown)}`;
      assert(shown.includes("ERROR forged ***"), where);
      assert(!/(?!\n)[\p{Cc}\u202e\u2028]|^ERROR forged/mu.test(shown), where);
      assert(!shown.includes(login.slice(4, -4)), where);
    }
  },
});
