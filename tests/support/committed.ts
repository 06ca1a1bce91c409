/**
 * A topic as a consumer sees it that reads committed records alone.
 *
 * @module
 */
import { wait } from "../../src/async.ts";
import { readTopic } from "../../src/kafka/consumer/read.ts";
import { PROFILES } from "../../src/kafka/client/options.ts";
import type { Consumed } from "./kafka.ts";
import { textOf } from "./records.ts";
import { assertRecord } from "./schemas.ts";

/** All committed records of a topic, in order within each partition. */
export async function readCommitted(server: string, topic: string): Promise<Consumed[]> {
  const kafka = {
    brokers: server.split(","),
    topic,
    tls: null,
    sasl: null,
    profile: PROFILES.kafka,
    clientId: "test",
    random: Math.random,
  };
  const records: Consumed[] = [];
  const quiet = { opened: () => {}, silent: () => {}, interrupted: () => {} };
  const { signal } = new AbortController();
  for await (
    const batch of readTopic({ kafka, from: { kind: "oldest" }, partition: null, untilEnd: true, wait }, quiet, signal)
  ) {
    for (const { partition, offset, key, value, headers } of batch) {
      assertRecord({ value, headers });
      records.push({ partition, offset: Number(offset), key: textOf(key), value: textOf(value), headers });
    }
  }
  return records;
}
