import { assert, assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { EXIT, STREAM_EXITS } from "../../src/cli/exit.ts";
import {
  type CommandHelp,
  commandHelp,
  exitMarkdown,
  helpWidth,
  optionsMarkdown,
  programHelp,
} from "../../src/cli/help.ts";
import { COMMANDS } from "../../src/cli/main.ts";
import { LOG_OPTIONS } from "../../src/telemetry/options.ts";
import { OPTIONS } from "../../src/config/config.ts";
import type { OptionSpec } from "../../src/config/option.ts";

const STREAM: CommandHelp = {
  name: "stream",
  summary: "Read the firehose and write its records as events",
  operands: [],
  options: OPTIONS,
  mostUsed: ["output", "kafkaTopic"],
  examples: [
    { line: "stream --output -", does: "every event as a line on standard output", first: true },
    { line: "stream --log-level debug", does: "more of the log" },
  ],
  exits: STREAM_EXITS,
};
const RECORD: CommandHelp = {
  name: "record",
  summary: "Keep the frames of a firehose in a file",
  operands: ["FILE"],
  options: LOG_OPTIONS,
  examples: [],
  exits: { ok: "the file is complete", usage: "errors in flags" },
};

/** Help on one line, so that texts are found where a line breaks. */
function flat(help: string): string {
  return help.replace(/\s+/g, " ").replaceAll(", ", ",");
}

/** The flags of a help, in its order. */
function flagsIn(help: string): string[] {
  return [...help.matchAll(/^ {2}--([a-z-]+)/gm)].map(([, flag = ""]) => flag);
}

Deno.test("helpWidth() is that of the terminal up to 100 columns, and 80 where there is no terminal", () => {
  assertEquals([40, 80, 100, 250].map((columns) => helpWidth(true, () => columns)), [40, 80, 100, 100]);
  assertEquals([40, 250].map((columns) => helpWidth(false, () => columns)), [80, 80]);
});

Deno.test("commandHelp() and programHelp() have no line longer than the terminal, but for a word that is alone", () => {
  let checked = 0;
  for (const width of [20, 40, 59, 60, 73, 74, 80, 100]) {
    const helps = [programHelp(COMMANDS, width), ...COMMANDS.map((command) => commandHelp(command, width))];
    for (const line of helps.flatMap((help) => help.split("\n"))) {
      const words = line.replace(/ \\$/, "").replace(/^ {2}# /, "").trim();
      assert(line.length <= width || !words.includes(" "), `${width}: ${line}`);
      assertEquals(line, line.trimEnd());
      checked++;
    }
  }
  assert(checked > 4000, `${checked}`);
});

Deno.test("commandHelp() has flag, hint, variables, default and doc of every option once, at every width", () => {
  const specs: readonly OptionSpec[] = Object.values(OPTIONS);
  for (const width of [40, 80, 100]) {
    const help = commandHelp(STREAM, width);
    for (const spec of specs) {
      const flag = spec.implicitValue === undefined
        ? `--${spec.flag} ${spec.placeholder}`
        : `--${spec.flag}[=${spec.placeholder}]`;
      assertStringIncludes(flat(help), flat(` ${flag} `));
      assertStringIncludes(flat(help), flat(spec.doc));
      assertStringIncludes(flat(help), flat(`default: ${spec.default ?? spec.defaultText ?? "none"}`));
      for (const variable of spec.env) assertStringIncludes(help, `$${variable}`);
    }
    assertEquals(
      flagsIn(help).toSorted(),
      [...specs.map(({ flag }) => flag), "help", "version"].toSorted(),
    );
  }
});

Deno.test("commandHelp() has the texts in one column, beside the flags or below those that are long", () => {
  const lines = commandHelp(STREAM, 100).split("\n").filter((line) => line.startsWith("  --"));
  const beside = lines.filter((line) => line.length > 42 && line[37] === " ");
  assert(beside.length > 40, `${beside.length}`);
  for (const line of beside) assertEquals(/^ {2}.{35} \S/.test(line), true, line);
  // No text fits beside the others.
  for (const line of lines) assert(beside.includes(line) || line.length >= 37, line);
});

Deno.test("commandHelp() has the texts below the flags on a narrow terminal", () => {
  const lines = commandHelp(STREAM, 59).split("\n");
  for (const [i, line] of lines.entries()) {
    if (!line.startsWith("  --")) continue;
    assertFalse(/ {2,}/.test(line.trim()), line);
    assert(lines[i + 1]?.startsWith("      "), lines[i + 1]);
  }
});

Deno.test("commandHelp() begins with the usage, then has the most used flags, and the connection to Kafka last", () => {
  const help = commandHelp(STREAM, 80);
  assert(help.startsWith("Usage: bluesky_firehose stream [OPTION]...\n\nRead the firehose"), help.slice(0, 100));
  assertEquals(flagsIn(help).slice(0, 2), ["output", "kafka-topic"]);
  assertStringIncludes(help, "\n\nMost used:\n  --output kafka|-|PATH");
  const shared = flagsIn(help.slice(help.indexOf("\nKafka connection and security:"), help.indexOf("\nGeneral:")));
  assertEquals(shared.length, 23);
  assertEquals([shared[0], shared.at(-1)], ["sasl-mechanism", "connection-string-file"]);
});

Deno.test("each command of Kafka has its own flags first and the 23 of the connection last", () => {
  for (const name of ["stream", "check", "consume", "demo"]) {
    const command = COMMANDS.find((known) => known.name === name);
    if (command === undefined) throw new Error(`there is no ${name}`);
    const flags = flagsIn(commandHelp(command, 80));
    const own = command.mostUsed?.map((option) => command.options[option]?.flag);
    assertEquals(flags.slice(0, own?.length), own, name);
    assertEquals([flags.at(-25), ...flags.slice(-3)], [
      "sasl-mechanism",
      "connection-string-file",
      "help",
      "version",
    ]);
  }
});

Deno.test("commandHelp() has usage with operands, the statuses of that command, and examples if there are any", () => {
  const help = commandHelp(RECORD, 80);
  assertStringIncludes(help, "Usage: bluesky_firehose record FILE [OPTION]...");
  assertStringIncludes(help, "\nExit status:\n  0     the file is complete\n  2     errors in flags\n");
  assertFalse(help.includes("Examples:"));
  assertStringIncludes(
    commandHelp(STREAM, 80),
    "\nExamples:\n  # every event as a line on standard output\n  bluesky_firehose stream --output -\n",
  );
});

Deno.test("commandHelp() leaves out groups without an option", () => {
  const help = commandHelp(RECORD, 80);
  assertFalse(/Kafka|Most used/.test(help), help);
  assertStringIncludes(help, "Operation:");
});

Deno.test("programHelp() has commands, their first examples, statuses and where there is more, and no options", () => {
  const help = programHelp([STREAM, RECORD], 80);
  assert(help.startsWith("Usage: bluesky_firehose COMMAND [OPTION]...\n"), help);
  assertStringIncludes(help, "\n  stream  Read the firehose and write its records as events\n");
  assertStringIncludes(help, "\n  record  Keep the frames of a firehose in a file\n");
  assertStringIncludes(help, "\n  bluesky_firehose stream --output -\n");
  assertFalse(help.includes("--log-level"));
  for (const { code, doc } of Object.values(EXIT)) assertStringIncludes(flat(help), flat(`${code} ${doc}`));
  assertStringIncludes(help, "\nAll flags of a command: bluesky_firehose help COMMAND\n");
  assertEquals(flagsIn(help), []);
});

Deno.test("the program's help has five examples", () => {
  assertEquals(programHelp(COMMANDS, 100).match(/^ {2}# /gm)?.length, 5);
});

Deno.test("optionsMarkdown() has a row for each option, with its bars escaped", () => {
  const rows = optionsMarkdown(OPTIONS).trimEnd().split("\n");
  assertEquals(rows.length, 2 + Object.keys(OPTIONS).length);
  assertEquals(rows[0], "| Flag | Variable | Default | Meaning |");
  assertEquals([rows[2], rows[4], rows.at(-1)].map((row) => row?.split("`")[1]), [
    "--kafka-bootstrap-servers",
    "--create-topic",
    "--connection-string-file",
  ]);
  for (const row of rows) assertEquals(row.match(/(?<!\\)\|/g)?.length, 5, row);
  assertStringIncludes(
    rows.join("\n"),
    "| `--sample-rate` | `BLUESKY_SAMPLE_RATE`, `SAMPLE_RATE` | `1.0` | Share of the records to keep",
  );
  assertStringIncludes(rows.join("\n"), "| `auto` (on with SASL or a --tls flag, else off) |");
});

Deno.test("exitMarkdown() has a row for each status of the command", () => {
  const rows = exitMarkdown(STREAM_EXITS).trimEnd().split("\n");
  assertEquals(rows.slice(0, 2), ["| Status | Meaning |", "| --- | --- |"]);
  assertEquals(rows.slice(2).map((row) => row.split(" ")[1]), ["0", "1", "2", "3", "4", "130"]);
  assertEquals(exitMarkdown(RECORD.exits).trimEnd().split("\n").slice(2), [
    "| 0 | the file is complete |",
    "| 2 | errors in flags |",
  ]);
});
