import { assert, assertEquals, assertRejects } from "@std/assert";
import errors from "kafkajs/src/errors.js";
import type { PartitionBatch } from "../../../src/kafka/client/client.ts";
import { CommonWait } from "../../../src/kafka/client/wait.ts";
import { Sequences } from "../../../src/kafka/producer/sequences.ts";
import { UntilAcknowledged, type UntilAcknowledgedOptions } from "../../../src/kafka/producer/until_acknowledged.ts";
import { recordOf, textOf } from "../../support/records.ts";
import { until } from "../../support/wait.ts";

function protocolError(type: string): Error {
  return new errors.KafkaJSProtocolError(Object.assign(new Error(type), { type, code: 1, retriable: false }));
}

/** A policy whose sends go as `send` says; waits are over at once. */
function scripted(
  send: (batch: PartitionBatch) => Promise<void>,
  options: Partial<UntilAcknowledgedOptions> = {},
) {
  const seen = { sends: [] as string[], numbers: [] as string[], waits: [] as number[], events: [] as string[] };
  let ids = 1n;
  const policy = new UntilAcknowledged({
    client: {
      send: (batch) => {
        seen.sends.push(batch.records.map(({ value }) => textOf(value)).join());
        const { sequence } = batch;
        seen.numbers.push(sequence === null ? "none" : `${sequence.producerId}:${sequence.firstSequence}`);
        return send(batch);
      },
      replace: (topic, partition) => seen.events.push(`replaced ${topic}/${partition}`),
    },
    sequences: new Sequences(
      { producerId: 1n, producerEpoch: 0 },
      () => Promise.resolve({ producerId: ++ids, producerEpoch: 0 }),
    ),
    observer: {
      idempotenceRefused: ({ reason }) => seen.events.push(`refused ${reason}`),
      sequencesLost: ({ topic, partition }) => seen.events.push(`lost ${topic}/${partition}`),
      sending: () => {},
      acknowledged: ({ records }) => seen.events.push(`acknowledged ${records}`),
      retrying: ({ attempt }) => seen.events.push(`retrying ${attempt}`),
      recovered: ({ attempts }) => seen.events.push(`recovered ${attempts}`),
    },
    backOff: {
      wait: (ms) => {
        seen.waits.push(ms);
        return Promise.resolve(true);
      },
      end: () => {},
    },
    random: () => 1,
    topicGone: (topic) => seen.events.push(`${topic} gone`),
    ...options,
  });
  const deliver = (...texts: string[]) => policy.deliver("t", 2, texts.map((text) => recordOf("t", "k", text)));
  return { seen, deliver };
}

Deno.test("UntilAcknowledged sends the same batch again until it is acknowledged", async () => {
  let failures = 7;
  const { seen, deliver } = scripted(() =>
    failures-- > 0 ? Promise.reject(new Error("broker down")) : Promise.resolve()
  );
  assertEquals(await deliver("a", "b"), "acknowledged");
  assertEquals(seen.sends, Array(8).fill("a,b"));
  assertEquals(seen.numbers, Array(8).fill("1:0"));
  assertEquals(seen.waits, [200, 400, 800, 1600, 3200, 6400, 12_800]);
  assertEquals(seen.events.filter((event) => event === "replaced t/2").length, 2);
  assertEquals(seen.events.slice(-2), ["acknowledged 2", "recovered 8"]);
});

Deno.test("UntilAcknowledged says what is too large, and asks for a topic that is gone", async () => {
  const large = scripted(() => Promise.reject(protocolError("MESSAGE_TOO_LARGE")));
  assertEquals([await large.deliver("a"), large.seen.events], ["too-large", []]);
  let failures = 1;
  const gone = scripted(() =>
    failures-- > 0 ? Promise.reject(protocolError("UNKNOWN_TOPIC_OR_PARTITION")) : Promise.resolve()
  );
  assertEquals(await gone.deliver("a"), "acknowledged");
  assertEquals(gone.seen.events, ["t gone", "retrying 1", "acknowledged 1", "recovered 2"]);
});

Deno.test("UntilAcknowledged fails on what no retry helps against", async () => {
  const { seen, deliver } = scripted(() => Promise.reject(new TypeError("a bug")));
  await assertRejects(() => deliver("a"), TypeError, "a bug");
  assertEquals([seen.sends, seen.waits], [["a"], []]);
});

Deno.test("UntilAcknowledged does not count as acknowledged what was stopped", async () => {
  const { seen, deliver } = scripted(() => Promise.reject(new Error("down")), {
    backOff: { wait: () => Promise.resolve(false), end: () => {} },
  });
  assertEquals([await deliver("a"), seen.sends], ["stopped", ["a"]]);
});

