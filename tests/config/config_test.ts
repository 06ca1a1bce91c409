import { assertEquals, assertStringIncludes } from "@std/assert";
import { EVENT_KINDS } from "../../src/events/definition.ts";
import { LOG_OPTIONS } from "../../src/telemetry/options.ts";
import { type Config, OPTIONS, resolve, resolveConfig, resolveWithKafka } from "../../src/config/config.ts";
import type { SECURITY_OPTIONS } from "../../src/kafka/options/security_options.ts";
import type { Environment, FlagTexts } from "../../src/config/table.ts";
import { KNOWLEDGE_CASES, KNOWLEDGE_DEFAULTS, OPERATION_CASES, OPERATION_DEFAULTS } from "../support/option_cases.ts";

const SUBSCRIBE = "/xrpc/com.atproto.sync.subscribeRepos";
const STDOUT = { output: "-" };

function configOf(flags: FlagTexts, env: Environment): Config {
  const resolution = resolveConfig(flags, env);
  if (resolution.kind === "errors") throw new Error(resolution.errors.join("\n"));
  return resolution.config;
}

function errorsOf(flags: FlagTexts, env: Environment): readonly string[] {
  const resolution = resolveConfig(flags, env);
  return resolution.kind === "errors" ? resolution.errors : [];
}

/**
 * Options that are right without others beside them; those of TLS and SASL are in security_test.ts, and --format, which is
 * not for Kafka, in event_text_test.ts.
 */
type Alone =
  | Exclude<keyof typeof OPTIONS, keyof typeof SECURITY_OPTIONS | `${string}File` | "format">
  | "cursorFile"
  | "deadLetterFile"
  | "saslUsername"
  | "saslPassword"
  | "kafkaTls";

// For each option: a text, its value, another text, its value, and a text that is wrong. Kafka's are shown in `kafka`.
const LISTED = { kind: "list", dids: ["did:web:a", "did:web:b"] } as const;
const CASES = {
  kafkaBootstrapServers: ["a:1", ["a:1"], "b:2", ["b:2"], "a:0"],
  kafkaTopic: ["t1", "t1", "t2", "t2", "a b"],
  saslUsername: ["u1", "u1", "u2", "u2", null],
  saslPassword: ["p1", "p1", "p2", "p2", null],
  kafkaTls: ["true", true, "false", false, "maybe"],
  connectionString: ["BootstrapServer=c:1", ["c:1"], "BootstrapServer=d:2", ["d:2"], "x"],
  createTopic: ["true", true, "0", false, "maybe"],
  topicPartitions: ["12", 12, "1", 1, "0"],
  topicReplication: ["3", 3, "-1", -1, "0"],
  partitioner: ["crc32", "crc32", "murmur2", "murmur2", "md5"],
  compression: ["zstd", "zstd", "GZIP", "gzip", "lz4"],
  maxTopics: ["5", 5, "0", 0, "-1"],
  kafkaKey: ["uri", "uri", "DID", "did", "type"],
  kafkaTimestamp: ["send", "send", "Event", "event", "now"],
  tombstones: ["false", false, "0", false, "maybe"],
  contentMode: ["binary", "binary", "Structured", "structured", "batched"],
  delivery: ["exactly-once", "exactly-once", "at-least-once", "at-least-once", "at-most-once"],
  transactionalId: ["one", "one", "two", "two", "a\u0007b"],
  cursorGroup: ["one", "one", "two", "two", "a\u0007b"],
  standby: ["true", true, "0", false, "maybe"],
  firehoseUrl: [
    "ws://h/p",
    ["ws://h/p"],
    "wss://i/q, ws://k/",
    ["wss://i/q", `ws://k${SUBSCRIBE}`],
    "https://bsky.network/",
  ],
  cursor: ["oldest", { kind: "oldest" }, "17", { kind: "seq", seq: 17 }, "-1"],
  cursorFile: ["/a", "/a", "b", "b", "/tmp/"],
  idleTimeoutMs: ["10", 10_000, "2s", 2_000, "0"],
  wholeRecords: ["true", true, "yes", true, "maybe"],
  events: ["Deletes, records", ["records", "deletes"], "all", EVENT_KINDS, "deleets"],
  collections: [
    "app.bsky.graph.block",
    ["app.bsky.graph.block"],
    "app.bsky.actor.profile",
    ["app.bsky.actor.profile"],
    "post",
  ],
  sampleRate: ["0.5", { rest: 0.5, of: [] }, "0,a.b.c=0.1", { rest: 0, of: [["a.b.c", 0.1]] }, "1.1"],
  langs: ["en,pt-BR", ["en", "pt-br"], "und", ["und"], "english!"],
  posts: ["root", "root", "Replies", "replies", "none"],
  dids: ["@/a", { kind: "file", path: "/a" }, "did:web:a, did:web:b", LISTED, "alice.bsky.social"],
  excludeDids: ["did:web:a,did:web:b", LISTED, "@b", { kind: "file", path: "b" }, "@"],
  shard: ["1/2", { index: 1, count: 2 }, "0/4", { index: 0, count: 4 }, "2/2"],
  ...KNOWLEDGE_CASES,
  maxEvents: ["5", 5, "6", 6, "0"],
  output: ["kafka", { kind: "kafka" }, "kafka", { kind: "kafka" }, "dir/"],
  maxInFlightBytes: ["1048576", 1_048_576, "67108864", 67_108_864, "1"],
  maxPauseMs: ["5", 5_000, "90s", 90_000, "0"],
  failoverRewindMs: ["5", 5_000, "90s", 90_000, "0"],
  replayWindowMs: ["24", 86_400_000, "1.5h", 5_400_000, "0"],
  deadLetterTopic: ["d1", "d1", "d2", "d2", "d 1"],
  deadLetterFile: ["/d1", "/d1", "d2", "d2", "/d/"],
  shutdownTimeoutMs: ["5", 5_000, "0", 0, "soon"],
  ...OPERATION_CASES,
} as const satisfies Record<Alone, readonly [string, unknown, string, unknown, string | null]>;

