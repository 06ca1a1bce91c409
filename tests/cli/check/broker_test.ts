import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } from "kafkajs";
import { checkBroker, recordFindings, topicFinding } from "../../../src/cli/check/broker.ts";
import type { Finding } from "../../../src/cli/check/finding.ts";
import { resolveConfig } from "../../../src/config/config.ts";
import type { Broker } from "../../../scripts/kafka.ts";
import { consumeAll, createTopic, createTopics, kafkaTest, withAdmin } from "../../support/kafka.ts";
import { connectionString, secureKafkaTest, USERS } from "../../support/secure_broker.ts";

const NEVER = new AbortController().signal;
/** Nothing listens there, so that the broker sends clients of its listener HUBS astray. */
const NOWHERE = 19_999;

async function check(flags: Readonly<Record<string, string>>): Promise<Finding[]> {
  const resolution = resolveConfig(flags, {});
  if (resolution.kind === "errors") throw new Error(resolution.errors.join());
  return await Array.fromAsync(checkBroker(resolution.config, resolution.origins, NEVER));
}

/** The one finding that failed, after which nothing more was looked at. */
async function failure(flags: Readonly<Record<string, string>>): Promise<string> {
  const findings = await check(flags);
  const found = findings.at(-1);
  const text = JSON.stringify(findings);
  if (found === undefined || found.advice === null) throw new Error(text);
  assertEquals(findings.filter(({ status }) => status === "failed"), [found], text);
  return `${found.name}: ${found.detail} -> ${found.advice}`;
}

async function permit(broker: Broker, topic: string, user: string, operation: AclOperationTypes): Promise<void> {
  await withAdmin(broker, (admin) =>
    admin.createAcls({
      acl: [{
        resourceType: AclResourceTypes.TOPIC,
        resourceName: topic,
        resourcePatternType: ResourcePatternTypes.LITERAL,
        principal: `User:${user}`,
        host: "*",
        operation,
        permissionType: AclPermissionTypes.ALLOW,
      }],
    }));
}

async function topicWith(broker: Broker, topic: string, name: string, value: string): Promise<void> {
  const topics = [{ topic, numPartitions: 1, configEntries: [{ name, value }] }];
  await createTopics(broker, topics);
}

const NAME = "checkBroker() finds what is well, explains each wrong setting, and writes nothing";

