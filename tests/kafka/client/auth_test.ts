import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } from "kafkajs";
import type { Broker } from "../../../scripts/kafka.ts";
import errors from "kafkajs/src/errors.js";
import { saslMechanism } from "../../../src/kafka/client/auth.ts";
import { classify } from "../../../src/kafka/client/classify.ts";
import { adviceOn } from "../../../src/cli/advice.ts";
import { codesOf } from "../../../src/kafka/client/classify.ts";
import { KafkaRefusedError, TopicMissingError } from "../../../src/kafka/client/errors.ts";
import { type ProducerOptions, type SaslOptions, type TlsOptions } from "../../../src/kafka/client/options.ts";
import { openKafkaProducer } from "../../../src/kafka/producer/producer.ts";
import type { Certificates } from "../../../scripts/certificates.ts";
import { consumeAll, createTopic, testClient, withAdmin } from "../../support/kafka.ts";
import { secureKafkaTest, SHORT_SESSION_MS, unsignedToken, USERS } from "../../support/secure_broker.ts";
import { producerOptions, Told, writeEach } from "../../support/producer.ts";
import { until } from "../../support/wait.ts";

const NEVER = new AbortController().signal;
const read = (path: string) => Deno.readTextFileSync(path);
const tls = (over: Partial<TlsOptions>): TlsOptions => ({ ca: null, cert: null, key: null, insecure: false, ...over });

function user(mechanism: "plain" | "scram-sha-256" | "scram-sha-512", password: string = USERS.alice): SaslOptions {
  return { mechanism, username: "alice", password };
}

function bearer(token: string): SaslOptions {
  return { mechanism: "oauthbearer", token: () => Promise.resolve(token) };
}

interface Case {
  readonly listener: string;
  readonly over: Partial<ProducerOptions>;
  /** What the refusal says; null: everything arrives. */
  readonly refusal: string | null;
}

function casesWith({ ca, otherCa, clientCert, clientKey }: Certificates): Readonly<Record<string, Case>> {
  const trust = tls({ ca: read(ca) });
  return {
    "PLAIN": { listener: "SASL", over: { sasl: user("plain") }, refusal: null },
    "SCRAM-SHA-256": { listener: "SASL", over: { sasl: user("scram-sha-256") }, refusal: null },
    "SCRAM-SHA-512": { listener: "SASL", over: { sasl: user("scram-sha-512") }, refusal: null },
    "OAUTHBEARER": { listener: "SASL", over: { sasl: bearer(unsignedToken("alice", 300)) }, refusal: null },
    "TLS": { listener: "TLS", over: { tls: trust }, refusal: null },
    "TLS that trusts anybody": { listener: "MISNAMED", over: { tls: tls({ insecure: true }) }, refusal: null },
    "PLAIN over TLS": { listener: "SASLTLS", over: { sasl: user("plain"), tls: trust }, refusal: null },
    "a client certificate": {
      listener: "MTLS",
      over: { tls: { ...trust, cert: read(clientCert), key: read(clientKey) } },
      refusal: null,
    },
    "PLAIN, wrong": {
      listener: "SASL",
      over: { sasl: user("plain", "canary-wrong") },
      refusal: "Invalid username or password",
    },
    "SCRAM-SHA-256, wrong": {
      listener: "SASL",
      over: { sasl: user("scram-sha-256", "canary-wrong") },
      refusal: "invalid credentials",
    },
    "SCRAM-SHA-512, wrong": {
      listener: "SASL",
      over: { sasl: user("scram-sha-512", "canary-wrong") },
      refusal: "invalid credentials",
    },
    "OAUTHBEARER, outdated": {
      listener: "SASL",
      over: { sasl: bearer(unsignedToken("alice", -60)) },
      refusal: "The broker refuses the OAuth token",
    },
    "OAUTHBEARER, no token": {
      listener: "SASL",
      over: { sasl: bearer("canary-wrong") },
      refusal: "The broker refuses the OAuth token",
    },
    "a mechanism that is not offered": {
      listener: "PLAINONLY",
      over: { sasl: user("scram-sha-512") },
      refusal: "--sasl-mechanism",
    },
    "SASL where none is wanted": { listener: "TLS", over: { sasl: user("plain"), tls: trust }, refusal: "SASL" },
    "TLS, unknown authority": {
      listener: "TLS",
      over: { tls: tls({ ca: read(otherCa) }) },
      refusal: "--tls-ca",
    },
    "TLS, no authority": { listener: "TLS", over: { tls: tls({}) }, refusal: "--tls-ca" },
    "TLS, another name": { listener: "MISNAMED", over: { tls: trust }, refusal: "does not match certificate" },
    "no client certificate": { listener: "MTLS", over: { tls: trust }, refusal: "BadCertificate" },
  };
}

Deno.test("saslMechanism() tells a broker that died from one that refused", async () => {
  const died = new errors.KafkaJSConnectionError("Closed connection", { broker: "b:1" });
  const logins = [user("plain"), user("scram-sha-256"), user("scram-sha-512"), bearer("token")];
  for (const sasl of logins) {
    const { mechanism, authenticationProvider } = saslMechanism(sasl);
    assertEquals(mechanism, sasl.mechanism);
    const { authenticate } = authenticationProvider({
      host: "b",
      port: 1,
      logger: testClient({ bootstrapServers: "b:1" }).logger(),
      saslAuthenticate: () => Promise.reject(died),
    });
    const error = await assertRejects(authenticate, Error, undefined, mechanism);
    assertEquals([error, classify(error)], [died, "retry"], mechanism);
  }
});