Deno.test("UntilAcknowledged ends the waits of other partitions when it recovers, but not at every success", async () => {
  const backOff = new CommonWait(new AbortController().signal);
  const isDown = { one: true, other: true };
  const sendUnless = (name: keyof typeof isDown) => () =>
    isDown[name] ? Promise.reject(new Error("down")) : Promise.resolve();
  const end = () => backOff.end();
  // The other one waits for ever unless something ends that.
  const other = scripted(sendUnless("other"), { backOff: { wait: () => backOff.wait(1e8), end } });
  const one = scripted(sendUnless("one"), { backOff: { wait: () => backOff.wait(isDown.one ? 1 : 1e8), end } });
  const well = scripted(() => Promise.resolve(), { backOff });
  const both = Promise.all([other.deliver("a"), one.deliver("a")]);
  await until("one has failed twice", () => one.seen.sends.length > 1);
  await well.deliver("a", "b");
  isDown.other = false;
  assertEquals(other.seen.sends.length, 1);
  isDown.one = false;
  assertEquals(await both, ["acknowledged", "acknowledged"]);
  assert(other.seen.sends.length === 2, other.seen.events.join());
});

/** Fails with these errors of the protocol, one after the other, and then no more. */
function failingWith(...types: string[]) {
  return () => {
    const type = types.shift();
    return type === undefined ? Promise.resolve() : Promise.reject(protocolError(type));
  };
}

Deno.test("UntilAcknowledged numbers records on from batch to batch, and not those that were refused", async () => {
  const { seen, deliver } = scripted(failingWith("NOT_LEADER_FOR_PARTITION"));
  assertEquals([await deliver("a", "b"), await deliver("c")], ["acknowledged", "acknowledged"]);
  assertEquals(seen.numbers, ["1:0", "1:0", "1:2"]);
  const large = scripted(failingWith("MESSAGE_TOO_LARGE"));
  assertEquals([await large.deliver("a", "b"), await large.deliver("a")], ["too-large", "acknowledged"]);
  assertEquals(large.seen.numbers, ["1:0", "1:0"]);
});

Deno.test("UntilAcknowledged takes a batch that the broker has already for acknowledged", async () => {
  const { seen, deliver } = scripted(failingWith("DUPLICATE_SEQUENCE_NUMBER"));
  assertEquals([await deliver("a", "b"), await deliver("c")], ["acknowledged", "acknowledged"]);
  assertEquals(seen.numbers, ["1:0", "1:2"]);
});

Deno.test("UntilAcknowledged begins with another producer where a broker lost track, and sends the batch again", async () => {
  for (const type of ["OUT_OF_ORDER_SEQUENCE_NUMBER", "UNKNOWN_PRODUCER_ID", "INVALID_PRODUCER_EPOCH"]) {
    const failures = failingWith(type);
    const { seen, deliver } = scripted(({ records }) =>
      textOf(records[0]?.value) === "b" ? failures() : Promise.resolve()
    );
    for (const text of ["a", "b", "c"]) assertEquals(await deliver(text), "acknowledged", type);
    assertEquals(seen.sends, ["a", "b", "b", "c"]);
    assertEquals(seen.numbers, ["1:0", "1:1", "2:0", "2:1"]);
    assertEquals(seen.events.filter((event) => event.startsWith("lost")), ["lost t/2"]);
  }
});

Deno.test("UntilAcknowledged gives no number again under which an attempt may have been taken", async () => {
  // The broker took the first attempt, and its limit was lowered before the second.
  const { seen, deliver } = scripted(failingWith("REQUEST_TIMED_OUT", "MESSAGE_TOO_LARGE"));
  assertEquals([await deliver("a"), await deliver("b")], ["too-large", "acknowledged"]);
  assertEquals(seen.numbers, ["1:0", "1:0", "2:0"]);
});

Deno.test("UntilAcknowledged sends without numbers where a broker refuses those, and at once", async () => {
  const { seen, deliver } = scripted(failingWith("CLUSTER_AUTHORIZATION_FAILED"));
  assertEquals([await deliver("a"), await deliver("b")], ["acknowledged", "acknowledged"]);
  assertEquals([seen.numbers, seen.waits], [["1:0", "none", "none"], []]);
  assertEquals(seen.events, ["refused CLUSTER_AUTHORIZATION_FAILED", "acknowledged 1", "acknowledged 1"]);
  // Without numbers a permission that is missing is another one.
  const refused = scripted(failingWith("CLUSTER_AUTHORIZATION_FAILED"), {
    sequences: new Sequences(null, () => Promise.resolve(null)),
  });
  await assertRejects(() => refused.deliver("a"), Error, "CLUSTER_AUTHORIZATION_FAILED");
});

Deno.test("UntilAcknowledged waits for another producer ID as for a broker", async () => {
  let isDown = true;
  const ask = () => {
    if (!isDown) return Promise.resolve({ producerId: 9n, producerEpoch: 0 });
    isDown = false;
    return Promise.reject(new Error("down"));
  };
  const sequences = new Sequences({ producerId: 1n, producerEpoch: 0 }, ask);
  const { seen, deliver } = scripted(failingWith("UNKNOWN_PRODUCER_ID"), { sequences });
  assertEquals(await deliver("a"), "acknowledged");
  assertEquals([seen.numbers, seen.waits], [["1:0", "9:0"], [200, 400]]);
});
