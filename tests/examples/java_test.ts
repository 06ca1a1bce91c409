import { assert, assertEquals, assertMatch } from "@std/assert";
import { visible } from "../support/churn.ts";
import { churnOfLikes, exampleCommand, fillTwice, type RecordEvent, statesOf } from "../support/examples.ts";
import { TestFolder } from "../support/folder.ts";
import { kafkaTest, type SharedKafka, testClient } from "../support/kafka.ts";
import { RunningProcess } from "../support/program.ts";
import { moved, untilStill } from "../support/wait.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const FOLDER = "examples/java";
const SOURCES = `${FOLDER}/src/main/java/likes`;

interface Tally {
  readonly likes: number;
  readonly taken_back: number;
}

/** What the counts must be, from the events by themselves: each like is of the post that its latest version names. */
function talliesOf(events: readonly RecordEvent[]): Map<string, Tally> {
  const tallies = new Map<string, Tally>();
  const likes = events.filter(({ id }) => id.split("/")[2] === "app.bsky.feed.like");
  const named = Map.groupBy(likes.filter(({ action }) => action !== "delete"), ({ data }) => data.uri);
  for (const { latest } of statesOf(likes).values()) {
    const versions = (named.get(latest.data.uri) ?? []).toSorted((one, other) => one.rev < other.rev ? -1 : 1);
    const post = versions.at(-1)?.data.subject_uri ?? "";
    if (post === "") continue;
    const before = tallies.get(post) ?? { likes: 0, taken_back: 0 };
    tallies.set(
      post,
      latest.action === "delete"
        ? { ...before, taken_back: before.taken_back + 1 }
        : { ...before, likes: before.likes + 1 },
    );
  }
  return tallies;
}

/** A copy of the example's sources: what Maven makes of them is not to be in the repository. */
async function copyExample(): Promise<TestFolder> {
  const copy = new TestFolder();
  await Deno.mkdir(copy.file(SOURCES), { recursive: true });
  const sources = [...Deno.readDirSync(ROOT + SOURCES)].map(({ name }) => `${SOURCES}/${name}`);
  for (const path of [`${FOLDER}/pom.xml`, ...sources]) {
    await Deno.writeTextFile(copy.file(path), await Deno.readTextFile(ROOT + path));
  }
  return copy;
}

/** The command of the document in a folder, with these options. */
function start(folder: TestFolder, options: readonly string[]): RunningProcess {
  const line = exampleCommand(`${FOLDER}/README.md`, "mvn ");
  const process = new Deno.Command("sh", {
    args: ["-c", `exec ${line} -B -Dexec.args='${options.join(" ")}'`],
    cwd: folder.path,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  return new RunningProcess(process.spawn());
}

/** Everything in a topic of counts, the last of each key, as it comes. */
async function followCounts(
  kafka: SharedKafka,
  topic: string,
): Promise<AsyncDisposable & { readonly counts: Map<string, unknown> }> {
  const counts = new Map<string, unknown>();
  const consumer = testClient(kafka).consumer({ groupId: `${kafka.topic}-test` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: ({ message }) => {
      counts.set(String(message.key), JSON.parse(String(message.value)));
      moved();
      return Promise.resolve();
    },
  });
  return { counts, [Symbol.asyncDispose]: () => consumer.disconnect() };
}

function sorted(counts: ReadonlyMap<string, unknown>): unknown {
  return [...counts].toSorted(([one], [other]) => one < other ? -1 : 1);
}

/** The list that the example prints. */
function listOf(tallies: ReadonlyMap<string, Tally>, top: number): string {
  const all = [...tallies.values()];
  const sum = (name: keyof Tally) => all.reduce((total, tally) => total + tally[name], 0).toLocaleString("en");
  const first = [...tallies].toSorted(([one, a], [other, b]) => b.likes - a.likes || (one < other ? -1 : 1));
  const row = (...[likes, takenBack, post]: readonly string[]) =>
    `${likes?.padStart(10)}  ${takenBack?.padStart(10)}  ${post}\n`;
  return [
    `  ${sum("likes")} likes of ${tallies.size.toLocaleString("en")} posts; ${
      sum("taken_back")
    } more were taken back\n`,
    row("likes", "taken back", "post"),
    ...first.slice(0, top).map(([post, { likes, taken_back }]) => row(`${likes}`, `${taken_back}`, post)),
  ].join("");
}

/** Runs the example until it has printed this list, then ends it as Ctrl+C does. */
async function runToList(folder: TestFolder, options: readonly string[], list: string): Promise<void> {
  await using example = start(folder, options);
  await untilStill(
    "the list of the example",
    () => [example.stdout, example.stderr],
    () => example.code !== null || example.stdout.includes(list),
  );
  assertEquals(example.code, null, example.stderr);
  example.kill("SIGINT");
  const { code, stderr } = await example.ended();
  // 128 and the signal's number, by which a shell knows that Ctrl+C ended it.
  assertEquals(code, 130, stderr);
  assertMatch(stderr, /Counting the likes in .+ until Ctrl\+C\n[^]*Stopped\. The next run resumes here\./);
  assert(!stderr.includes("Exception") && !stderr.includes("Warning"), stderr);
}

kafkaTest("the example in Java counts likes per post, takes deletes off, and counts repeats once", async (kafka) => {
  const network = await churnOfLikes(700);
  const events = await fillTwice(network, kafka);
  const expected = talliesOf(events);
  const all = [...expected.values()];
  const likes = all.reduce((sum, tally) => sum + tally.likes, 0);
  // The network itself knows which likes there are, in none of these ways.
  const there = [...visible(network.live).keys()].filter((uri) => uri.includes("/app.bsky.feed.like/"));
  assertEquals(likes, there.length);
  assert(likes > 150 && all.reduce((sum, tally) => sum + tally.taken_back, 0) > 50, `${likes}`);

  await using folder = await copyExample();
  const output = `${kafka.topic}-likes`;
  const options = ["--bootstrap-servers", kafka.bootstrapServers, "--topic", kafka.topic, "--top", "7"].concat(
    ["--output-topic", output, "--application-id", `${kafka.topic}-app`, "--state-dir", folder.file("state")],
  );
  const list = listOf(expected, 7);
  await runToList(folder, options, list);
  // The next run has the same counts, also where the local state is lost.
  await Deno.remove(folder.file("state"), { recursive: true });
  await runToList(folder, options, list);

  await using follower = await followCounts(kafka, output);
  const wanted = JSON.stringify(sorted(expected));
  await untilStill(
    "the counts of all posts",
    () => [...follower.counts],
    () => JSON.stringify(sorted(follower.counts)) === wanted,
  );

  const failing = [
    [["--topic", `${output}-missing`], 1, /^Error: No topic ".+-missing" on .+ Create it: .+/m],
    [["--bootstrap-servers", "127.0.0.1:1"], 1, /^Error: No Kafka broker answered on 127\.0\.0\.1:1 within 10 s\./m],
    [["--tip", "3"], 2, /^Error: Unknown option "--tip": expected one of --bootstrap-servers, /m],
  ] as const;
  for (const [more, status, message] of failing) {
    await using example = start(folder, [...options, ...more]);
    const { code, stderr } = await example.ended();
    assertEquals(code, status, stderr);
    // Maven itself begins with an escape sequence.
    assertMatch(stderr.replaceAll("\x1b[0m", ""), message);
  }
}, ["long", "jdk"]);