Deno.test("saslMechanism() repeats no token that a broker repeats, in its refusal or its error", async () => {
  const token = "eyJhbGciOiJub25lIn0.canary.signature";
  const said = `no ${token}, nor ${btoa(`n,,\x01auth=Bearer ${token}\x01\x01`)}`;
  const refusal = Object.assign(new Error(said), { type: "SASL_AUTHENTICATION_FAILED" });
  for (const answer of [() => Promise.resolve(said as never), () => Promise.reject(refusal)]) {
    const { authenticate } = saslMechanism(bearer(token)).authenticationProvider({
      host: "b",
      port: 1,
      logger: testClient({ bootstrapServers: "b:1" }).logger(),
      saslAuthenticate: answer,
    });
    const error = await assertRejects(authenticate, Error);
    assertStringIncludes(error.message, "no ***, nor ***");
    assertEquals(classify(error), "fatal");
  }
});

async function permit(broker: Broker, topic: string, operation: AclOperationTypes): Promise<void> {
  await createTopic(broker, topic, 2);
  const everybody = {
    resourceType: AclResourceTypes.TOPIC,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: "User:*",
    host: "*",
    permissionType: AclPermissionTypes.ALLOW,
  } as const;
  await withAdmin(broker, (admin) => admin.createAcls({ acl: [{ ...everybody, resourceName: topic, operation }] }));
}

async function assertCases(broker: Broker, topic: string, certificates: Certificates): Promise<void> {
  let delivered = 0;
  for (const [name, { listener, over, refusal }] of Object.entries(casesWith(certificates))) {
    const told = new Told();
    const opening = () =>
      openKafkaProducer(producerOptions(broker.listeners[listener] ?? "", topic, over), told, NEVER);
    if (refusal === null) {
      await using sink = await opening();
      writeEach(sink, topic, ["did:plc:a", "did:plc:b"], 0, 1);
      await sink.flush();
      delivered += 2;
      assertEquals(told.reasons, [], name);
    } else {
      const error = await assertRejects(opening, KafkaRefusedError, undefined, name);
      const { message } = error;
      assertStringIncludes(message, `Cannot write to "${topic}"`, name);
      assertStringIncludes(`${message} -> ${adviceOn(codesOf(error))}`, refusal, name);
      assert(!message.includes("canary"), name);
    }
  }
  assertEquals((await consumeAll(broker, topic)).length, delivered);
}

/** Keeps sinks of every mechanism busy, and one nearly idle, for longer than the broker lets a connection be. */
async function assertOutlivesSessions(broker: Broker, topic: string): Promise<void> {
  const told = new Told();
  const logins = [
    ...[user("plain"), user("scram-sha-256"), user("scram-sha-512")],
    {
      mechanism: "oauthbearer",
      token: () => Promise.resolve(unsignedToken("alice", SHORT_SESSION_MS / 1000)),
    } as const,
  ];
  const open = (sasl: SaslOptions) =>
    openKafkaProducer(producerOptions(broker.listeners["SHORT"] ?? "", topic, { sasl }), told, NEVER);
  const idle = await open(user("plain"));
  const busy = await Promise.all(logins.map(open));
  const keys = Array.from({ length: 8 }, (_, i) => `did:plc:${i}`);
  writeEach(idle, topic, keys, 0, 1);
  const end = Date.now() + 1.5 * SHORT_SESSION_MS;
  let rounds = 0;
  await until("the end of the sessions", () => {
    for (const sink of busy) writeEach(sink, topic, keys, rounds, rounds + 1);
    rounds++;
    return Date.now() > end;
  });
  writeEach(idle, topic, keys, 1, 2);
  for (const sink of [idle, ...busy]) {
    await sink.flush();
    await sink[Symbol.asyncDispose]();
  }
  assertEquals(told.reasons, []);
  assertEquals((await consumeAll(broker, topic)).length, (busy.length * rounds + 2) * keys.length);
}

async function assertPermissions(broker: Broker): Promise<void> {
  const over = { sasl: user("plain") };
  const server = broker.listeners["SASL"] ?? "";
  await createTopic(broker, "hidden", 1);
  await assertRejects(
    () => openKafkaProducer(producerOptions(server, "hidden", over), new Told(), NEVER),
    TopicMissingError,
    "or this user may not see it",
  );
  const createTopicOptions = { ...over, createTopic: { partitions: 1, replication: 1 } };
  const { message } = await assertRejects(
    () => openKafkaProducer(producerOptions(server, "new", createTopicOptions), new Told(), NEVER),
    KafkaRefusedError,
  );
  assertStringIncludes(message, "uthorized");

  await permit(broker, "seen", AclOperationTypes.DESCRIBE);
  await using sink = await openKafkaProducer(producerOptions(server, "seen", over), new Told(), NEVER);
  const notes = writeEach(sink, "seen", ["did:plc:a"], 0, 1);
  const refused = await assertRejects(() => sink.failed, KafkaRefusedError);
  assertStringIncludes(refused.message, 'Cannot write to "seen"');
  assertStringIncludes(refused.message, "uthorized");
  assertEquals(notes.told, []);
}

secureKafkaTest(
  "a producer authenticates by every mechanism, again in time, and says why where it is refused",
  1,
  async (broker, certificates) => {
    for (const topic of ["cases", "sessions"]) await permit(broker, topic, AclOperationTypes.WRITE);
    await Promise.all([
      assertCases(broker, "cases", certificates).then(() => assertPermissions(broker)),
      assertOutlivesSessions(broker, "sessions"),
    ]);
  },
);
