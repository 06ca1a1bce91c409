import { assert, assertEquals } from "@std/assert";
import { commandLine, row, wrap } from "../../src/cli/layout.ts";

const TEXT = "Where to start: live, oldest or a number, as a,b,c";

Deno.test("wrap() fills lines of at most so many columns, at spaces and at commas of lists", () => {
  assertEquals(wrap("one two,three four", 100), ["one two,three four"]);
  assertEquals(wrap("one two,three four", 8), ["one two,", "three", "four"]);
  assertEquals(wrap("one two,three four", 0), ["one", "two,", "three", "four"]);
  assertEquals(wrap("", 10), [""]);
});

Deno.test("row() puts texts beside what they explain, and below it where that or the terminal leaves no room", () => {
  assertEquals(row("  --cursor SEQ", 20, [TEXT, "[none]"], 60), [
    "  --cursor SEQ      Where to start: live, oldest or a",
    "                    number, as a,b,c",
    "                    [none]",
  ]);
  assertEquals(row("  --a-long-flag WITH_VALUE", 20, ["Text"], 60), [
    "  --a-long-flag WITH_VALUE",
    "                    Text",
  ]);
  assertEquals(row("  --cursor SEQ", 20, [TEXT], 30), [
    "  --cursor SEQ",
    "      Where to start: live,",
    "      oldest or a number, as",
    "      a,b,c",
  ]);
  assertEquals(row("  --cursor SEQ", 20, ["Text"], 12), ["  --cursor", "      SEQ", "      Text"]);
});

Deno.test("commandLine() breaks where a shell reads on, before a flag if there is room for it and its value", () => {
  const text = "program command --flag value --output - > file";
  assertEquals(commandLine(text, 48), [`  ${text}`]);
  assertEquals(commandLine(text, 47), ["  program command --flag value --output - \\", "      > file"]);
  assertEquals(commandLine(text, 30), [
    "  program command \\",
    "      --flag value \\",
    "      --output - > file",
  ]);
  assertEquals(commandLine(text, 17), [
    "  program \\",
    "      command \\",
    "      --flag \\",
    "      value \\",
    "      --output \\",
    "      - > file",
  ]);
});

Deno.test("wrap(), row() and commandLine() have lines of at most the width, but for a word that is alone", () => {
  let checked = 0;
  for (let width = 1; width <= 120; width++) {
    const lines = [...wrap(TEXT, width), ...row("  --flag HINT", 30, [TEXT], width), ...commandLine(TEXT, width)];
    for (const line of lines) {
      assert(line.length <= width || !line.trim().replace(/ \\$/, "").includes(" "), `${width}: ${line}`);
      assertEquals(line, line.trimEnd());
      checked++;
    }
  }
  assert(checked > 1000, `${checked}`);
});
