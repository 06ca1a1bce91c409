import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { Kafka } from "kafkajs";
import packageJson from "kafkajs/package.json" with { type: "json" };
import Broker from "kafkajs/src/broker/index.js";
import { errorCodes } from "kafkajs/src/protocol/error.js";
import createTopics from "kafkajs/src/protocol/requests/createTopics/index.js";
import produce from "kafkajs/src/protocol/requests/produce/index.js";
import npmOnly from "../../../scripts/npm_only.json" with { type: "json" };
import * as internals from "../../../src/kafka/client/kafkajs_internals.ts";
import { openKafka } from "../../../src/kafka/client/client.ts";
import { readFile } from "../../support/documents.ts";
import { producerOptions } from "../../support/producer.ts";

/** The names of an interface: the compiler wants each of them here, and no other. */
type Names<T> = Readonly<Record<keyof T, "function" | "object" | "number" | "undefined">>;

const ENCODER: Names<Omit<internals.Encoder, "buf" | "offset">> = {
  writeInt32: "function",
  writeBoolean: "function",
  writeUVarInt: "function",
  writeUVarIntString: "function",
  writeEncoder: "function",
};

const DECODER: Names<internals.Decoder> = {
  readInt16: "function",
  readInt32: "function",
  readInt64: "function",
  readString: "function",
  readArray: "function",
  readUVarInt: "function",
  readUVarIntString: "function",
  readUVarIntArray: "function",
  readTaggedFields: "function",
  readBytes: "function",
};

const QUEUE: Names<Pick<internals.RequestQueue, "checkPendingRequests" | "scheduleCheckPendingRequests">> = {
  checkPendingRequests: "function",
  scheduleCheckPendingRequests: "function",
};

const CLUSTER: Names<internals.InnerCluster> = {
  brokerPool: "object",
  connect: "function",
  disconnect: "function",
  addTargetTopic: "function",
  refreshMetadataIfNecessary: "function",
  findBroker: "function",
  findGroupCoordinator: "function",
  findTopicPartitionMetadata: "function",
  fetchTopicsOffset: "function",
};

const POOL: Names<internals.InnerCluster["brokerPool"]> = {
  brokers: "object",
  findConnectedBroker: "function",
  refreshMetadata: "function",
};

const BROKER: Names<Omit<internals.InnerBroker, "versions">> = {
  connectionPool: "object",
  metadata: "function",
  initProducerId: "function",
  listGroups: "function",
  offsetCommit: "function",
  offsetFetch: "function",
  fetch: "function",
};

function assertShape(what: object, names: Readonly<Record<string, string>>): void {
  for (const [name, type] of Object.entries(names)) assertEquals(typeof Reflect.get(what, name), type, name);
}

function cluster(): internals.InnerCluster {
  return internals.createCluster(new Kafka({ brokers: ["127.0.0.1:1"] }), { allowAutoTopicCreation: false });
}

Deno.test("KafkaJS is the version that its internals are used of", () => {
  assertEquals(packageJson.version, internals.KAFKAJS_VERSION);
  assertEquals(npmOnly.imports.kafkajs, `npm:kafkajs@${internals.KAFKAJS_VERSION}`);
});

Deno.test("KafkaJS has inside what is used of it", () => {
  assertShape(internals.Encoder.prototype, ENCODER);
  assertShape(new internals.Encoder(1), { buf: "object", offset: "number" });
  assertShape(internals.Decoder.prototype, DECODER);
  assertShape(internals.RequestQueue.prototype, QUEUE);
  for (const name of ["Metadata", "OffsetFetch", "InitProducerId"]) {
    assertEquals(typeof internals.apiKeys[name], "number");
  }
  assertEquals(Reflect.get(internals.createErrorFromCode(10), "type"), "MESSAGE_TOO_LARGE");
  for (const mechanism of Object.values(internals.PASSWORD_MECHANISMS)) {
    const provider = mechanism({ username: "u", password: "p" });
    assertEquals(typeof provider, "function");
  }
  const batch = new internals.Batch("t", "0", { partition: 0, ...{ messages: [], highWatermark: "0" } });
  assertEquals([batch.messages, batch.rawMessages], [[], []]);
});

Deno.test("createCluster() finds the cluster inside of KafkaJS, with what is used of it", () => {
  const found = cluster();
  assertShape(found, CLUSTER);
  assertShape(found.brokerPool, POOL);
  assertShape(new Broker({ connectionPool: {}, logger: new Kafka({ brokers: [] }).logger() }), BROKER);
});

Deno.test("createCluster() throws where KafkaJS is another one inside", () => {
  assertThrows(
    () => internals.createCluster(Object.create(null), { allowAutoTopicCreation: false }),
    TypeError,
    internals.KAFKAJS_VERSION,
  );
});

