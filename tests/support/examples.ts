/**
 * Topics for the examples, which have everything twice and some of it late, and the commands of their documents.
 *
 * @module
 */
import { assert } from "@std/assert";
import { mixOf } from "../../src/simulator/mix.ts";
import { type Churn, churn, streamTwice } from "./churn.ts";
import { readFile, shellBlocks } from "./documents.ts";
import { consumeAll, type Consumed, type SharedKafka, testClient } from "./kafka.ts";
import { eventsOfChurn } from "./recipes.ts";

/** An event about a record, as it is in a topic. */
export interface RecordEvent {
  readonly id: string;
  readonly type: string;
  readonly action: "create" | "update" | "delete";
  readonly rev: string;
  readonly time: string;
  readonly data: { readonly uri: string; readonly subject_uri?: string | null };
}

/** Accounts stay: only deletes take something away. */
const MIX = mixOf({ like: 60, post: 8, repost: 4, update: 4, delete: 30, "repeated-commit": 10 });

/** So many messages of a network in which much is deleted. */
export function churnOfLikes(count: number): Promise<Churn> {
  return churn(count, MIX);
}

/**
 * Streams a network into a topic twice, and then, as from a relay that lags, what made each record that is deleted by
 * then. Returns the events about records that are in the topic.
 */
export async function fillTwice(network: Churn, kafka: SharedKafka): Promise<readonly RecordEvent[]> {
  const connection = ["--kafka-bootstrap-servers", kafka.bootstrapServers, "--kafka-topic", kafka.topic];
  await streamTwice(network, eventsOfChurn(network).events.length, connection);
  const records = (await consumeAll(kafka, kafka.topic)).map((record): { record: Consumed; event: RecordEvent } => ({
    record,
    event: JSON.parse(record.value),
  })).filter(({ event }) => event.action !== undefined);
  const events = records.map(({ event }) => event);
  assert(new Set(events.map(({ id }) => id)).size * 2 <= events.length, "not everything is in the topic twice");

  const gone = new Set(
    [...statesOf(events).values()].flatMap(({ made, latest }) =>
      made !== undefined && latest.action === "delete" ? [made.id] : []
    ),
  );
  const late = records.filter(({ event }) => gone.has(event.id));
  assert(gone.size > 10, `${gone.size} records were deleted`);
  const producer = testClient(kafka).producer();
  await producer.connect();
  await producer.send({
    topic: kafka.topic,
    messages: late.map(({ record: { key, value, headers } }) => ({ key, value, headers })),
  });
  await producer.disconnect();
  return [...events, ...late.map(({ event }) => event)];
}

/** The latest event of each record and the first one that made it, by the record's AT-URI without its scheme. */
export function statesOf<E extends { readonly id: string; readonly action: string; readonly rev: string }>(
  events: readonly E[],
): Map<string, { readonly made: E | undefined; readonly latest: E }> {
  const byRecord = Map.groupBy(events, ({ id }) => id.split("/").filter((_, i) => i !== 1).join("/"));
  return new Map([...byRecord].map(([record, own]) => {
    const sorted = own.toSorted((one, other) => one.rev < other.rev ? -1 : 1);
    const [first] = sorted;
    if (first === undefined) throw new Error("A group without events");
    return [record, { made: sorted.find(({ action }) => action !== "delete"), latest: sorted.at(-1) ?? first }];
  }));
}

/** The command line of an example's document that begins with this text. */
export function exampleCommand(path: string, start: string): string {
  const line = shellBlocks(readFile(path)).flatMap(({ lines }) => lines).find((each) => each.startsWith(start));
  if (line === undefined) throw new Error(`${path} has no command line that begins with ${start}`);
  return line;
}
