/**
 * docs/alternatives.md, held against the tests of this program and against its own links.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { readFile } from "./support/documents.ts";

const ROOT = new URL("../", import.meta.url);

Deno.test("each fault that docs/alternatives.md compares with other programs has a test, and each source is linked", () => {
  const text = readFile("docs/alternatives.md");
  const compared = text.split("\n## The same faults elsewhere\n")[1] ?? "";
  const rows = compared.split("\n").filter((line) => /^\| (?!Fault|---)/.test(line));
  for (const row of rows) {
    const [, , , test = "", ...others] = row.split(" | ").join("|").split("|").map((cell) => cell.trim());
    assert(Deno.statSync(new URL(test.replaceAll("`", ""), ROOT)).isFile, row);
    assertEquals(others.filter((cell) => cell !== "").length, 4, row);
  }
  assert(rows.length >= 7, `${rows.length}`);
  const used = new Set([...text.matchAll(/\]\[([\w-]+)\]/g)].map(([, name]) => name));
  const linked = [...text.matchAll(/^\[([\w-]+)\]: https:/gm)].map(([, name]) => name);
  assertEquals([...used].toSorted(), linked.toSorted());
  assert(linked.length >= 20, `${linked.length}`);
});