/** What of the configuration shows the value of an option. */
function shownOf(config: Config, name: string): unknown {
  const { kafka } = config;
  switch (name) {
    case "kafkaBootstrapServers":
    case "connectionString":
      return kafka?.brokers;
    case "kafkaTopic":
      return kafka?.topic;
    case "saslUsername":
      return kafka?.sasl?.mechanism === "plain" && kafka.sasl.username;
    case "saslPassword":
      return kafka?.sasl?.mechanism === "plain" && kafka.sasl.password;
    case "kafkaTls":
      return kafka !== null && kafka.tls !== null;
    default:
      return Object.entries(config).find(([key]) => key === name)?.[1];
  }
}

const BASE_ENV = { KAFKA_BOOTSTRAP_SERVERS: "k:9092", KAFKA_TOPIC: "t", SASL_USERNAME: "u", SASL_PASSWORD: "p" };

Deno.test("resolveConfig() takes each option from its flag and from each of its variables, the flag first", () => {
  let count = 0;
  for (const [name, [text, value, other, otherValue]] of Object.entries(CASES)) {
    const spec = Object.entries(OPTIONS).find(([key]) => key === name)?.[1];
    if (spec === undefined) throw new Error(name);
    const base = name === "standby" ? { ...BASE_ENV, BLUESKY_DELIVERY: "exactly-once" } : BASE_ENV;
    assertEquals(shownOf(configOf({ [name]: text }, base), name), value, `--${spec.flag} ${text}`);
    for (const variable of spec.env) {
      const env = { ...base, [variable]: other };
      assertEquals(shownOf(configOf({}, env), name), otherValue, `${variable} ${other}`);
      assertEquals(shownOf(configOf({ [name]: text }, env), name), value, `--${spec.flag} over ${variable}`);
      count++;
    }
  }
  assertEquals(count, 63);
});

Deno.test("resolveConfig() refuses what Event Hubs cannot read, however it is named", () => {
  const key = "Endpoint=sb://n.servicebus.windows.net/;SharedAccessKeyName=a;SharedAccessKey=b;EntityPath=t";
  const hosts = { kafkaBootstrapServers: "n.servicebus.windows.net", saslMechanism: "oauthbearer" };
  for (const to of [{ connectionString: key }, { ...hosts, kafkaTopic: "t" }]) {
    for (const compression of ["none", "gzip"]) {
      assertEquals(configOf({ ...to, compression }, {}).compression, compression);
    }
    for (const compression of ["zstd", "snappy"]) {
      const [error = "", ...more] = errorsOf({ ...to, compression }, {});
      assertEquals(more, []);
      assertStringIncludes(error, `Cannot use --compression "${compression}" with Event Hubs: it supports gzip only`);
    }
  }
});

