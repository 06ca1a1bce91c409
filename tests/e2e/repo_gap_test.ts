import { assert, assertEquals } from "@std/assert";
import { decodeFrame, isSequenced } from "../../src/atproto/frame.ts";
import { RepoMemory, repoTable } from "../../src/memory/repo_memory.ts";
import { createNetwork } from "../../src/simulator/network.ts";
import { mixOf } from "../../src/simulator/mix.ts";
import type { SimulatedFrame } from "../../src/simulator/messages.ts";
import { ACTIVE, committedCursor, once, says, streamOf, TOPIC } from "../support/exactly_once.ts";
import { readCommitted } from "../support/committed.ts";
import { TestFolder } from "../support/folder.ts";
import { createTopic, ownKafkaTest } from "../support/kafka.ts";
import { serveMessages } from "../support/many_commits.ts";
import { RunningProgram } from "../support/program.ts";
import { testNeeding } from "../support/needs.ts";
import { eventsOfLines } from "../support/schemas.ts";
import { readCursor } from "../support/stream.ts";
import { until, untilAtLeast } from "../support/wait.ts";

const KILLS = 5;
const FIRST_SEQ = 31_500_000_000;

/** Messages of a network that loses and repeats commits, and the ids of the events that are to come of them. */
async function lossyNetwork(count: number) {
  const mix = mixOf({ like: 60, post: 15, "broken-chain": 8, "repeated-commit": 8, sync: 3, reset: 2, account: 4 });
  const network = await createNetwork({
    seed: 9,
    accounts: 40,
    pastRecords: 20,
    firstSeq: FIRST_SEQ,
    startMs: Date.now() - 3_600_000,
    stepMs: 5,
    mix,
  });
  const memory = new RepoMemory(repoTable(1000, 1), null, () => {});
  const messages: SimulatedFrame[] = [];
  const [gaps, records] = [new Set<string>(), new Set<string>()];
  let repeats = 0;
  for (let i = 0; i < count; i++) {
    const message = await network.next();
    messages.push(message);
    const frame = decodeFrame(message.bytes);
    if (!isSequenced(frame)) continue;
    const followed = memory.follow(frame, "h", Date.now());
    if (followed === "repeat") repeats++;
    else if (followed !== "new") gaps.add(`repo-gap/${message.did}/${message.rev}`);
    if (followed === "repeat" || frame.kind !== "commit") continue;
    for (const { action, path } of message.ops) {
      if (action !== "delete" && /^app\.bsky\.feed\.(?:like|post)\//.test(path)) {
        records.add(`${message.did}/${message.rev}/${path}`);
      }
    }
  }
  assert(gaps.size > 50 && repeats > 50, `${gaps.size} gaps, ${repeats} repeats`);
  return { messages, gaps, records, lastSeq: messages.at(-1)?.seq ?? 0 };
}

function served(messages: readonly SimulatedFrame[], rate: number) {
  return serveMessages(messages.map(({ seq, bytes }) => ({ seq, bytes, atMs: null })), rate);
}

/** The ids among these of gaps of repositories, and of records. */
function idsOf(events: readonly { readonly type: string; readonly id: string }[]) {
  const gaps = events.filter(({ type }) => type === "Bluesky.Stream.RepoGap").map(({ id }) => id);
  return { gaps, records: events.filter(({ type }) => type.startsWith("Bluesky.Feed.")).map(({ id }) => id) };
}

const TRACKING = ["--track-repos", "1000"];

testNeeding(["long"], {
  name:
    "stream finds every loss of an account, raises no false alarm and loses nothing, though it is killed five times",
  fn: async () => {
    const { messages, gaps, records, lastSeq } = await lossyNetwork(1500);
    await using server = served(messages, 150);
    await using folder = new TestFolder();
    const [cursor, output] = [folder.file("cursor"), folder.file("events.ndjson")];
    const args = ["stream", "--firehose-url", server.url, "--output", output, "--cursor-file", cursor, ...TRACKING];
    for (let round = 0; round < KILLS; round++) {
      const start = round === 0 ? ["--cursor", "oldest"] : [];
      await using stream = new RunningProgram([...args, ...start]);
      const before = readCursor(cursor);
      await untilAtLeast(
        "the cursor to move",
        Math.min(lastSeq, Math.max(before, FIRST_SEQ) + 20),
        () => readCursor(cursor),
      );
      stream.kill("SIGKILL");
      const { stderr } = await stream.ended();
      assertEquals(/cannot be used|cannot be written/.test(stderr), false, stderr);
    }
    await using last = new RunningProgram(args);
    // On a busy machine all may be handled before this one has begun.
    await until("what is remembered", () => /"memory":"repos","entries":[1-9]/.test(last.stderr));
    await untilAtLeast("the last message", lastSeq, () => readCursor(cursor));
    await last.stop();
    const lines = (await Deno.readTextFile(output)).split("\n").filter((line) => line.endsWith("}"));
    const found = idsOf(eventsOfLines(lines.join("\n")));
    assertEquals(new Set(found.gaps), gaps);
    assertEquals(new Set(found.records), records);
  },
});

ownKafkaTest("stream finds every loss of an account exactly once, though it is killed five times", async (broker) => {
  const { messages, gaps, records, lastSeq } = await lossyNetwork(1500);
  // So few a second that some are left when the last instance starts.
  await using server = served(messages, 60);
  await createTopic(broker, TOPIC, 4);
  await using folder = new TestFolder();
  const args = [...once(streamOf(server.url, broker, folder.file("cursor"))), ...TRACKING];
  for (let round = 0; round < KILLS; round++) {
    await using stream = new RunningProgram([...args, ...(round === 0 ? ["--cursor", "oldest"] : [])]);
    await says(broker, stream, ACTIVE);
    const before = await committedCursor(broker);
    await untilAtLeast(
      "the cursor to move",
      Math.min(lastSeq, Math.max(before, FIRST_SEQ) + 20),
      () => committedCursor(broker),
    );
    stream.kill("SIGKILL");
    await stream.ended();
  }
  await using last = new RunningProgram(args);
  await untilAtLeast("the last message", lastSeq, () => committedCursor(broker));
  await last.stop();
  const events = (await readCommitted(broker.bootstrapServers, TOPIC)).map(({ value }) => JSON.parse(value));
  const found = idsOf(events);
  assertEquals([found.gaps.toSorted(), found.records.toSorted()], [[...gaps].toSorted(), [...records].toSorted()]);
});
