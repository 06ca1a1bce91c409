/**
 * docs/delivery.md, held against the tests: each promise, fault and decision names tests that exist, and the tests that
 * break things end to end are all named. Other documents that name tests are held to the same.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { OPTIONS } from "../src/config/config.ts";
import { DOCUMENT_PATHS, readFile } from "./support/documents.ts";

const TEXT = readFile("docs/delivery.md");

/** A link to a test: what is shown, the file, and the name of the test as the link's title. */
const LINK = /\[([^\][]*)\]\((?:\.\.\/)*tests\/([\w/]+)_test\.ts(?: "([^"]*)")?\)/g;
/** The other form of the same: the file, and the names of tests of it. */
const QUOTED = /`tests\/([\w/]+)_test\.ts`((?:[;,]? (?:and )?"[^"]+")+)/g;

/** The end-to-end tests of delivery: what is added to one of these files is a promise of docs/delivery.md. */
const END_TO_END = [
  ...["delivery", "outage", "cursor_file", "resume", "start_time", "loss", "breaks", "faults", "dead_letters"],
  ...["exactly_once", "exactly_once_cluster", "exactly_once_fence", "exactly_once_letters", "exactly_once_topics"],
  ...["repo_gap", "subjects"],
];

interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

function cellsOf(line: string): string[] {
  return line.replace(/^\| | \|$/g, "").split(" | ").map((cell) => cell.trim());
}

/** The tables of a document that have a column of tests, its name last. */
function testTables(text: string): Table[] {
  return [...text.matchAll(/^(\|.+\| Test +\|)\n\|[-| :]+\|\n((?:\|.+\n)+)/gm)].map(([, head = "", rows = ""]) => ({
    head: cellsOf(head),
    rows: rows.trimEnd().split("\n").map(cellsOf),
  }));
}

/** The part of docs/delivery.md below a heading, up to the next of its level or above. */
function section(heading: string): string {
  const [level = ""] = heading.split(" ");
  const [, part] = `\n${TEXT}`.split(`\n${heading}\n`);
  assert(part !== undefined, heading);
  return part.split(new RegExp(`^#{1,${level.length}} `, "m"))[0] ?? "";
}

/** The tests that a text names, as `FILE NAME`. */
function namedIn(text: string): { readonly file: string; readonly name: string }[] {
  const links = [...text.matchAll(LINK)].map(([, , file = "", name = ""]) => ({ file, name }));
  const quoted = [...text.replace(/\s+/g, " ").matchAll(QUOTED)].flatMap(([, file = "", names = ""]) =>
    [...names.matchAll(/"([^"]+)"/g)].map(([, name = ""]) => ({ file, name }))
  );
  return [...links, ...quoted];
}

const sources = new Map<string, string>();

function sourceOf(file: string): string {
  const source = sources.get(file) ?? readFile(`tests/${file}_test.ts`);
  sources.set(file, source);
  return source;
}

/** Whether a file has a test of that name, or of one that ends so where each of several begins otherwise. */
function isTestOf(file: string, name: string): boolean {
  const source = sourceOf(file);
  return ['"', "`"].some((quote) => [quote, "} ", "}) "].some((start) => source.includes(`${start}${name}${quote}`)));
}

Deno.test("each test that a document names exists by that name", () => {
  const named = DOCUMENT_PATHS.flatMap((path) => namedIn(readFile(path)).map((test) => ({ path, ...test })));
  const missing = named.filter(({ file, name }) => name === "" || !isTestOf(file, name));
  assertEquals(missing, []);
  const own = namedIn(TEXT);
  assert(own.length >= 200, `${own.length}`);
  assert(new Set(own.map(({ name }) => name)).size >= 170);
});

Deno.test("each row of a table of tests names some, and nothing else in their place", () => {
  const counts = new Map<string, number>();
  for (const path of DOCUMENT_PATHS) {
    for (const { head, rows } of testTables(readFile(path))) {
      counts.set(path, (counts.get(path) ?? 0) + rows.length);
      for (const row of rows) {
        assertEquals(row.length, head.length, `${path}: ${row[0]}`);
        assertEquals(row.filter((cell) => cell === ""), [], `${path}: ${row[0]}`);
        const test = row.at(-1) ?? "";
        assert(namedIn(test).length > 0 || /^the same\b/.test(test), `${path}: ${row[0]}`);
      }
    }
  }
  for (const [path, least] of [["docs/identity.md", 10], ["EVENTS.md", 5], ["docs/security.md", 37]] as const) {
    assert((counts.get(path) ?? 0) >= least, `${path}: ${counts.get(path)}`);
  }
});

Deno.test("docs/delivery.md has a test in each row of each table, by a link that shows its file", () => {
  const tables = testTables(TEXT);
  const rows = tables.flatMap(({ rows }) => rows);
  for (const row of rows) assertEquals((row.at(-1) ?? "").replace(LINK, "").replaceAll(", ", ""), "", row[0]);
  for (const [link, shown = "", file] of TEXT.matchAll(LINK)) assertEquals(shown, file, link);
  // The table of rejections is the only one without: it is written from the code.
  const all = TEXT.replace(/<!-- generated[^]*\/generated:\w+ -->/, "").split("\n");
  assertEquals(all.filter((line) => /^\| (?!---)/.test(line)).length, rows.length + tables.length);
  assert(rows.length >= 100, `${rows.length}`);
});

Deno.test("docs/delivery.md states a condition beside each promise", () => {
  const promises = testTables(TEXT).filter(({ head }) => head[0] === "Promise");
  for (const { head } of promises) assertEquals(head, ["Promise", "Condition", "Test"]);
  assert(promises.length >= 6, `${promises.length}`);
  assertEquals(testTables(section("## What is promised")).map(({ rows }) => rows.length >= 10), [true]);
});

Deno.test("docs/delivery.md has the decision of a start as a table, with where, log, gap and test of each row", () => {
  const [table, ...others] = testTables(section("### The decision"));
  assertEquals(others, []);
  assertEquals(table?.head, ["What is found", "Where the stream resumes", "Log", "Gap", "Test"]);
  assert((table?.rows.length ?? 0) >= 17, `${table?.rows.length}`);
});

Deno.test("docs/delivery.md names every end-to-end test of delivery", () => {
  const named = new Set(namedIn(TEXT).map(({ file, name }) => `${file} ${name}`));
  let tests = 0;
  for (const each of END_TO_END) {
    const file = `e2e/${each}`;
    const names = [...sourceOf(file).matchAll(/(?:Test|\.test|testNeeding\(.*?\]),?\(?\s*(?:\{\s*name: )?"([^"]+)"/g)]
      .map(([, name = ""]) => name).filter((name) => name.includes(" "));
    assert(names.length > 0, file);
    assertEquals(names.filter((name) => !named.has(`${file} ${name}`)), [], file);
    tests += names.length;
  }
  assert(tests >= 60, `${tests}`);
});

Deno.test("docs/delivery.md has the defaults of the options that it explains", () => {
  const prose = TEXT.replace(/\s+/g, " ");
  for (
    const [spec, before, after] of [
      [OPTIONS.cursorFile, "`--cursor-file` is `", "`"],
      [OPTIONS.maxPauseMs, "`--max-pause` (", " s)"],
      [OPTIONS.idleTimeoutMs, "`--idle-timeout-secs` (", " s)"],
      [OPTIONS.failoverRewindMs, "`--failover-rewind` (", " s)"],
      [OPTIONS.replayWindowMs, "`--replay-window` (", " hours)"],
      [OPTIONS.shutdownTimeoutMs, "`--shutdown-timeout` (", " s)"],
    ] as const
  ) assert(prose.includes(`${before}${spec.default}${after}`), `${before}${spec.default}${after}`);
  const mebibytes = Number(OPTIONS.maxInFlightBytes.default) / 1_048_576;
  assert(prose.includes(`\`--max-in-flight-bytes\` (${mebibytes} MiB)`));
  assert(prose.includes(`three idle timeouts: ${3 * Number(OPTIONS.idleTimeoutMs.default)} s`));
});