Deno.test("resolveConfig() names flag or variable, value and what is wanted when an option is wrong", () => {
  for (const [name, [, , , , bad]] of Object.entries(CASES)) {
    if (bad === null) continue;
    const spec = Object.entries(OPTIONS).find(([key]) => key === name)?.[1];
    if (spec === undefined) throw new Error(name);
    const shown = "secret" in spec ? "(value hidden)" : JSON.stringify(bad);
    const byFlag = errorsOf({ [name]: bad }, BASE_ENV);
    assertEquals(byFlag.length, 1, byFlag.join("\n"));
    assertStringIncludes(byFlag[0] ?? "", `Cannot use --${spec.flag} ${shown}: `);
    assertEquals(byFlag[0]?.includes("; expected "), true, byFlag[0]);
    for (const variable of spec.env) {
      const [byVariable = ""] = errorsOf({}, { ...BASE_ENV, [variable]: bad });
      assertStringIncludes(byVariable, `Cannot use ${variable} ${shown}: `);
    }
  }
});

Deno.test("resolveConfig() has every default when only the output is given", () => {
  assertEquals(configOf(STDOUT, {}), {
    kafka: null,
    createTopic: false,
    topicPartitions: 4,
    topicReplication: -1,
    partitioner: "murmur2",
    compression: "none",
    maxTopics: 200,
    contentMode: "structured",
    kafkaKey: "did",
    kafkaTimestamp: "event",
    tombstones: false,
    delivery: "at-least-once",
    transactionalId: null,
    cursorGroup: null,
    standby: false,
    firehoseUrl: ["wss://bsky.network/xrpc/com.atproto.sync.subscribeRepos"],
    cursor: null,
    cursorFile: "/tmp/bluesky_cursor",
    format: null,
    idleTimeoutMs: 45_000,
    events: ["records"],
    wholeRecords: false,
    collections: ["app.bsky.feed.post", "app.bsky.feed.like", "app.bsky.feed.repost", "app.bsky.graph.follow"],
    sampleRate: { rest: 1, of: [] },
    langs: null,
    posts: "all",
    dids: null,
    excludeDids: null,
    shard: null,
    ...KNOWLEDGE_DEFAULTS,
    maxEvents: null,
    output: { kind: "stdout" },
    maxInFlightBytes: 25_165_824,
    shutdownTimeoutMs: 30_000,
    maxPauseMs: 60_000,
    failoverRewindMs: 60_000,
    replayWindowMs: 259_200_000,
    deadLetterTopic: null,
    deadLetterFile: null,
    ...OPERATION_DEFAULTS,
  });
});

Deno.test("resolveConfig() wants one place for dead letters, and a file of their own", () => {
  const kafka = { kafkaBootstrapServers: "k:9092", kafkaTopic: "t" };
  assertEquals(errorsOf({ ...kafka, deadLetterTopic: "d", deadLetterFile: "/d" }, {}), [
    'Cannot use --dead-letter-file "/d" with --dead-letter-topic: dead letters go to one place; expected one of them',
  ]);
  assertEquals(errorsOf({ output: "/e", deadLetterFile: "/e" }, {}), [
    'Cannot use --dead-letter-file "/e": it is the output too; expected two different files',
  ]);
  assertEquals(errorsOf({ ...kafka, cursorFile: "/c", deadLetterFile: "/c" }, {}), [
    'Cannot use --dead-letter-file "/c": it is the cursor file too; expected two different files',
  ]);
  assertEquals(errorsOf({ output: "-", deadLetterTopic: "d" }, {}).length, 1);
  assertEquals(errorsOf({ ...kafka, cursorFile: "/c", identityCache: "/c", deadLetterFile: "/d" }, {}), [
    'Cannot use --identity-cache "/c": it is the cursor file too; expected two different files',
  ]);
  const { deadLetterFile } = configOf({ output: "-", deadLetterFile: "/d" }, { KAFKA_DEAD_LETTER_TOPIC: "d" });
  assertEquals(deadLetterFile, "/d");
});

Deno.test("resolveConfig() takes all six collections when the variable is set but empty, and every one for a star", () => {
  assertEquals(configOf(STDOUT, { BLUESKY_COLLECTIONS: "" }).collections.length, 6);
  assertEquals(configOf(STDOUT, { BLUESKY_COLLECTIONS: "*" }).collections, ["*"]);
  assertEquals(resolveConfig({ ...STDOUT, collections: "app.bsky.feed.pots" }, {}).warnings.length, 1);
});

