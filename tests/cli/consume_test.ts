import { assertEquals, assertStringIncludes } from "@std/assert";
import { CONSUME_OPTIONS } from "../../src/cli/consume.ts";
import { resolve } from "../../src/config/config.ts";
import { kafkaTest, ownKafkaTest } from "../support/kafka.ts";
import { RunningProgram, runProgram } from "../support/program.ts";
import { assertSchema } from "../support/schemas.ts";
import { until } from "../support/wait.ts";

function fromOf(text: string): unknown {
  const resolution = resolve(CONSUME_OPTIONS, { from: text }, {});
  return resolution.kind === "config" ? resolution.config.from : resolution.errors.length;
}

Deno.test("consume's --from takes words, offsets and times, which are UTC without a zone", () => {
  assertEquals(fromOf("oldest"), { kind: "oldest" });
  assertEquals(fromOf("LATEST"), { kind: "latest" });
  assertEquals(fromOf("42"), { kind: "offset", offset: 42n });
  const timeMs = Date.UTC(2026, 6, 1, 12);
  for (const text of ["2026-07-01T12:00:00Z", "2026-07-01T12:00", "2026-07-01T14:00:00.000+02:00"]) {
    assertEquals(fromOf(text), { kind: "time", timeMs }, text);
  }
  assertEquals(fromOf("2026-07-01"), { kind: "time", timeMs: Date.UTC(2026, 6, 1) });
  const ages: [string, number][] = [["90s", 90_000], ["5m", 300_000], ["2H", 7_200_000], ["1.5d", 129_600_000]];
  for (const [text, ageMs] of ages) assertEquals(fromOf(text), { kind: "age", ageMs }, text);
  for (const text of ["yesterday", "-1", "2026-13-01", "1e3", "July 2026", "m", "5w", "-5m", "5 m"]) {
    assertEquals(fromOf(text), 1, text);
  }
});

Deno.test("consume's --format takes json, as stream calls it, for ndjson", () => {
  for (const [text, form] of [["json", "ndjson"], ["ndjson", "ndjson"], ["pretty", "pretty"]] as const) {
    const resolution = resolve(CONSUME_OPTIONS, { format: text }, {});
    assertEquals(resolution.kind === "config" && resolution.config.format, form);
  }
});

