import { assert, assertEquals, assertRejects } from "@std/assert";
import errors from "kafkajs/src/errors.js";
import type { PartitionBatch } from "../../../src/kafka/client/client.ts";
import { CommonWait } from "../../../src/kafka/client/wait.ts";
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
  const seen = { sends: [] as string[], waits: [] as number[], events: [] as string[] };
  const policy = new UntilAcknowledged({
    client: {
      send: (batch) => {
        seen.sends.push(batch.records.map(({ value }) => textOf(value)).join());
        return send(batch);
      },
      replace: (topic, partition) => seen.events.push(`replaced ${topic}/${partition}`),
    },
    observer: {
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

Deno.test("UntilAcknowledged fails on what no retry can mend", async () => {
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
