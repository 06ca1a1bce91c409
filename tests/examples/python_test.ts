import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { connection, fillTopic, FOREIGN_RECORDS, type PostEvent, RunningExample } from "../support/example_topic.ts";
import { readFile } from "../support/documents.ts";
import { createTopic, kafkaTest } from "../support/kafka.ts";
import { testNeeding } from "../support/needs.ts";
import { until } from "../support/wait.ts";

/** That of the document, with the Python that has the packages. */
const COMMAND = "python3 examples/python/languages.py";
const HEADER = "minute (UTC)       posts  languages, the most frequent first";
const COLUMNS = 6;

interface Row {
  readonly minute: string;
  readonly posts: number;
  readonly cells: readonly string[];
}

/** What must be printed, counted from the events by themselves. */
function rowsOf(events: readonly PostEvent[]): Row[] {
  const posts = new Map(events.filter(({ action }) => action === "create").map((event) => [event.id, event]));
  const byMinute = Map.groupBy(posts.values(), ({ time }) => time.slice(0, 16).replace("T", " "));
  return [...byMinute].sort(([one], [other]) => one < other ? -1 : 1).map(([minute, own]) => {
    const languages = own.flatMap(({ data }) => {
      const langs = data["langs"] as string[];
      return langs.length === 0 ? ["none"] : [...new Set(langs.map((tag) => tag.split("-")[0] ?? ""))];
    });
    const counts = [...Map.groupBy(languages, (each) => each)].map(([name, { length }]) => ({ name, length }));
    const sorted = counts.sort((a, b) => b.length - a.length || (a.name < b.name ? -1 : 1));
    const cells = sorted.slice(0, COLUMNS).map(({ name, length }) => `${name} ${length}`);
    return { minute, posts: own.length, cells };
  });
}

function parseRows(stdout: string): Row[] {
  return stdout.split("\n").flatMap((line) => {
    const [, minute = "", posts, cells = ""] = /^(\d{4}-\d\d-\d\d \d\d:\d\d) +(\d+) {2}(.*)$/.exec(line) ?? [];
    return minute === "" ? [] : [{ minute, posts: Number(posts), cells: cells.trim().split(/ {2,}/) }];
  });
}

kafkaTest("the example in Python prints the languages of each minute, in both content modes", async (kafka) => {
  const { posts: events } = await fillTopic(kafka, 1200, 200);
  const rows = rowsOf(events);
  assert(rows.length >= 4 && rows.some(({ cells }) => cells.length === COLUMNS), JSON.stringify(rows));
  assert(events.some(({ action }) => action === "update") && events.some(({ action }) => action === "delete"));

  await using whole = new RunningExample(COMMAND, [...connection(kafka), "--from-beginning", "--until-end"]);
  assertEquals((await whole.ended()).code, 0, whole.stderr);
  assertEquals(parseRows(whole.stdout), rows);
  const lines = whole.stdout.trimEnd().split("\n");
  assertEquals(lines[0], HEADER);
  // How many came again only after their minute was printed, depends on which partitions are read first.
  const others = lines.slice(rows.length + 1, -1);
  assert(others.every((line) => /^\d+ posts came after their minute was printed, or again$/.test(line)), whole.stdout);
  assertEquals(lines.at(-1), `${FOREIGN_RECORDS} records are no CloudEvents of the producer`);

  // Without options it reads the last ten minutes and waits for more, until it is interrupted. The last minute may be so
  // short that the one before it is not over for certain.
  await using waiting = new RunningExample(COMMAND, connection(kafka));
  const over = rows.slice(0, -2);
  await until("the minutes that are over", () => parseRows(waiting.stdout).length >= over.length);
  waiting.interrupt();
  assertEquals((await waiting.ended()).code, 0, waiting.stderr);
  assertEquals(parseRows(waiting.stdout).slice(0, over.length), over);
  assertEquals(waiting.stderr, "");
}, ["long", "python-sdk"]);

kafkaTest("the example in Python names what is wrong, and ends without a traceback", async (kafka) => {
  await using unreachable = new RunningExample(COMMAND, ["--kafka-bootstrap-servers", "127.0.0.1:1"]);
  await using missing = new RunningExample(COMMAND, connection(kafka));
  assertEquals([(await unreachable.ended()).code, (await missing.ended()).code], [1, 1]);
  assertStringIncludes(unreachable.stderr, "Error: Kafka is unreachable at 127.0.0.1:1: ");
  assertStringIncludes(missing.stderr, `Error: Topic "${kafka.topic}" cannot be read: `);

  await createTopic(kafka, kafka.topic, 2);
  await using empty = new RunningExample(COMMAND, [...connection(kafka), "--until-end"]);
  assertEquals([(await empty.ended()).code, empty.stdout], [0, `${HEADER}\n`]);
  await using stopped = new RunningExample(COMMAND, connection(kafka));
  await until("the header", () => stopped.stdout !== "");
  stopped.interrupt();
  assertEquals([(await stopped.ended()).code, stopped.stdout], [0, `${HEADER}\n`]);
  for (const { stderr } of [unreachable, missing, empty, stopped]) {
    assertEquals(stderr.includes("Traceback"), false, stderr);
  }
}, ["long", "python-sdk"]);

testNeeding(["python3"], {
  name: "the example in Python says how to install its packages where they are missing",
  fn: async () => {
    // Without site-packages.
    await using bare = new RunningExample(COMMAND.replace("python3", "python3 -S"), ["--help"]);
    assertEquals((await bare.ended()).code, 1);
    assertMatch(bare.stderr, /^Error: No module named .+\nInstall the packages: pip install -r \S+requirements.txt\n$/);
  },
});

testNeeding([], {
  name: "the packages of the example in Python are pinned, and its document runs it",
  fn: () => {
    const lines = readFile("examples/python/requirements.txt").trimEnd().split("\n");
    assertEquals(lines.filter((line) => !/^[a-z-]+==\d+\.\d+\.\d+$/.test(line)), []);
    assertStringIncludes(readFile("examples/python/README.md"), `\n.venv/bin/${COMMAND}\n`);
  },
});
