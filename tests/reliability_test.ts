import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("../", import.meta.url);
const TEXT = Deno.readTextFileSync(new URL("docs/reliability.md", ROOT));
const RESUME = Deno.readTextFileSync(new URL("docs/resume.md", ROOT));

Deno.test("each test that docs/reliability.md and docs/resume.md name exists", () => {
  const named = [...`${TEXT}\n${RESUME}`.matchAll(/`(tests\/[\w/]+_test\.ts)`\s"([^"]+)"/g)];
  const missing = named.filter(([, path = "", name = ""]) =>
    !Deno.readTextFileSync(new URL(path, ROOT)).includes(name.replace(/\s+/g, " "))
  );
  assertEquals(missing.map(([all]) => all), []);
  assert(named.length >= 100, `${named.length}`);
});

Deno.test("each row of docs/reliability.md that promises something names a test", () => {
  const promises = TEXT.slice(0, TEXT.indexOf("## A long run"));
  const rows = promises.split("\n").filter((line) => /^\| (?!Fault|Promise|---)/.test(line));
  assertEquals(rows.filter((row) => !/`tests\/[\w/]+_test\.ts` "|\| the same/.test(row)), []);
  assert(rows.length >= 90, `${rows.length}`);
});

Deno.test("each row of the decision in docs/resume.md names a test", () => {
  const decision = RESUME.slice(RESUME.indexOf("## The decision"), RESUME.indexOf("## Conditions"));
  const rows = decision.split("\n").filter((line) => /^\| (?!What is found|---)/.test(line));
  assertEquals(rows.filter((row) => !/`tests\/[\w/]+_test\.ts` "/.test(row)), []);
  assert(rows.length >= 15, `${rows.length}`);
});

Deno.test("each fault that docs/reliability.md compares with other programs names a test, and each source is linked", () => {
  const compared = TEXT.slice(TEXT.indexOf("## What others promise"));
  const rows = compared.split("\n").filter((line) => /^\| (?!Fault|---)/.test(line));
  for (const row of rows) {
    const [, , , test = "", ...others] = row.split(" | ").join("|").split("|").map((cell) => cell.trim());
    assert(Deno.statSync(new URL(test.replaceAll("`", ""), ROOT)).isFile, row);
    assertEquals(others.filter((cell) => cell !== "").length, 4, row);
  }
  assert(rows.length >= 7, `${rows.length}`);
  const used = new Set([...compared.matchAll(/\]\[([\w-]+)\]/g)].map(([, name]) => name));
  const linked = [...compared.matchAll(/^\[([\w-]+)\]: https:/gm)].map(([, name]) => name);
  assertEquals([...used].toSorted(), linked.toSorted());
});
