import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("../", import.meta.url);
const TEXT = Deno.readTextFileSync(new URL("docs/reliability.md", ROOT));

Deno.test("each test that docs/reliability.md names exists", () => {
  const named = [...TEXT.matchAll(/`(tests\/[\w/]+_test\.ts)` "([^"]+)"/g)];
  const missing = named.filter(([, path = "", name = ""]) =>
    !Deno.readTextFileSync(new URL(path, ROOT)).includes(name)
  );
  assertEquals(missing.map(([all]) => all), []);
  assert(named.length >= 20, `${named.length}`);
});

Deno.test("each row of docs/reliability.md that promises something names a test", () => {
  const promises = TEXT.slice(0, TEXT.indexOf("## A long run"));
  const rows = promises.split("\n").filter((line) => /^\| (?!Fault|Promise|---)/.test(line));
  assertEquals(rows.filter((row) => !/`tests\/[\w/]+_test\.ts` "|\| the same/.test(row)), []);
  assert(rows.length >= 25, `${rows.length}`);
});
