import { assertEquals, assertStringIncludes } from "@std/assert";
import { type KafkaRead, resolveKafka } from "../../../src/kafka/options/settings.ts";
import { CONNECTION_OPTIONS } from "../../../src/kafka/options/options.ts";
import type { ValuesOf } from "../../../src/config/option.ts";
import { type Environment, readTable } from "../../../src/config/table.ts";

const KEY = "canaryCanaryCanaryCanaryCanaryCanaryCanaryC=";
const NAMESPACE = `Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey=${KEY}`;

/** TLS as it is where no option says more. */
const CHECKED = { ca: null, cert: null, key: null, insecure: false };

function settle(env: Environment): KafkaRead {
  const { values, origins } = readTable(CONNECTION_OPTIONS, {}, env);
  const read = resolveKafka(values as Partial<ValuesOf<typeof CONNECTION_OPTIONS>>, origins);
  assertEquals(/canary/i.test(JSON.stringify([read.errors, read.warnings])), false, "the secret is told");
  return read;
}

const PLAIN = { KAFKA_BOOTSTRAP_SERVERS: "a:9092,b:9092", KAFKA_TOPIC: "t" };

Deno.test("resolveKafka() takes plain TCP when there is no user", () => {
  assertEquals(settle(PLAIN), {
    kafka: { brokers: ["a:9092", "b:9092"], topic: "t", tls: null, sasl: null, profile: "kafka" },
    errors: [],
    warnings: [],
  });
});

Deno.test("resolveKafka() takes TLS when there is a user, unless told otherwise", () => {
  const user = { ...PLAIN, SASL_USERNAME: "me", SASL_PASSWORD: "canary" };
  assertEquals(settle(user).kafka?.tls, CHECKED);
  assertEquals(settle(user).kafka?.sasl, { mechanism: "plain", username: "me", password: "canary" });
  assertEquals(settle({ ...PLAIN, KAFKA_ENABLE_TLS: "true" }).kafka?.tls, CHECKED);
  const open = settle({ ...user, KAFKA_ENABLE_TLS: "false" });
  assertEquals(open.kafka?.tls, null);
  assertEquals(open.warnings, [
    "Sending credentials without encryption: KAFKA_ENABLE_TLS turns TLS off; use auto or true",
  ]);
});

Deno.test("resolveKafka() tells of everything that is missing", () => {
  const { kafka, errors } = settle({});
  assertEquals(kafka, null);
  assertEquals(errors.length, 2);
  assertStringIncludes(errors[0] ?? "", "no server is named; expected --kafka-bootstrap-servers");
  assertStringIncludes(errors[1] ?? "", "no topic is named; expected --kafka-topic");
});

Deno.test("resolveKafka() tells of a user without password and of a password without user", () => {
  assertEquals(settle({ ...PLAIN, SASL_USERNAME: "me" }).errors, [
    "Cannot use SASL_USERNAME: it has no password; expected --sasl-password-file (SASL_PASSWORD_FILE) or SASL_PASSWORD",
  ]);
  assertEquals(settle({ ...PLAIN, SASL_PASSWORD: "canary" }).errors, [
    "Cannot use SASL_PASSWORD: it has no user name; expected --sasl-username (SASL_USERNAME)",
  ]);
});

Deno.test("resolveKafka() tells nothing twice when an option had an error of its own", () => {
  for (
    const env of [
      { ...PLAIN, KAFKA_TOPIC: "a b" },
      { ...PLAIN, KAFKA_BOOTSTRAP_SERVERS: "a:0" },
      { ...PLAIN, KAFKA_ENABLE_TLS: "maybe" },
      { CONNECTION_STRING: "canary" },
    ]
  ) {
    assertEquals(settle(env), { kafka: null, errors: [], warnings: [] });
  }
});

Deno.test("resolveKafka() knows Event Hubs by its host, and what it demands", () => {
  const servers = { KAFKA_BOOTSTRAP_SERVERS: "ns.servicebus.windows.net", KAFKA_TOPIC: "t" };
  const user = { SASL_USERNAME: "$ConnectionString", SASL_PASSWORD: NAMESPACE };
  assertEquals(settle({ ...servers, ...user }).kafka, {
    brokers: ["ns.servicebus.windows.net:9093"],
    topic: "t",
    tls: CHECKED,
    sasl: { mechanism: "plain", username: "$ConnectionString", password: NAMESPACE },
    profile: "event-hubs",
  });
  assertStringIncludes(settle(servers).errors[0] ?? "", "it has no credentials; expected --connection-string");
  assertEquals(settle({ ...servers, ...user, KAFKA_ENABLE_TLS: "false" }).errors, [
    'Cannot use KAFKA_ENABLE_TLS "false" with Event Hubs "ns.servicebus.windows.net:9093": it speaks TLS only; ' +
    "expected auto or true",
  ]);
});

