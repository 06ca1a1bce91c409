/**
 * What the peers produce of the first frames of a recording, beside what we make of them: a comparison of costs is fair
 * only among programs that do the same work.
 *
 * @module
 */
import { setTimeout as after } from "node:timers/promises";
import { readTopic } from "../src/kafka/consumer/read.ts";
import { PROFILES } from "../src/kafka/client/options.ts";
import { FIRST_SEQ } from "./frames.ts";
import { differenceOf, type Produced, type Sameness } from "./peers/comparison.ts";
import { finisher, load, wanting } from "./stage_input.ts";

/** The data of the JavaScript program is the record as it stands. */
export const SAMENESS: Readonly<Record<string, Sameness>> = {
  "javascript-peer": "identity",
  "rust-peer": "every field",
  "go-peer": "every field",
};

const CONTENT_TYPE = "application/cloudevents+json; charset=UTF-8";

/**
 * Our events of the first so many frames of a recording, as the server of the bench sends them: with numbers that begin
 * anew, from the address of the server.
 */
export async function expectedEvents(
  file: string,
  frames: number,
  collections: readonly string[],
  url: string,
): Promise<Produced[]> {
  const finish = finisher(wanting(collections));
  return (await load(file, frames)).flatMap((bytes, place) =>
    finish(bytes).map(({ key, value }) => {
      const event = JSON.parse(textOf(value)) as { readonly data: object };
      const served = { ...event, source: url, data: { ...event.data, seq: FIRST_SEQ + place } };
      return { key: textOf(key), value: JSON.stringify(served), contentType: CONTENT_TYPE };
    })
  );
}

/** All that is in a topic. */
export async function producedEvents(brokers: string, topic: string): Promise<Produced[]> {
  const kafka = {
    brokers: [brokers],
    topic,
    tls: null,
    sasl: null,
    profile: PROFILES.kafka,
    clientId: "bluesky_firehose-bench",
    random: Math.random,
  };
  const options = {
    kafka,
    from: { kind: "oldest" },
    partition: null,
    untilEnd: true,
    wait: (ms: number, signal: AbortSignal) => after(ms, undefined, { signal }),
  } as const;
  const produced: Produced[] = [];
  const nothing = () => {};
  const observer = { opened: nothing, silent: nothing, interrupted: nothing };
  for await (const records of readTopic(options, observer, new AbortController().signal)) {
    produced.push(...records.map(({ key, value, headers }) => ({
      key: textOf(key),
      value: textOf(value),
      contentType: headers["content-type"] ?? "",
    })));
  }
  return produced;
}

/** Fails where a peer's events differ from ours. */
export function requireSame(name: string, expected: readonly Produced[], produced: readonly Produced[]): void {
  const difference = differenceOf(expected, produced, SAMENESS[name] ?? "every field");
  if (difference !== null) throw new Error(`Cannot compare with ${name}: it does not do the same: ${difference}`);
}

function textOf(bytes: Uint8Array | null): string {
  return new TextDecoder().decode(bytes ?? new Uint8Array());
}