Deno.test("openKafka() patches what docs/security.md says, and nothing else is patched", () => {
  const stock = {
    "RequestQueue.scheduleCheckPendingRequests": () => internals.RequestQueue.prototype.scheduleCheckPendingRequests,
    "Encoder.writeEncoder": () => internals.Encoder.prototype.writeEncoder,
    "Produce.protocol": () => produce.protocol,
    "CreateTopics.protocol": () => createTopics.protocol,
    "errorCodes": () => errorCodes.length,
    "BrokerPool.withBroker": () => internals.BrokerPool.prototype.withBroker,
  } as const satisfies { readonly [N in keyof typeof internals.PATCHES]: () => unknown };
  const names = Object.keys(internals.PATCHES);
  openKafka(producerOptions("127.0.0.1:1", "t")).close();
  const after = Object.entries(stock).map(([name, get]) => [name, get()] as const);
  // Another client patches nothing again.
  openKafka(producerOptions("127.0.0.1:1", "t")).close();
  for (const [name, before] of after) assertEquals(Reflect.get(stock, name)(), before, name);
  assert(produce.versions.includes("8"), String(produce.versions));
  const text = readFile("docs/security.md");
  const table = text.slice(
    text.indexOf("| Patched in KafkaJS"),
    text.indexOf("\n\n", text.indexOf("| Patched in KafkaJS")),
  );
  const rows = table.split("\n").slice(2).map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim()));
  assertEquals(rows.map(([name = ""]) => name.replaceAll("`", "")), names);
  assertEquals(rows.map(([, why]) => why), Object.values(internals.PATCHES));
  assertStringIncludes(text, `KafkaJS ${internals.KAFKAJS_VERSION}`);
});

function queue(pending: readonly unknown[], checked: () => void) {
  return { throttledUntil: -1, throttleCheckTimeoutId: null, pending, checkPendingRequests: checked };
}

Deno.test("scheduleCheckPendingRequests() sets no timer while no request waits", () => {
  const idle = queue([], () => {});
  internals.scheduleCheckPendingRequests.call(idle);
  assertEquals(idle.throttleCheckTimeoutId, null);
});

Deno.test("scheduleCheckPendingRequests() looks after requests that wait, once", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let checks = 0;
  const busy = queue(["a request"], () => {
    checks++;
    resolve();
  });
  internals.scheduleCheckPendingRequests.call(busy);
  const timer = busy.throttleCheckTimeoutId;
  internals.scheduleCheckPendingRequests.call(busy);
  assertEquals(busy.throttleCheckTimeoutId, timer);
  await promise;
  assertEquals([checks, busy.throttleCheckTimeoutId], [1, null]);
});

Deno.test("calmRequestQueues() changes the queues that KafkaJS makes", () => {
  internals.calmRequestQueues();
  assertEquals(
    internals.RequestQueue.prototype.scheduleCheckPendingRequests,
    internals.scheduleCheckPendingRequests,
  );
});

Deno.test("withBroker() throws the refusal of all brokers, and none where one of them answers or nobody refused", async () => {
  const refusal = internals.createErrorFromCode(53);
  const pool = (...outcomes: readonly (Error | string)[]) => {
    const brokers = Object.fromEntries(outcomes.map((outcome, i) => [String(i), outcome]));
    return Object.assign(Object.create(internals.BrokerPool.prototype), {
      brokers,
      findBroker: ({ nodeId }: { readonly nodeId: string }) => Promise.resolve(brokers[nodeId]),
    });
  };
  const use = (of: unknown) => {
    const outcome = Reflect.get(Object(of), "broker");
    return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(String(outcome));
  };
  const error = await assertRejects(() => internals.withBroker.call(pool(refusal, refusal), use));
  assertEquals(error, refusal);
  assertEquals(Reflect.get(refusal, "type"), "TRANSACTIONAL_ID_AUTHORIZATION_FAILED");
  assertEquals(await internals.withBroker.call(pool(refusal, "found"), use), "found");
  assertEquals(await internals.withBroker.call(pool(new Error("down"), new Error("down")), use), null);
});

Deno.test("bodyIn() keeps the room before a body, which takes what KafkaJS writes there", () => {
  internals.adoptBodies();
  const whole = Buffer.from([9, 9, 9, 9, 9, 9, 1, 2]);
  const header = new internals.Encoder(4).writeInt32(7);
  const request = header.writeEncoder(internals.bodyIn(whole, 6));
  assertEquals([...request.buf.subarray(0, request.offset)], [0, 0, 0, 7, 1, 2]);
  assertEquals(request.buf.buffer, whole.buffer);
});
