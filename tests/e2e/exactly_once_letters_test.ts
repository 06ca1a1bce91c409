import { setTimeout as after } from "node:timers/promises";
import { assertEquals } from "@std/assert";
import type { Broker } from "../../scripts/kafka.ts";
import { encodeMessage } from "../../src/simulator/frames.ts";
import type { Random } from "../../src/simulator/random.ts";
import { readCommitted } from "../support/committed.ts";
import {
  ACTIVE,
  assertExactlyOnce,
  committedCursor,
  once,
  passes,
  printedRandom,
  says,
  streamOf,
  TOPIC,
} from "../support/exactly_once.ts";
import { TestFolder } from "../support/folder.ts";
import { createTopic, ownKafkaTest } from "../support/kafka.ts";
import { type Commits, manyCommits, serveMessages } from "../support/many_commits.ts";
import { commitMessage } from "../support/messages.ts";
import { firehoseOf } from "../support/pipeline.ts";
import { RunningProgram } from "../support/program.ts";

const LETTERS = "letters";
const KILLS = 8;
/** The largest batch that the broker takes. */
const LARGEST = 100_000;

/** A stream with what cannot be used; `letters` are what must become of that, as `SEQ REASON`. */
interface Troubled extends Commits {
  readonly letters: readonly string[];
}

/** Commits, every twentieth of which is something else: no commit, one without its block, one with a huge record. */
async function troubled(count: number, random: Random): Promise<Troubled> {
  const { messages, ids, lastSeq } = await manyCommits(count, random);
  const letters: string[] = [];
  const replaced = new Set<string>();
  const all = await Promise.all(messages.map(async (message, i) => {
    const { seq } = message;
    if (i % 20 !== 0 || seq === null) return message;
    replaced.add(String(i));
    const fields = { seq, repo: `did:plc:${"b".repeat(24)}` };
    const path = `app.bsky.feed.post/${seq}`;
    if (i % 60 === 0) {
      letters.push(`${seq} frame-invalid`);
      return { ...message, bytes: encodeMessage("#commit", { seq, repo: 7 }) };
    }
    if (i % 60 === 20) {
      letters.push(`${seq} block-missing`);
      return { ...message, bytes: await commitMessage([{ path, record: { seq }, missing: true }], fields) };
    }
    letters.push(`${seq} event-too-large`);
    return { ...message, bytes: await commitMessage([{ path, record: { text: "x".repeat(1.2 * LARGEST) } }], fields) };
  }));
  const isKept = (id: string) => !replaced.has(id.split("/").at(-1)?.split("x")[0] ?? "");
  return { messages: all, ids: ids.filter(isKept), lastSeq, letters: letters.toSorted() };
}

/** Streams it all, and kills the program now and then. */
async function streamKilled(broker: Broker, { messages, lastSeq }: Troubled, flags: readonly string[], random: Random) {
  await using server = serveMessages(messages, 150);
  await createTopic(broker, TOPIC, 2);
  await using folder = new TestFolder();
  const args = [...once(streamOf(server.url, broker, folder.file("cursor"))), ...flags];
  for (let kills = 0; kills < KILLS; kills++) {
    await using stream = new RunningProgram([...args, ...(kills === 0 ? ["--cursor", "oldest"] : [])]);
    await says(broker, stream, ACTIVE);
    // Without a cursor the next start would be live.
    if (kills === 0) await passes(broker, 1);
    await after(random.below(1500));
    stream.kill("SIGKILL");
    await stream.ended();
  }
  await using last = new RunningProgram(args);
  await passes(broker, lastSeq);
  await last.stop();
}

/** What letters are about, as `SEQ REASON`, in order. */
function subjectsOf(values: readonly string[]): string[] {
  return values.map((value) => JSON.parse(value).data).map(({ seq, reason }) => `${seq} ${reason}`).toSorted();
}

const BROKER = { properties: [`message.max.bytes=${LARGEST}`], port: 0 };

ownKafkaTest("stream delivers each event and each dead letter exactly once though it is killed", async (broker) => {
  const random = printedRandom();
  const stream = await troubled(2400, random);
  await createTopic(broker, LETTERS, 2);
  await streamKilled(broker, stream, ["--dead-letter-topic", LETTERS], random);
  assertExactlyOnce(await readCommitted(broker.bootstrapServers, TOPIC), stream.ids);
  const letters = await readCommitted(broker.bootstrapServers, LETTERS);
  assertEquals(subjectsOf(letters.map(({ value }) => value)), stream.letters);
  assertEquals(stream.letters.length, 120);
}, BROKER);

ownKafkaTest(
  "stream delivers exactly once with each dead letter in a file at least once though it is killed",
  async (broker) => {
    const random = printedRandom();
    const stream = await troubled(1200, random);
    await using folder = new TestFolder();
    const file = folder.file("letters.ndjson");
    await streamKilled(broker, stream, ["--dead-letter-file", file], random);
    assertExactlyOnce(await readCommitted(broker.bootstrapServers, TOPIC), stream.ids);
    // A kill may cut a line short; what it held is written again.
    const lines = (await Deno.readTextFile(file)).split("\n").filter((line) => line.endsWith("}"));
    assertEquals([...new Set(subjectsOf(lines))], stream.letters);
  },
  BROKER,
);

ownKafkaTest(
  "stream commits nothing exactly once before the dead letters of that are in their file",
  async (broker) => {
    await createTopic(broker, TOPIC, 1);
    await using folder = new TestFolder();
    // A pipe takes 64 KB, and no more until somebody reads.
    const pipe = folder.file("letters");
    await new Deno.Command("sh", { args: ["-c", 'mkfifo "$1"', "sh", pipe] }).output();
    const garbage = encodeMessage("#commit", { seq: 2, repo: 7, more: "x".repeat(LARGEST) });
    await using server = firehoseOf([
      { seq: 1, bytes: await commitMessage([{ path: "app.bsky.feed.like/a", record: {} }], { seq: 1 }) },
      { seq: 2, bytes: garbage },
    ]);
    const args = [...once(streamOf(server.url, broker, folder.file("cursor"))), "--cursor", "oldest"];
    await using stream = new RunningProgram([...args, "--dead-letter-file", pipe]);
    await says(broker, stream, "frame-invalid");
    // As long as several transactions take.
    await after(2000);
    assertEquals([await committedCursor(broker), await readCommitted(broker.bootstrapServers, TOPIC)], [0, []]);
    const reader = await Deno.open(pipe);
    const lines = reader.readable.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes("\n")) text += (await lines.read()).value ?? "";
    assertEquals(subjectsOf([text]), ["2 frame-invalid"]);
    await passes(broker, 2);
    assertEquals((await readCommitted(broker.bootstrapServers, TOPIC)).length, 1);
    await stream.stop();
    await lines.cancel();
  },
  BROKER,
);