secureKafkaTest(NAME, NOWHERE, async (broker, certificates) => {
  await createTopic(broker, "good", 3);
  await topicWith(broker, "small", "max.message.bytes", "1000");
  await topicWith(broker, "lonely", "min.insync.replicas", "2");
  await permit(broker, "good", "alice", AclOperationTypes.WRITE);
  await permit(broker, "good", "mallory", AclOperationTypes.DESCRIBE);
  const at = (server: string | undefined, topic = "good") => ({
    kafkaBootstrapServers: server ?? "",
    kafkaTopic: topic,
  });
  const plain = at(broker.bootstrapServers);
  const sasl = { ...at(broker.listeners["SASL"]), kafkaTls: "false" };
  const alice = { saslUsername: "alice", saslPassword: USERS.alice };
  const trust = { tlsCa: certificates.ca };
  const foreignKey = `${certificates.folder}/server.key`;

  const well = await check(plain);
  assertEquals(well.map(({ name, status }) => `${name} ${status}`), ["brokers ok", "topic ok", "permission ok"]);
  assertStringIncludes(well[0]?.detail ?? "", `1 by plain TCP: ${broker.bootstrapServers}`);
  assertStringIncludes(well[1]?.detail ?? "", "partitions 3, replication 1, max.message.bytes 1048588");
  const secure = await check({ ...at(broker.listeners["SASLTLS"]), ...alice, ...trust });
  assertEquals(secure.map(({ status }) => status), ["ok", "ok", "ok"], JSON.stringify(secure));
  assertStringIncludes(secure[0]?.detail ?? "", "by TLS, SASL PLAIN");
  const once = await check({ ...plain, delivery: "exactly-once" });
  assertEquals([once.at(-1)?.name, once.at(-1)?.status, once.length], ["transactions", "ok", 4], JSON.stringify(once));
  const creating = await check({ ...plain, kafkaTopic: "new", createTopic: "true" });
  assertEquals(creating.map(({ status }) => status), ["ok", "ok"]);
  const creatingOnce = await check({ ...plain, kafkaTopic: "new", createTopic: "true", delivery: "exactly-once" });
  assertEquals(creatingOnce.map(({ status }) => status), ["ok", "ok", "skipped"]);
  const [, small] = await check({ ...plain, kafkaTopic: "small" });
  assertEquals([small?.status, small?.advice?.includes("raise it")], ["warning", true], JSON.stringify(small));

  for (const policy of ["compact", "compact,delete"]) {
    await topicWith(broker, `kept-${policy.length}`, "cleanup.policy", policy);
    const kept = await check({ ...plain, kafkaTopic: `kept-${policy.length}` });
    assertEquals(kept.map(({ name, status }) => `${name} ${status}`), [
      ...["brokers ok", "topic ok", "topic warning", "permission ok"],
    ]);
    assertStringIncludes(kept[2]?.detail ?? "", `cleanup.policy=${policy}: it keeps only the last event`);
    assertStringIncludes(kept[2]?.advice ?? "", "cleanup.policy=delete");
  }
  // Who may not see the settings of a topic is told nothing of them.
  await permit(broker, "kept-7", "alice", AclOperationTypes.WRITE);
  const unseen = await check({ ...sasl, ...alice, kafkaTopic: "kept-7" });
  assertEquals(unseen.map(({ status }) => status), ["ok", "ok", "ok"], JSON.stringify(unseen));

  const wrong: readonly (readonly [Readonly<Record<string, string>>, string, string])[] = [
    [at("127.0.0.1:1"), "ECONNREFUSED", "no server listens there"],
    [{ ...plain, kafkaTls: "true" }, "brokers: ", "--kafka-tls false"],
    [{ ...at(broker.listeners["TLS"]), kafkaTls: "false" }, "brokers: ", "--kafka-tls true"],
    [
      { ...at(broker.listeners["TLS"]), tlsCa: certificates.otherCa },
      "brokers: ",
      "--tls-ca to the CA of the brokers",
    ],
    [{ ...at(broker.listeners["MISNAMED"]), ...trust }, "brokers: ", "the host name in the broker's certificate"],
    [{ ...at(broker.listeners["MTLS"]), ...trust }, "brokers: ", "--tls-cert and --tls-key"],
    [
      { ...at(broker.listeners["TLS"]), tlsCa: `${certificates.folder}/absent` },
      "does not exist",
      "this user can read",
    ],
    [{ ...at(broker.listeners["TLS"]), tlsCa: certificates.clientKey }, "holds only PRIVATE KEY", "PEM"],
    [
      { ...at(broker.listeners["MTLS"]), ...trust, tlsCert: certificates.clientCert, tlsKey: foreignKey },
      "belongs to another certificate",
      "PEM",
    ],
    [{ ...sasl, ...alice, saslPassword: "canary" }, "Invalid username or password", "--sasl-password"],
    [{ ...sasl, ...alice, saslUsername: "nobody" }, "Invalid username or password", "--sasl-username"],
    [sasl, "brokers: ", "SASL (--sasl-username)"],
    [{ ...plain, ...alice, kafkaTls: "false" }, "brokers: ", "this port expects no SASL"],
    [
      { ...at(broker.listeners["PLAINONLY"]), kafkaTls: "false", ...alice, saslMechanism: "scram-sha-512" },
      "brokers: ",
      "--sasl-mechanism to one that the brokers support",
    ],
    [{ ...plain, kafkaTopic: "absent" }, "does not exist", "--create-topic"],
    [{ ...plain, kafkaTopic: "absent", createTopic: "true", topicReplication: "3" }, "cannot be created", "CREATE"],
    [{ ...sasl, saslUsername: "mallory", saslPassword: USERS.mallory }, "no permission to write", "grant WRITE"],
    [{ ...plain, kafkaTopic: "lonely" }, "min.insync.replicas 2", "lower min.insync.replicas"],
    [
      {
        ...at(broker.listeners["HUBS"]),
        ...trust,
        saslUsername: "$ConnectionString",
        saslPassword: connectionString(NOWHERE),
      },
      "advertises",
      "advertised.listeners",
    ],
  ];
  for (const [flags, detail, advice] of wrong) {
    const told = await failure(flags);
    assertStringIncludes(told, detail);
    assertStringIncludes(told, advice);
    assertEquals(/canary/.test(told), false, told);
  }
  assert(wrong.length >= 15);
  for (const topic of ["good", "small", "lonely"]) assertEquals(await consumeAll(broker, topic), []);
  assertEquals((await withAdmin(broker, (admin) => admin.listTopics())).includes("new"), false);
});

