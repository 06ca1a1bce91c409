/**
 * README.md, held against the code: its event, its ways to start, its tables.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { OPTIONS } from "../src/config/config.ts";
import { EVENT_TYPES } from "../src/events/registry.ts";
import { recordedEvents } from "./support/events.ts";
import { readFile } from "./support/documents.ts";

const README = readFile("README.md");

/** The text below a heading, up to the next one of its level. */
function section(heading: string): string {
  const [, text] = README.split(`\n## ${heading}\n`);
  assert(text !== undefined, `README has no heading ${heading}`);
  return text.split("\n## ")[0] ?? "";
}

/** The rows of the tables in a text, without their heads; each cell as it stands. */
function rowsOf(text: string): string[][] {
  const rows = text.split("\n").filter((line) => line.startsWith("| "))
    .map((line) => line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim()));
  return rows.slice(2);
}

/** What stands as code in a text. */
function codeOf(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
}

Deno.test("README is short, and begins with an event that the producer makes of a recorded message", async () => {
  const lines = README.split("\n");
  assert(lines.length <= 220, `${lines.length} lines`);
  const [, block = ""] = /^```json\n([^]*?)^```$/m.exec(lines.slice(0, 25).join("\n")) ?? [];
  const shown = JSON.stringify(JSON.parse(block));
  const made = (await recordedEvents()).map(({ event }) => JSON.stringify(event));
  assert(made.includes(shown), shown);
});

Deno.test("README has binary, container, source with Deno and source with Node within its first 40 lines", () => {
  const first = README.split("\n").slice(0, 40);
  for (
    const command of [
      "bluesky_firehose demo",
      "docker run --rm ghcr.io/",
      "deno task demo",
      "deno task test",
      "npx -y deno@2.9.6 task demo",
      "npx -y deno@2.9.6 task test",
    ]
  ) assert(first.some((line) => line.startsWith(command)), command);
});

Deno.test("README has each type of event, by the --events that asks for it", () => {
  const rows = rowsOf(section("What a topic holds"));
  const named = rows.flatMap(([kind = "", types = ""]) =>
    kind.startsWith("`deletes`") ? [] : codeOf(types).map((type) => `${codeOf(kind)[0] ?? "any"} ${type}`)
  );
  const stream = ["Bluesky.Stream.RepoGap", "Bluesky.Stream.DeadLetter"]; // by options that README only links to
  const deleted = EVENT_TYPES.filter(({ kind }) => kind === "deletes").map(({ type }) => type);
  const known = EVENT_TYPES.filter(({ type }) => !deleted.includes(type) && !stream.includes(type))
    .map(({ type, kind }) => `${kind === "stream" ? "any" : kind} ${type}`);
  assertEquals(named.toSorted(), known.toSorted());
  const seven = named.filter((each) => each.startsWith("records ")).map((each) => each.replace("records ", ""));
  assertEquals(seven.map((type) => `${type}.Deleted`).toSorted(), deleted.toSorted());
  assertStringIncludes(section("What a topic holds"), "these seven with `.Deleted` appended");
});

Deno.test("README's options are those of the program, with their variables and defaults", () => {
  const rows = rowsOf(section("Options most people set"));
  assert(rows.length >= 12, `${rows.length}`);
  for (const [flag = "", variable = "", text = ""] of rows) {
    const spec = Object.values(OPTIONS).find((each) => `\`--${each.flag}\`` === flag);
    assert(spec !== undefined, flag);
    assertEquals(codeOf(variable), [spec.env[0] ?? ""], flag);
    // Only a default that is long, or that is found out at the start, stands in words.
    if (text.startsWith("`")) assertEquals(codeOf(text), [String(spec.default)], flag);
    else if (text === "none") assertEquals(spec.default, null, flag);
    else assert(["--cursor", "--collections"].includes(`--${spec.flag}`), `${flag}: ${text}`);
  }
});

Deno.test("README has the default that weakens what is promised beside the promise", () => {
  const prose = section("What is guaranteed").replaceAll(/\s+/g, " ");
  assertStringIncludes(prose, `The default is \`${OPTIONS.cursorFile.default}\`, which a reboot may empty`);
  assertStringIncludes(prose, `about ${OPTIONS.replayWindowMs.default} hours`);
  assertStringIncludes(prose, `\`--shutdown-timeout\` (${OPTIONS.shutdownTimeoutMs.default} s)`);
  assertEquals(OPTIONS.delivery.default, "at-least-once");
  assertEquals(OPTIONS.events.default, "records");
});

Deno.test("README names no variable of a container that is none of the program", () => {
  const known = Object.values(OPTIONS).flatMap((spec): readonly string[] => spec.env);
  const named = [...README.matchAll(/-e (\w+)=/g)].map(([, name = ""]) => name);
  assert(named.length >= 3, named.join());
  assertEquals(named.filter((name) => !known.includes(name)), []);
});