Deno.test("resolveConfig() says where each value came from", () => {
  const resolution = resolveConfig({ ...STDOUT, cursor: "live" }, { SAMPLE_RATE: "0.5" });
  if (resolution.kind === "errors") throw new Error(resolution.errors.join("\n"));
  const { cursor, sampleRate, cursorFile } = resolution.origins;
  assertEquals([cursor, sampleRate, cursorFile], [
    { kind: "flag", name: "--cursor" },
    { kind: "variable", name: "SAMPLE_RATE" },
    { kind: "default", name: "" },
  ]);
});

Deno.test("resolveConfig() tells of every error at once", () => {
  const errors = errorsOf(
    { sampleRate: "2", collections: "post", firehoseUrl: "https://bsky.network", cursorFile: "" },
    { BLUESKY_MAX_EVENTS: "0", LOG_LEVEL: "loud", SASL_USERNAME: "me", CONNECTION_STRING: "" },
  );
  const expected = [
    'Cannot use --firehose-url "https://bsky.network": its scheme is neither ws nor wss',
    "Cannot use --cursor-file: it has no value",
    'Cannot use --collections "post"',
    'Cannot use --sample-rate "2"',
    'Cannot use BLUESKY_MAX_EVENTS "0"',
    'Cannot use LOG_LEVEL "loud"',
    "Cannot use Kafka: no server is named",
    "Cannot use Kafka: no topic is named",
    "Cannot use SASL_USERNAME: it has no password",
  ];
  assertEquals(errors.map((error, index) => error.slice(0, expected[index]?.length)), expected);
});

Deno.test("resolveConfig() points to --cursor when the URL holds a cursor", () => {
  const url = "wss://bsky.network/xrpc/com.atproto.sync.subscribeRepos?cursor=5";
  assertEquals(errorsOf({ ...STDOUT, firehoseUrl: url }, {}), [
    `Cannot use --firehose-url "${url}": it holds a cursor; expected a URL without one, and the cursor in --cursor`,
  ]);
});

Deno.test("resolveConfig() tells of flags about Kafka when the output is another, but not of variables", () => {
  for (const output of ["-", "events.ndjson"]) {
    assertEquals(configOf({ output }, BASE_ENV).kafka, null);
    assertEquals(errorsOf({ output, kafkaTopic: "t", createTopic: "true" }, BASE_ENV), [
      `Cannot use --kafka-topic with --output "${output}": it applies to Kafka only; expected one of them or --output "kafka"`,
      `Cannot use --create-topic with --output "${output}": it applies to Kafka only; expected one of them or --output "kafka"`,
    ]);
  }
  assertStringIncludes(errorsOf({ kafkaTopic: "t" }, { BLUESKY_OUTPUT: "-" })[0] ?? "", 'with BLUESKY_OUTPUT "-"');
});

Deno.test("resolveConfig() tells of an output that is the cursor file", () => {
  assertEquals(errorsOf({ output: "/tmp/bluesky_cursor" }, {}), [
    'Cannot use --output "/tmp/bluesky_cursor": it is the cursor file too; expected two different files',
  ]);
});

Deno.test("resolveConfig() warns of unknown BLUESKY variables, with a configuration and with errors", () => {
  const env = { BLUESKY_SAMPLERATE: "0.5" };
  const warning = "Ignoring variable BLUESKY_SAMPLERATE: it is unknown, the nearest known one is BLUESKY_SAMPLE_RATE";
  assertEquals(resolveConfig(STDOUT, env).warnings, [warning]);
  assertEquals(resolveConfig({}, env).warnings, [warning]);
});

Deno.test("resolveConfig() tells of two connection strings that differ, and of neither's text", () => {
  const env = { EVENTHUB_CONNECTION_STRING: "BootstrapServer=canary:1", CONNECTION_STRING: "BootstrapServer=canary:2" };
  assertEquals(errorsOf({}, env), [
    "Cannot choose between EVENTHUB_CONNECTION_STRING (value hidden) and CONNECTION_STRING (value hidden): " +
    "they mean the same setting and differ; expected one of them or the same value in both",
  ]);
  const same = "BootstrapServer=k:1;EntityPath=t";
  assertEquals(configOf({}, { EVENTHUB_CONNECTION_STRING: same, CONNECTION_STRING: `${same}\n` }).kafka?.topic, "t");
});

