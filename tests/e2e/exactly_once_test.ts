import { setTimeout as after } from "node:timers/promises";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { createRandom } from "../../src/simulator/random.ts";
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
import { FIRST_SEQ, GatedMessages, manyCommits, serveSource } from "../support/many_commits.ts";
import { RunningProgram } from "../support/program.ts";
import { readCursor } from "../support/stream.ts";
import { until, untilAtLeast } from "../support/wait.ts";
import { EVERYTHING, manyMessages, REMEMBERING } from "../support/whole_network.ts";

const KILLS = 32;

ownKafkaTest(
  "stream delivers exactly once, with everything wanted and remembered, though it is killed at random moments, and the broker too",
  async (broker) => {
    const random = printedRandom();
    const { messages, ids, lastSeq } = await manyMessages(6000, random);
    // Each instance has something to write, and so has the one that must notice that the broker is away.
    const gate = new GatedMessages(messages);
    await using server = serveSource(gate, messages.length, 125);
    const share = Math.floor(messages.length / (KILLS + 2));
    await createTopic(broker, TOPIC, 4);
    await using folder = new TestFolder();
    const args = once(streamOf(server.url, broker, folder.file("cursor"), [...EVERYTHING, ...REMEMBERING]));
    let active = 0;
    let begun = false;
    for (let round = 1; round <= KILLS; round++) {
      // Until there is a cursor, a start without one would be live.
      begun ||= await committedCursor(broker) > 0;
      await using stream = new RunningProgram([...args, ...(begun ? [] : ["--cursor", "oldest"])]);
      gate.let(share);
      // A third of the kills hit the start, from the first of its requests on.
      const isEarly = round % 3 === 0;
      if (!isEarly) await says(broker, stream, ACTIVE);
      await after(random.below(isEarly ? 1500 : 700));
      if (round === 10 || round === 20) {
        await broker.kill();
        // Once the producer outlives the broker, once it is killed while there is none.
        if (round === 10) {
          gate.let(share);
          const isNoticed = () => /Kafka (?:is unreachable|refuses events)/.test(stream.stderr);
          await until("the outage to be noticed", isNoticed);
          await broker.restart();
          await says(broker, stream, "Kafka accepts events again");
        }
      }
      if (stream.stderr.includes(ACTIVE)) active++;
      stream.kill("SIGKILL");
      await stream.ended();
      if (round === 20) await broker.restart();
    }
    assert(active >= KILLS / 2, `${active} of ${KILLS} were killed while they wrote`);
    await using last = new RunningProgram(args);
    gate.let(messages.length);
    await passes(broker, lastSeq);
    await last.stop();
    assertExactlyOnce(await readCommitted(broker.bootstrapServers, TOPIC), ids);
  },
);

ownKafkaTest(
  "stream hands a job from instance to instance, and from one way of delivery to the other",
  async (broker) => {
    const { messages, ids, lastSeq } = await manyCommits(8000, createRandom(1));
    // However slow the machine is, there are messages left for the next instance.
    const gate = new GatedMessages(messages);
    await using server = serveSource(gate, messages.length, 150);
    const moreMove = async () => {
      const before = await committedCursor(broker);
      gate.let(1000);
      await passes(broker, before + 1);
    };
    await createTopic(broker, TOPIC, 4);
    await using folder = new TestFolder();
    const file = folder.file("cursor");
    const args = streamOf(server.url, broker, file);

    // Another instance takes over, and the first says from whom it was.
    await using first = new RunningProgram([...once(args), "--cursor", "oldest"]);
    await says(broker, first, ACTIVE);
    await moreMove();
    await using second = new RunningProgram(once(args));
    const fenced = await first.ended();
    assertEquals(fenced.code, 3, fenced.stderr);
    assertMatch(fenced.stderr, /Error: Cannot continue as "bluesky_firehose-bluesky": \S+ pid \d+ \(\w+\) took over/);

    // A standby waits; when the active instance is killed, it goes on.
    await using third = new RunningProgram([...once(args), "--standby"]);
    await says(broker, third, "Standing by");
    await moreMove();
    assertEquals(third.stderr.includes(ACTIVE), false);
    second.kill("SIGKILL");
    await second.ended();
    await says(broker, third, ACTIVE);
    await moreMove();

    // One that ends well is succeeded at once.
    await using fourth = new RunningProgram([...once(args), "--standby"]);
    await says(broker, fourth, "Standing by");
    await third.stop();
    await says(broker, fourth, ACTIVE);
    await moreMove();
    await fourth.stop();

    // At least once goes on where exactly once ended, and back.
    const before = await committedCursor(broker);
    await using fifth = new RunningProgram(args);
    gate.let(1000);
    await untilAtLeast("the cursor file", before + 1, () => readCursor(file));
    const started = await fifth.stop();
    assert(started.includes(`"cursor":"${before} (cursor in the group `), started);
    await using sixth = new RunningProgram(once(args));
    gate.let(messages.length);
    await passes(broker, lastSeq);
    const ended = await sixth.stop();
    assert(ended.includes(" (cursor in the file "), ended);
    assert(before > FIRST_SEQ);
    assertExactlyOnce(await readCommitted(broker.bootstrapServers, TOPIC), ids);
  },
);
