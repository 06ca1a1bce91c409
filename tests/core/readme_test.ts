import { assert, assertEquals } from "@std/assert";
import { bytes } from "../../src/plane/memory.ts";
import { REGIONS } from "../support/core_regions.ts";

const CORE = new URL("../../core/", import.meta.url);
const README = await Deno.readTextFile(new URL("README.md", CORE));

/** The rows of the table below a heading, a cell in backticks without them. */
function table(heading: string): string[][] {
  const [, section = ""] = README.split(`\n## ${heading}\n`);
  const rows = (section.split("\n## ")[0] ?? "").split("\n").filter((line) => line.startsWith("| "));
  return rows.slice(2).map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim().replaceAll("`", "")));
}

Deno.test("core/README.md has the memory map of layout.ts", () => {
  const hex = (value: number) => `0x${value.toString(16).padStart(6, "0")}`;
  const stated = table("Memory").filter(([name]) => name !== "(static)").map((
    [name, start, size],
  ) => [name, start, size]);
  assertEquals(stated, REGIONS.map(({ name, start, bytes }) => [name, hex(start), hex(bytes)]));
  assert(REGIONS.length >= 9, `${REGIONS.length}`);
});

Deno.test("the regions of the core follow one another and fit into its memory", () => {
  REGIONS.forEach(({ name, start, bytes: size }, i) => {
    assert(start + size <= (REGIONS[i + 1]?.start ?? bytes.length), name);
  });
});

Deno.test("core/README.md has a line for each file, and each has its test", async () => {
  const files = [...Deno.readDirSync(CORE)].map(({ name }) => name).filter((name) => name !== "README.md");
  assertEquals(table("Files").map(([name]) => name).sort(), files.sort());
  const withoutTest = ["NOTICE", "deno.lock", "layout.ts"];
  for (const name of files.filter((each) => !withoutTest.includes(each))) {
    await Deno.stat(new URL(`./${name.replace(".ts", "_test.ts")}`, import.meta.url));
  }
});