Deno.test("resolveKafka() takes the topic from EntityPath, else from the option", () => {
  assertEquals(settle({ CONNECTION_STRING: `${NAMESPACE};EntityPath=hub` }).kafka?.topic, "hub");
  assertEquals(settle({ CONNECTION_STRING: NAMESPACE, KAFKA_TOPIC: "t" }).kafka?.topic, "t");
  assertEquals(settle({ EVENTHUB_CONNECTION_STRING: NAMESPACE }).errors, [
    "Cannot use Kafka: EVENTHUB_CONNECTION_STRING has no EntityPath; expected one or --kafka-topic (KAFKA_TOPIC)",
  ]);
});

Deno.test("resolveKafka() lets the connection string override the other settings, and warns of each", () => {
  const { kafka, errors, warnings } = settle({
    ...PLAIN,
    SASL_USERNAME: "me",
    SASL_PASSWORD: "canary",
    KAFKA_ENABLE_TLS: "false",
    CONNECTION_STRING: `${NAMESPACE};EntityPath=hub`,
  });
  assertEquals(kafka, {
    brokers: ["ns.servicebus.windows.net:9093"],
    topic: "hub",
    tls: CHECKED,
    sasl: { mechanism: "plain", username: "$ConnectionString", password: `${NAMESPACE};EntityPath=hub` },
    profile: "event-hubs",
  });
  assertEquals(errors, []);
  assertEquals(warnings, [
    'Ignoring KAFKA_TOPIC: CONNECTION_STRING overrides it with its EntityPath "hub"',
    'Ignoring KAFKA_BOOTSTRAP_SERVERS: CONNECTION_STRING overrides it with "ns.servicebus.windows.net:9093"',
    "Ignoring SASL_USERNAME: CONNECTION_STRING overrides it with its own key",
    "Ignoring SASL_PASSWORD: CONNECTION_STRING overrides it with its own key",
    "Ignoring KAFKA_ENABLE_TLS: CONNECTION_STRING overrides it with TLS, which Event Hubs requires",
  ]);
});

Deno.test("resolveKafka() warns of nothing when the other settings say the same", () => {
  const { warnings } = settle({
    KAFKA_BOOTSTRAP_SERVERS: "ns.servicebus.windows.net:9093",
    KAFKA_TOPIC: "hub",
    SASL_USERNAME: "$ConnectionString",
    SASL_PASSWORD: NAMESPACE,
    KAFKA_ENABLE_TLS: "true",
    CONNECTION_STRING: `${NAMESPACE};EntityPath=hub`,
  });
  assertEquals(warnings, []);
});

Deno.test("resolveKafka() takes the emulator without TLS", () => {
  const CONNECTION_STRING = `${
    NAMESPACE.replace("ns.servicebus.windows.net", "localhost")
  };UseDevelopmentEmulator=true`;
  assertEquals(settle({ CONNECTION_STRING, KAFKA_TOPIC: "t" }).kafka, {
    brokers: ["localhost:9092"],
    topic: "t",
    tls: null,
    sasl: { mechanism: "plain", username: "$ConnectionString", password: CONNECTION_STRING },
    profile: "event-hubs",
  });
});

Deno.test("resolveKafka() completes a BootstrapServer string with user and TLS", () => {
  const CONNECTION_STRING = "BootstrapServer=k:9092;EntityPath=t";
  assertEquals(settle({ CONNECTION_STRING }).kafka, {
    brokers: ["k:9092"],
    topic: "t",
    tls: null,
    sasl: null,
    profile: "kafka",
  });
  const { kafka } = settle({ CONNECTION_STRING, SASL_USERNAME: "me", SASL_PASSWORD: "canary" });
  assertEquals([kafka?.tls, kafka?.sasl], [CHECKED, { mechanism: "plain", username: "me", password: "canary" }]);
  assertEquals(settle({ CONNECTION_STRING, SASL_USERNAME: "me" }).errors.length, 1);
});
