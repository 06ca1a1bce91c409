import { assert, assertEquals } from "@std/assert";
import { openKafkaProducer } from "../../src/kafka/producer/producer.ts";
import { createTopic, kafkaTest } from "../support/kafka.ts";
import { testNeeding } from "../support/needs.ts";
import { inherited, programCommand, runProgram } from "../support/program.ts";
import { Notes, recordOf } from "../support/records.ts";
import { producerOptions, Told } from "../support/producer.ts";
import { simulator } from "../support/stream.ts";

const PARENT = new URL("../support/slow_parent.py", import.meta.url).pathname;
/** What such a pipe holds. */
const PIPE_BYTES = 4096;

/** Runs the program under a parent whose pipes say that they are full rather than to wait. */
async function runSlowly(args: readonly string[]) {
  const env = { ...inherited(), NO_COLOR: "1" };
  const command = new Deno.Command("python3", { args: [PARENT, ...programCommand(args)], clearEnv: true, env });
  const { code, stdout, stderr } = await command.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

testNeeding(["python3"], {
  name: "help and schemas are whole on a pipe that does not wait",
  fn: async () => {
    for (const args of [["help", "stream"], ["schema", "--format", "kql"]]) {
      const expected = await runProgram(args, { NO_COLOR: "1" });
      assert(expected.stdout.length > 2 * PIPE_BYTES, expected.stderr);
      assertEquals(await runSlowly(args), expected);
    }
  },
});

testNeeding(["python3"], {
  name: "stream writes every event and every line of its log to pipes that do not wait, and check all it finds",
  fn: async () => {
    const { program, url } = await simulator("--frames", "2000", "--rate", "4000", "--accounts", "10");
    await using _simulator = program;
    const wanted = ["--firehose-url", url, "--output", "-"];
    const more = ["--cursor", "oldest", "--collections", "", "--max-events", "300", "--log-level", "debug"];
    const { code, stdout, stderr } = await runSlowly(["stream", ...wanted, ...more]);
    assertEquals(code, 0, stderr.slice(-2000));
    const lines = stdout.trimEnd().split("\n");
    assertEquals([lines.length, lines.every((line) => typeof JSON.parse(line).id === "string")], [300, true]);
    assert(stdout.length > 2 * PIPE_BYTES);
    assertEquals(JSON.parse(stderr.trimEnd().split("\n").at(-1) ?? "").message, "Stopped");

    const checked = await runSlowly(["check", ...wanted, "--json"]);
    assertEquals(checked.code, 0, checked.stderr);
    assertEquals(JSON.parse(checked.stdout).ok, true);
  },
});

kafkaTest("consume shows every event on a pipe that does not wait", async (kafka) => {
  const { bootstrapServers, topic } = kafka;
  await createTopic(kafka, topic, 1);
  {
    await using sink = await openKafkaProducer(
      producerOptions(bootstrapServers, topic),
      new Told(),
      new AbortController().signal,
    );
    const notes = new Notes();
    const data = { text: "x".repeat(200) };
    for (let i = 0; i < 200; i++) {
      const event = { specversion: "1.0", id: String(i), source: "s", type: "Bluesky.Feed.Post", data };
      sink.write(recordOf(topic, "key", JSON.stringify(event)), notes);
    }
    await sink.flush();
  }
  const servers = ["--kafka-bootstrap-servers", bootstrapServers, "--kafka-topic", topic];
  const { code, stdout, stderr } = await runSlowly(["consume", ...servers, "--until-end", "--format", "ndjson"]);
  assertEquals(code, 0, stderr);
  assertEquals(
    stdout.trimEnd().split("\n").map((line) => JSON.parse(line).id),
    Array.from({ length: 200 }, (_, i) => String(i)),
  );
}, ["python3"]);
