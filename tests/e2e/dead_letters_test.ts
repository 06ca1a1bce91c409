import { assert, assertEquals } from "@std/assert";
import { commitMessage } from "../support/messages.ts";
import { consumeAll, createTopics, kafkaTest } from "../support/kafka.ts";
import { firehoseOf } from "../support/pipeline.ts";
import { RunningCommand } from "../support/running_command.ts";
import { assertSchema } from "../support/schemas.ts";
import { until } from "../support/wait.ts";

const LIKE = "app.bsky.feed.like";

function like(seq: number, name: string, change: { missing?: boolean; bytes?: Uint8Array } = {}) {
  return commitMessage([{ path: `${LIKE}/${name}`, record: { seq }, ...change }], { seq })
    .then((bytes) => ({ seq, bytes }));
}

/** The data of letters, each valid. */
function dataOf(lines: readonly string[]): Record<string, unknown>[] {
  return lines.map((line) => {
    const event = JSON.parse(line);
    assertSchema(event);
    assertEquals(event.type, "Bluesky.Stream.DeadLetter");
    return event.data;
  });
}

Deno.test("stream appends dead letters to the file of --dead-letter-file, and the events go on", async () => {
  const folder = await Deno.makeTempDir();
  await using server = firehoseOf([
    await like(1, "a"),
    await like(2, "b", { missing: true }),
    { seq: null, bytes: new Uint8Array([1, 2]) },
    await like(3, "c"),
  ]);
  const [output, letters] = [`${folder}/events.ndjson`, `${folder}/letters.ndjson`];
  const flags = ["--firehose-url", server.url, "--cursor", "oldest", "--output", output, "--dead-letter-file", letters];
  await using command = new RunningCommand(["stream", ...flags]);
  const linesOf = (path: string) => {
    try {
      return Deno.readTextFileSync(path).split("\n").slice(0, -1);
    } catch {
      return [];
    }
  };
  await until("all lines", () => linesOf(output).length === 2 && linesOf(letters).length === 2);
  assertEquals(await command.stop(), "ok");
  assertEquals(dataOf(linesOf(letters)).map(({ reason, seq }) => [reason, seq]), [
    ["block-missing", 2],
    ["frame-undecodable", null],
  ]);
  assert(command.stderr.includes('"deadLetters":2'), command.stderr);
});

kafkaTest(
  "stream keeps what the broker refuses for its size in --dead-letter-topic, cut to what that takes",
  async (kafka) => {
    const folder = await Deno.makeTempDir();
    const letterTopic = `${kafka.topic}-letters`;
    const configEntries = [{ name: "max.message.bytes", value: "100000" }];
    const topics = [[kafka.topic, 2] as const, [letterTopic, 1] as const]
      .map(([topic, numPartitions]) => ({ topic, numPartitions, configEntries }));
    await createTopics(kafka, topics);
    const record = { text: "x".repeat(120_000) };
    const big = await commitMessage(
      [{ path: "app.bsky.feed.post/big", record }, { path: `${LIKE}/small`, record: {} }],
      {
        seq: 1,
      },
    );
    await using server = firehoseOf([{ seq: 1, bytes: big }, await like(2, "b", { missing: true })]);
    await using command = new RunningCommand([
      ...["stream", "--firehose-url", server.url, "--cursor", "oldest", "--cursor-file", `${folder}/cursor.json`],
      ...["--kafka-bootstrap-servers", kafka.bootstrapServers, "--kafka-topic", kafka.topic],
      ...["--dead-letter-topic", letterTopic],
    ]);
    const cursor = () => Deno.readTextFile(`${folder}/cursor.json`).then((text) => JSON.parse(text).cursor, () => 0);
    await until("the cursor", async () => await cursor() === 2);
    assertEquals(await command.stop(), "ok", command.stderr);
    const events = await consumeAll(kafka, kafka.topic);
    assertEquals(events.map(({ value }) => JSON.parse(value).id.split("/").at(-1)), ["small"]);
    const letters = await consumeAll(kafka, letterTopic);
    const found = dataOf(letters.map(({ value }) => value));
    const [missing, refused] = found.toSorted((a, b) => String(a["reason"]) < String(b["reason"]) ? -1 : 1);
    assertEquals([refused?.["reason"], refused?.["path"], refused?.["content"]], [
      "event-too-large",
      "app.bsky.feed.post/big",
      "event",
    ]);
    assert(Number(refused?.["raw_bytes"]) > 120_000);
    // The topic takes 100,000 bytes: the second bound fits.
    assertEquals(Uint8Array.fromBase64(String(refused?.["raw"])).length, 65_536);
    assertEquals(missing?.["reason"], "block-missing");
  },
);