kafkaTest("checkBroker() looks at every topic that a template can name, and creates none", async (kafka) => {
  const template = `${kafka.topic}.{collection}`;
  const flags = {
    ...{ kafkaBootstrapServers: kafka.bootstrapServers, kafkaTopic: template, events: "records,deletes" },
    ...{ kafkaKey: "uri", tombstones: "true", collections: "app.bsky.feed.*,!app.bsky.feed.repost" },
  };
  const names = ["stream", "app.bsky.feed.post", "app.bsky.feed.like", "other"].map((name) => `${kafka.topic}.${name}`);
  const absent = await failure(flags);
  for (const name of names) assertStringIncludes(absent, `"${name}"`);
  assertStringIncludes(absent, "do not exist, or this user may not see them -> create them, give --create-topic");
  const creating = (await check({ ...flags, createTopic: "true" })).map(({ status, detail }) => `${status} ${detail}`);
  assertEquals(creating.length, 3);
  assertStringIncludes(creating[1] ?? "", "stream will create them");

  const configEntries = [{ name: "cleanup.policy", value: "compact" }];
  await createTopics(kafka, names.slice(1).map((topic) => ({ topic, numPartitions: 2, configEntries })));
  assertStringIncludes(await failure(flags), `"${names[0]}" does not exist`);
  await createTopic(kafka, names[0] ?? "", 2);
  const found = (await check(flags)).map(({ name, status, detail }) => `${name} ${status}: ${detail}`);
  assertEquals(found.map((line) => line.split(":")[0]).toSorted(), [
    ...["brokers ok", "permission ok", ...Array(5).fill("topic ok"), "topic warning"],
  ]);
  const text = found.join("\n");
  for (const line of [`"${names[0]}" has cleanup.policy=delete: deleted records stay`, "may write to all 4 topics"]) {
    assertStringIncludes(text, line);
  }
  assertStringIncludes(text, `those of "${template}" that exist at the start; all others go to "${names[3]}"`);
  const listed = await withAdmin(kafka, (admin) => admin.listTopics());
  assertEquals(listed.filter((topic) => topic.startsWith(kafka.topic)).toSorted(), names.toSorted());
});

Deno.test("recordFindings() warns of a topic that loses events, keeps deleted ones, or refuses those of a replay", () => {
  const warnings = (
    cleanupPolicy: string | null,
    compaction: "expected" | "harmful" | "fine",
    beforeMaxMs = Infinity,
  ) =>
    [...recordFindings(
      "t",
      { cleanupPolicy, timestampBeforeMaxMs: beforeMaxMs },
      { compaction: () => compaction },
      { kafkaTimestamp: "event" },
    )].map(({ status, detail, advice }) => `${status} ${detail}: ${advice !== null}`);
  for (const policy of ["delete", "compact", "compact,delete", null]) assertEquals(warnings(policy, "fine"), []);
  assertEquals([warnings("delete", "harmful"), warnings("delete,compact", "expected")], [[], []]);
  assertEquals(warnings("compact", "harmful").length, 1);
  assertEquals(warnings("delete", "expected"), [
    'warning "t" has cleanup.policy=delete: deleted records stay, and old ones expire: true',
  ]);
  assertEquals(warnings(null, "fine", 3_600_000), [
    'warning "t" has message.timestamp.before.max.ms=3600000: it rejects old events, as in a replay: true',
  ]);
});

Deno.test("topicFinding() fails where nothing could be acknowledged", () => {
  const topic = {
    partitions: 3,
    replication: 3,
    leaderless: [],
    maxMessageBytes: null,
    minInsyncReplicas: 2,
    inSync: 2,
    timestampBeforeMaxMs: null,
    cleanupPolicy: null,
  };
  assertEquals(topicFinding("t", topic).status, "ok");
  assertStringIncludes(topicFinding("t", topic).detail, "max.message.bytes not shown");
  assertEquals(topicFinding("t", { ...topic, leaderless: [1] }).status, "failed");
  assertEquals(topicFinding("t", { ...topic, inSync: 1 }).status, "failed");
});