const CANARY = "canaryCanaryCanaryCanaryCanaryCanaryCanaryC=";
const SECRET_TEXTS = [
  `Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey=${CANARY};EntityPath=t`,
  `Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey=${CANARY};EntityPath=a b`,
  `Endpoint=;SharedAcessKey=${CANARY}`,
  `"SharedAccessSignature=${CANARY}`,
  `wss://me:${CANARY}@relay.example/#x`,
  `https://me:${CANARY}@relay.example/`,
  `wss//me:${CANARY}@relay.example`,
  CANARY,
];

Deno.test("resolveConfig() shows no secret in any message, in whatever option it stands", () => {
  let told = 0;
  for (const text of SECRET_TEXTS) {
    for (const [name, spec] of Object.entries(OPTIONS)) {
      for (
        const [flags, env] of [
          [{ [name]: text }, {}],
          [{ [name]: text, output: "-" }, BASE_ENV],
          [{}, { ...BASE_ENV, ...Object.fromEntries(spec.env.map((variable) => [variable, text])) }],
          [{}, Object.fromEntries(spec.env.map((variable, index) => [variable, index === 0 ? text : "0.5"]))],
          [{ saslPassword: "canary" }, { [`BLUESKY_${name}`]: text }],
        ] as const
      ) {
        const resolution = resolveConfig(flags, env);
        const messages = [...resolution.warnings, ...(resolution.kind === "errors" ? resolution.errors : [])];
        assertEquals(/canary/i.test(messages.join("\n")), false, messages.join("\n"));
        told += messages.length;
      }
    }
  }
  assertEquals(told > 500, true, `${told} messages were looked at`);
});

Deno.test("resolveConfig() does not repeat a value that is a part of a secret that is set elsewhere", () => {
  const errors = errorsOf({ topicPartitions: "hunter22" }, { ...BASE_ENV, SASL_PASSWORD: "hunter22" });
  assertEquals(errors, [
    "Cannot use --topic-partitions (value hidden): it looks like a secret or holds one; " +
    "expected a whole number from 1 to 10000",
  ]);
});

Deno.test("resolveConfig() takes no connection string for the value of another option", () => {
  const text = `Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey=${CANARY}`;
  for (const name of ["output", "cursorFile", "saslUsername", "kafkaTopic"]) {
    const [error = ""] = errorsOf({ [name]: text }, BASE_ENV);
    assertStringIncludes(error, "(value hidden): it looks like a connection string, which belongs in --connection");
  }
});

Deno.test("resolveConfig() lists its secrets, so that the log can hide them in the errors of libraries", () => {
  const resolution = resolveConfig(
    { ...STDOUT, firehoseUrl: "wss://me:canary-url@relay.example/" },
    { SASL_PASSWORD: "canary-password" },
  );
  if (resolution.kind === "errors") throw new Error(resolution.errors.join("\n"));
  assertEquals(resolution.secrets, ["canary-password", "me:canary-url", "canary-url"]);
});

Deno.test("resolve() reads a table without Kafka and knows the variables of stream", () => {
  const resolution = resolve(LOG_OPTIONS, { logLevel: "debug" }, { BLUESKY_CURSOR: "live", BLUESKY_CURSER: "live" });
  if (resolution.kind === "errors") throw new Error(resolution.errors.join("\n"));
  assertEquals(resolution.config, { logLevel: "debug", logFormat: "auto" });
  assertEquals(resolution.warnings.length, 1);
  assertEquals(resolve(LOG_OPTIONS, { logLevel: "loud" }, {}).kind, "errors");
});

Deno.test("resolveWithKafka() has no Kafka, and no error, when the command needs none", () => {
  const table = { ...OPTIONS };
  const none = resolveWithKafka(table, {}, {}, () => ({ needed: false, errors: [] }));
  assertEquals(none.kind === "config" ? none.config.kafka : "a configuration was expected", null);
  const some = resolveWithKafka(table, {}, {}, () => ({ needed: true, errors: ["told by the command"] }));
  assertEquals(some.kind === "errors" ? some.errors.length : 0, 3);
});

Deno.test("resolveConfig() warns where subjects are remembered for nothing", () => {
  const warnings = (events: string, count: string) => {
    const resolution = resolveConfig({ ...STDOUT, events, rememberSubjects: count }, {});
    return resolution.warnings;
  };
  assertEquals([warnings("records,deletes", "5"), warnings("all", "5"), warnings("records", "0")], [[], [], []]);
  assertEquals(warnings("deletes", "5"), [
    "Without effect: --remember-subjects needs the events records and deletes, and the events are deletes",
  ]);
});
