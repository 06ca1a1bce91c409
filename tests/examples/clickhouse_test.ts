import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { churnOfLikes, exampleCommand, fillTwice, type RecordEvent, statesOf } from "../support/examples.ts";
import { TestFolder } from "../support/folder.ts";
import { kafkaTest, type SharedKafka } from "../support/kafka.ts";
import { testNeeding } from "../support/needs.ts";
import { type Ended, inherited, programCommand, type Variables } from "../support/program.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const README = "examples/clickhouse/README.md";
/** As long as the longest bar can be. */
const BAR = 40;

interface Row {
  readonly from: string;
  readonly posts: number;
  readonly likes: number;
  readonly others: number;
  readonly deleted: number;
}

/** What the chart must have, counted from the events by themselves. */
function rowsOf(events: readonly RecordEvent[], stepMs: number): Row[] {
  const rows = new Map<number, Row>();
  for (const { made, latest } of statesOf(events).values()) {
    if (made === undefined) continue;
    const fromMs = Math.floor(Date.parse(made.time) / stepMs) * stepMs;
    const from = new Date(fromMs).toISOString().slice(0, 19).replace("T", " ");
    const row = rows.get(fromMs) ?? { from, posts: 0, likes: 0, others: 0, deleted: 0 };
    const column = latest.action === "delete"
      ? "deleted"
      : made.type === "Bluesky.Feed.Post"
      ? "posts"
      : made.type === "Bluesky.Feed.Like"
      ? "likes"
      : "others";
    rows.set(fromMs, { ...row, [column]: row[column] + 1 });
  }
  return [...rows].toSorted(([one], [other]) => one - other).map(([, row]) => row);
}

/** The rows of a printed chart, with their bars. */
function parseChart(text: string): (Row & { readonly bar: string })[] {
  return text.split("\n").filter((line) => line.startsWith("│")).map((line) => {
    const [, from = "", posts, likes, others, deleted, bar = ""] = line.split("│").map((cell) => cell.trim());
    return {
      ...{ from, posts: Number(posts), likes: Number(likes), others: Number(others), deleted: Number(deleted) },
      bar,
    };
  });
}

/** Programs of the shell in a folder that is first on the path. */
async function withPrograms(programs: Readonly<Record<string, string>>): Promise<TestFolder> {
  const folder = new TestFolder();
  for (const [name, script] of Object.entries(programs)) {
    await Deno.writeTextFile(folder.file(name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  return folder;
}

const PROGRAM = `exec ${programCommand([]).map((part) => `'${part}'`).join(" ")} "$@"`;

/** Runs the command of the document with these programs first on the path, or alone. */
async function draw(
  folder: TestFolder,
  env: Variables,
  args: readonly string[] = [],
  others = `:${Deno.env.get("PATH")}`,
): Promise<Ended> {
  // Deno itself looks for bash on the path that it gives it.
  const script = `export PATH="$0"; ${exampleCommand(README, "examples/")} "$@"`;
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", script, folder.path + others, ...args],
    cwd: ROOT,
    clearEnv: true,
    env: { ...inherited(), ...env },
    stdin: "null",
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

function variablesOf({ bootstrapServers, topic }: SharedKafka): Variables {
  return { KAFKA_BOOTSTRAP_SERVERS: bootstrapServers, KAFKA_TOPIC: topic };
}

kafkaTest("the example for ClickHouse draws what is left of a topic, with each record once", async (kafka) => {
  const events = await fillTwice(await churnOfLikes(600), kafka);
  await using folder = await withPrograms({ bluesky_firehose: PROGRAM });
  const { code, stdout, stderr } = await draw(folder, variablesOf(kafka));
  assertEquals(code, 0, stderr);

  const rows = parseChart(stdout);
  // The messages of the test are five milliseconds apart, which the shortest step fits.
  assertEquals(rows.map(({ bar: _, ...row }) => row), rowsOf(events, 1000), stdout);
  const sum = (column: "posts" | "likes" | "others" | "deleted") => rows.reduce((all, row) => all + row[column], 0);
  assert(sum("likes") > 100 && sum("posts") > 10 && sum("others") > 5 && sum("deleted") > 50, stdout);

  const most = Math.max(...rows.map(({ posts, likes, others, deleted }) => posts + likes + others + deleted));
  for (const { bar, posts, likes, others, deleted } of rows) {
    const left = bar.replaceAll("░", "").length;
    assert(Math.abs(left - (posts + likes + others) * BAR / most) <= 1, bar);
    assert(Math.abs(bar.length - left - deleted * BAR / most) <= 0.5, bar);
  }
}, ["long", "chdb"]);

kafkaTest("the example for ClickHouse prefers the program, and hands on the options of consume", async (kafka) => {
  const events = await fillTwice(await churnOfLikes(300), kafka);
  // The library stands in for the program: it takes the same query from a pipe.
  const engine = 'test "$1 $2 $4 $5" = "local --queries-file --output-format PrettyCompact" && ' +
    'exec python3 -m chdb "$(cat "$3")" "$5"';
  await using folder = await withPrograms({ bluesky_firehose: PROGRAM, clickhouse: engine });
  const { code, stdout, stderr } = await draw(folder, variablesOf(kafka), ["--type", "like"]);
  assertEquals(code, 0, stderr);
  const expected = rowsOf(events.filter(({ type }) => type === "Bluesky.Feed.Like"), 1000);
  assertEquals(parseChart(stdout).map(({ bar: _, ...row }) => row), expected, stdout);
  assert(expected.length > 0);
}, ["long", "chdb"]);

testNeeding(["long", "chdb"], {
  name: "the example for ClickHouse fails with the message of consume, and says how to get ClickHouse",
  fn: async () => {
    await using folder = await withPrograms({ bluesky_firehose: PROGRAM });
    const unreachable = await draw(folder, {}, ["--kafka-bootstrap-servers", "127.0.0.1:1"]);
    assertEquals([unreachable.code, unreachable.stdout.trim()], [1, ""]);
    assertStringIncludes(unreachable.stderr, "127.0.0.1:1");

    await using bare = await withPrograms({
      ...{ bash: 'exec /bin/bash "$@"', dirname: 'exec /usr/bin/dirname "$@"', python3: "exit 1" },
    });
    const missing = await draw(bare, {}, [], "");
    assertEquals([missing.code, missing.stdout], [1, ""]);
    assertMatch(missing.stderr, /^Error: ClickHouse is missing\..*pip install chdb/);
  },
});