Deno.test("consume takes either --last or --from", async () => {
  const { code, stderr } = await runProgram(["consume", "--last", "10", "--from", "oldest"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "Cannot use --last with --from");
});

Deno.test("consume tells every error, and names no way to do without a broker, as there is none", async () => {
  const { code, stderr } = await runProgram(["consume", "--type", "psot", "--from", "never", "--count", "0"]);
  assertEquals(code, 2);
  assertEquals(stderr.trim().split("\n").length, 5, stderr);
  assertStringIncludes(stderr, '"Post" is the nearest known one');
  assertEquals(stderr.includes("--output"), false);
});

const LOGIN = [
  "listener.security.protocol.map=CLIENT:SASL_PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
  "listener.name.client.sasl.enabled.mechanisms=PLAIN",
  "listener.name.client.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required " +
  'user_reader="right";',
];

ownKafkaTest(
  "consume reads with a login, and tells a refused one without its password",
  async (broker) => {
    const connection = ["--kafka-bootstrap-servers", broker.bootstrapServers, "--sasl-username", "reader"]
      .concat(["--kafka-tls", "false", "--kafka-topic", "shown"]);
    const env = { SASL_PASSWORD: "right" };
    const filled = await runProgram(
      ["demo", "--events", "50", "--rate", "5000", "--create-topic", ...connection],
      env,
    );
    assertEquals(filled.code, 0, filled.stderr);
    const [all, refused] = await Promise.all([
      runProgram(["consume", "--until-end", ...connection], env),
      runProgram(["consume", ...connection], { SASL_PASSWORD: "wrong-secret" }),
    ]);
    assertEquals([all.code, all.stdout.trimEnd().split("\n").length], [0, 50], all.stderr);
    assertEquals([refused.code, refused.stdout], [1, ""]);
    assertStringIncludes(refused.stderr, 'Error: Cannot read the topic "shown" on ');
    assertStringIncludes(refused.stderr, "uthentication failed");
    assertEquals(refused.stderr.includes("wrong-secret"), false);
  },
  { properties: LOGIN, port: 0 },
);

kafkaTest(
  "consume shows what is in a topic, ends as asked, and tells a missing topic",
  async ({ bootstrapServers, topic }) => {
    const connection = ["--kafka-bootstrap-servers", bootstrapServers, "--kafka-topic", topic];
    const filled = await runProgram(["demo", "--events", "500", "--rate", "5000", "--create-topic", ...connection]);
    assertEquals(filled.code, 0, filled.stderr);

    const [all, posts, pretty, missing] = await Promise.all([
      runProgram(["consume", "--until-end", ...connection]),
      runProgram(["consume", "--type", "post", "--count", "3", ...connection]),
      runProgram(["consume", "--count", "1", "--format", "pretty", ...connection]),
      runProgram(["consume", ...connection.slice(0, -1), `${topic}-absent`]),
    ]);
    const events = all.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    assertEquals([all.code, events.length, new Set(events.map(({ id }) => id)).size], [0, 500, 500], all.stderr);
    for (const event of events) assertSchema(event);
    const types = posts.stdout.trimEnd().split("\n").map((line) => JSON.parse(line).type);
    assertEquals([posts.code, types], [0, Array(3).fill("Bluesky.Feed.Post")], posts.stderr);
    const [head = ""] = pretty.stdout.split("\n");
    assertEquals(pretty.code, 0);
    assertEquals(/^\S+Z {2}Bluesky\.\w+\.\w+ {2}\w+ {2}did:\S+ {2}\[\d@0\]$/.test(head), true, head);
    assertEquals([missing.code, missing.stdout], [1, ""]);
    assertStringIncludes(missing.stderr, `Error: Cannot read the topic "${topic}-absent": it does not exist`);

    const [recent, early, none] = await Promise.all([
      runProgram(["consume", "--until-end", "--from", "1h", "--partition", "0", ...connection]),
      runProgram(["consume", "--until-end", "--from", "0s", ...connection]),
      runProgram(["consume", "--partition", "99", ...connection]),
    ]);
    const ofFirst = recent.stdout.trimEnd().split("\n").map((line) => JSON.parse(line).id);
    const isPlaced = ofFirst.length > 0 && ofFirst.length < 500 && new Set(ofFirst).size === ofFirst.length;
    assertEquals([recent.code, isPlaced], [0, true], recent.stderr);
    assertEquals([early.code, early.stdout], [0, ""], early.stderr);
    assertEquals([none.code, none.stdout], [1, ""]);
    assertStringIncludes(none.stderr, `Error: Cannot read partition 99 of the topic "${topic}": it has `);

    const [last, lastPosts, counted] = await Promise.all([
      runProgram(["consume", "--last", "10", "--until-end", ...connection]),
      runProgram(["consume", "--last", "4", "--type", "post", "--until-end", ...connection]),
      runProgram(["consume", "--last", "5", "--partition", "0", "--count", "3", ...connection]),
    ]);
    const idsOf = ({ stdout }: { stdout: string }) => stdout.trimEnd().split("\n").map((line) => JSON.parse(line).id);
    assertEquals([last.code, new Set(idsOf(last)).size], [0, 10], last.stderr);
    assertStringIncludes(last.stderr, "records: 10)");
    const isPost = ({ type }: { type: string }) => type === "Bluesky.Feed.Post";
    const lastOfAll = new Set(events.filter(isPost).map(({ id }) => id));
    const postIds = idsOf(lastPosts);
    assertEquals([lastPosts.code, postIds.length, postIds.every((id) => lastOfAll.has(id))], [0, 4, true]);
    assertEquals([counted.code, idsOf(counted)], [0, ofFirst.slice(-5, -2)], counted.stderr);

    await using tail = new RunningProgram(["consume", "--last", "2", ...connection]);
    await until("the last two", () => tail.stdout.split("\n").length === 3);
    await using waiting = new RunningProgram(["consume", "--from", "latest", ...connection]);
    await until("consume to begin", () => waiting.stderr.includes("Ctrl+C stops"));
    const more = await runProgram(["demo", "--events", "20", "--seed", "2", ...connection]);
    assertEquals(more.code, 0, more.stderr);
    await until("the events to be shown", () => waiting.stdout.split("\n").length > 20);
    await until("the same behind the last two", () => tail.stdout.split("\n").length === 23);
    tail.kill("SIGINT");
    assertEquals((await tail.ended()).code, 0);
    waiting.kill("SIGINT");
    const { code, stdout, stderr } = await waiting.ended();
    assertEquals([code, stdout.trimEnd().split("\n").length], [0, 20], stderr);
    assertStringIncludes(stderr, "Events shown: 20");
  },
);
