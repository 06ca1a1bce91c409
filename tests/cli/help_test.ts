import { assertEquals, assertStringIncludes } from "@std/assert";
import { EXIT } from "../../src/cli/exit.ts";
import { type CommandHelp, commandHelp, exitMarkdown, optionsMarkdown, programHelp } from "../../src/cli/help.ts";
import { LOG_OPTIONS, OPTIONS, type OptionSpec } from "../../src/config/options.ts";

const STREAM: CommandHelp = {
  name: "stream",
  summary: "Read the firehose and write its records as events",
  operands: [],
  options: OPTIONS,
  examples: [{ line: "stream --output -", does: "Every event as a line on standard output" }],
};
const RECORD: CommandHelp = {
  name: "record",
  summary: "Keep the frames of a firehose in a file",
  operands: ["FILE"],
  options: LOG_OPTIONS,
  examples: [],
};

function assertLayout(help: string): void {
  for (const line of help.split("\n")) {
    assertEquals(line.length <= 100, true, `too long: ${line}`);
    assertEquals(line, line.trimEnd());
  }
}

/** Help on one line, so that texts are found where a line breaks. */
function flat(help: string): string {
  return help.replace(/\s+/g, " ").replaceAll(", ", ",");
}

Deno.test("commandHelp() has flag, hint, variables, default and doc of every option, within 100 columns", () => {
  const help = commandHelp(STREAM);
  assertLayout(help);
  const specs: readonly OptionSpec[] = Object.values(OPTIONS);
  for (const spec of specs) {
    const flag = spec.alone === undefined ? `--${spec.flag} ${spec.hint}` : `--${spec.flag}[=${spec.hint}]`;
    assertStringIncludes(help, `  ${flag}`);
    assertStringIncludes(flat(help), flat(spec.doc));
    assertStringIncludes(flat(help), flat(`default: ${spec.default ?? spec.otherwise ?? "none"}`));
    for (const variable of spec.env) assertStringIncludes(help, `$${variable}`);
  }
});

Deno.test("commandHelp() has the texts in one column, beside the flags or below those that are long", () => {
  const lines = commandHelp(STREAM).split("\n").filter((line) => line.startsWith("  --"));
  assertEquals(lines.length, Object.keys(OPTIONS).length + 2);
  const beside = lines.filter((line) => line.length > 42);
  // No text fits beside these.
  const long = lines.filter((line) => !beside.includes(line));
  assertEquals(long.filter((line) => line.length < 37), []);
  assertEquals(long.length < 5, true, long.join());
  for (const line of beside) assertEquals(/^ {2}.{35} \S/.test(line), true, line);
});

Deno.test("commandHelp() has usage with operands, exit codes, and examples if there are any", () => {
  const help = commandHelp(RECORD);
  assertLayout(help);
  assertStringIncludes(help, "Usage: bluesky_firehose record FILE [OPTION]...");
  for (const { code, doc } of Object.values(EXIT)) assertStringIncludes(flat(help), flat(`${code} ${doc}`));
  assertEquals(help.includes("Examples:"), false);
  assertStringIncludes(commandHelp(STREAM), "\n  bluesky_firehose stream --output -\n");
});

Deno.test("commandHelp() leaves out groups without an option", () => {
  assertEquals(commandHelp(RECORD).includes("Kafka:"), false);
  assertStringIncludes(commandHelp(RECORD), "Operation:");
});

Deno.test("programHelp() lists the commands and has the options of the main one", () => {
  const help = programHelp([STREAM, RECORD], "stream");
  assertLayout(help);
  assertStringIncludes(help, "\n  stream  Read the firehose and write its records as events\n");
  assertStringIncludes(help, "\n  record  Keep the frames of a firehose in a file\n");
  assertStringIncludes(help, "Options of stream:");
  assertStringIncludes(help, "--kafka-bootstrap-servers");
  assertStringIncludes(help, "Exit status:");
  assertEquals(help.includes("Options of record:"), false);
});

Deno.test("optionsMarkdown() has a row for each option, with its bars escaped", () => {
  const rows = optionsMarkdown(OPTIONS).trimEnd().split("\n");
  assertEquals(rows.length, 2 + Object.keys(OPTIONS).length);
  assertEquals(rows[0], "| Flag | Variable | Default | Meaning |");
  for (const row of rows) assertEquals(row.match(/(?<!\\)\|/g)?.length, 5, row);
  assertStringIncludes(
    rows.join("\n"),
    "| `--sample-rate` | `BLUESKY_SAMPLE_RATE`, `SAMPLE_RATE` | `1.0` | Share of the records to keep",
  );
  assertStringIncludes(rows.join("\n"), "| `auto` (on with SASL or a --tls flag, else off) |");
});

Deno.test("exitMarkdown() has a row for each exit code", () => {
  const rows = exitMarkdown().trimEnd().split("\n");
  assertEquals(rows.slice(0, 2), ["| Status | Meaning |", "| --- | --- |"]);
  assertEquals(rows.slice(2).map((row) => row.split(" ")[1]), ["0", "1", "2", "3", "130"]);
});
