/**
 * Delivery exactly once into several topics: one transaction holds the records of all of them.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { decodeFrame } from "../../src/atproto/frame.ts";
import { createRandom } from "../../src/simulator/random.ts";
import { serve } from "../../src/simulator/server.ts";
import { readCommitted } from "../support/committed.ts";
import { assertExactlyOnce, once } from "../support/exactly_once.ts";
import { TestFolder } from "../support/folder.ts";
import { kafkaTest, withAdmin } from "../support/kafka.ts";
import { FIRST_SEQ, manyCommits } from "../support/many_commits.ts";
import { opsOf } from "../support/messages.ts";
import { RunningProgram } from "../support/program.ts";
import { untilAtLeast } from "../support/wait.ts";

/** So many messages come before the cursor is lost. */
const BEFORE_LOSS = 2000;
const COLLECTIONS = ["app.bsky.graph.follow", "app.bsky.feed.threadgate"];

kafkaTest(
  "stream delivers exactly once into topics by a template, through kills and the loss of its cursor",
  async (kafka) => {
    const { messages, lastSeq } = await manyCommits(3000, createRandom(3));
    const gate = Promise.withResolvers<void>();
    let index = 0;
    const next = async () => {
      if (index === BEFORE_LOSS) await gate.promise;
      return messages[index++] ?? null;
    };
    await using server = serve({ next }, { port: 0, rate: 400, window: messages.length, faults: [] });
    await using folder = new TestFolder();
    const template = `${kafka.topic}.{collection}`;
    const args = once(["stream", "--firehose-url", server.url, "--kafka-bootstrap-servers", kafka.bootstrapServers])
      .concat(["--kafka-topic", template, "--create-topic", "--topic-partitions", "2"])
      .concat(["--collections", "app.bsky.*", "--cursor-file", folder.file("cursor")]);
    // The topic of what is about the stream keeps the cursor, and the template names the job.
    const groupId = `bluesky_firehose-${template}`;
    const cursor = async () => {
      const topics = [`${kafka.topic}.stream`];
      const [found] = await withAdmin(kafka, (admin) => admin.fetchOffsets({ groupId, topics })).catch(() => []);
      return Number(found?.partitions.find(({ partition }) => partition === 0)?.offset ?? 0);
    };
    for (let round = 1; round <= 3; round++) {
      await using stream = new RunningProgram([...args, ...(round === 1 ? ["--cursor", "oldest"] : [])]);
      const target = Math.max(await cursor(), FIRST_SEQ) + 400;
      await untilAtLeast("the cursor", Math.min(target, FIRST_SEQ + BEFORE_LOSS - 1), cursor);
      stream.kill("SIGKILL");
      await stream.ended();
    }
    {
      await using stream = new RunningProgram(args);
      await untilAtLeast("the cursor", FIRST_SEQ + BEFORE_LOSS - 1, cursor);
      await stream.stop();
    }
    await withAdmin(kafka, (admin) => admin.deleteGroups([groupId]));
    await using last = new RunningProgram(args);
    gate.resolve();
    await untilAtLeast("the cursor", lastSeq, cursor);
    assertStringIncludes(await last.stop(), "The topic holds this job's events up to");

    for (const collection of COLLECTIONS) {
      const expected = messages.flatMap(({ bytes }) => {
        const frame = decodeFrame(bytes);
        if (frame.kind !== "commit") throw new Error(frame.kind);
        const paths = opsOf(frame).map((op) => op.split(" ")[1] ?? "").filter((path) => path.startsWith(collection));
        return paths.map((path) => `${frame.did}/${frame.rev}/${path}`);
      });
      assertExactlyOnce(await readCommitted(kafka.bootstrapServers, `${kafka.topic}.${collection}`), expected);
    }
    assertEquals(await readCommitted(kafka.bootstrapServers, `${kafka.topic}.other`), []);
  },
  ["long"],
);
