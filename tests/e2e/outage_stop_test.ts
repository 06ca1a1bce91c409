import { assert, assertEquals } from "@std/assert";
import { consumeAll, createTopic, ownKafkaTest } from "../support/kafka.ts";
import { GatedMessages, serveSource } from "../support/many_commits.ts";
import { RunningProgram } from "../support/program.ts";
import { expect, FIRST_SEQ, idsOf, readCursor } from "../support/stream.ts";
import { until, untilAtLeast } from "../support/wait.ts";

const TOPIC = "bluesky";
const FRAMES = 1500;

ownKafkaTest(
  "a stop while Kafka is away says what it waits for, has a status of its own, and loses nothing",
  async (broker) => {
    await createTopic(broker, TOPIC, 12);
    const { messages, ids, lastSeq } = await expect(FRAMES);
    // There is more to deliver when the broker is away, however late that is.
    const gate = new GatedMessages(messages);
    gate.let(FRAMES / 3);
    await using server = serveSource(gate, FRAMES, 300);
    const cursorFile = `${await Deno.makeTempDir()}/cursor.json`;
    const args = ["stream", "--firehose-url", server.url, "--kafka-bootstrap-servers", broker.bootstrapServers]
      .concat(["--kafka-topic", TOPIC, "--collections", "", "--cursor-file", cursorFile, "--cursor", "oldest"])
      .concat(["--metrics-port", "0", "--shutdown-timeout", "0.5"]);
    await using stream = new RunningProgram(args);
    const logged = (message: string) =>
      stream.stderr.split("\n").filter((line) => line.includes(message)).map((line) => JSON.parse(line));
    await until("the cursor to move", () => readCursor(cursorFile) > FIRST_SEQ + 100);
    await broker.kill();
    gate.let(FRAMES);
    await until(
      "the outage in the status",
      () => logged("Running").some(({ state }) => state.startsWith("KAFKA DOWN")),
    );
    const [running] = logged("Running").filter(({ state }) => state.startsWith("KAFKA DOWN"));
    assert(running.deliveryLagSeconds > 1 && running.unacknowledgedEvents > 0, JSON.stringify(running));
    const port = logged("Serving metrics")[0].url.replace("/metrics", "");
    const lag = /^bluesky_firehose_delivery_lag_seconds (\S+)$/m.exec(await (await fetch(`${port}/metrics`)).text());
    assert(Number(lag?.[1]) > 1, String(lag));
    assert((await (await fetch(`${port}/readyz`)).json()).deliveryLagSeconds > 1);
    stream.kill("SIGTERM");
    const { code, stderr } = await stream.ended();
    assertEquals(code, 4, stderr);
    // Twelve partitions fail; one line says so, with what waits and what to do.
    const outages = logged("Kafka is unreachable");
    assertEquals(outages.length, 1, stderr);
    assertEquals(outages[0].server, broker.bootstrapServers, stderr);
    assert(outages[0].events > 0, stderr);
    const [stopping] = logged('"Stopping"');
    assert(stopping.events > 0 && stopping.waitSeconds === 0.5, stderr);
    assert(logged("Stopped before everything was delivered")[0].level === "warn", stderr);

    await broker.restart();
    await using next = new RunningProgram(args.filter((each) => each !== "--cursor" && each !== "oldest"));
    await untilAtLeast("the cursor", lastSeq, () => readCursor(cursorFile));
    await next.stop();
    const delivered = new Set(idsOf(await consumeAll(broker, TOPIC)));
    assertEquals(ids.filter((id) => !delivered.has(id)), []);
  },
);
