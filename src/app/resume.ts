/**
 * Decides where to resume, by what is stored and, where that is what it takes, by the last records of the topic. `stream`
 * and `check` use the same code; nothing here writes anything.
 *
 * @module
 */
import { publicUrl } from "../text/redact.ts";
import type { KafkaSettings } from "../kafka/options/settings.ts";
import type { Config } from "../config/config.ts";
import type { CursorOwner } from "../cursor/owner.ts";
import { decideResume, type Resume, type TopicEvidence } from "../cursor/resume.ts";
import { EVERY_OTHER } from "../events/definition.ts";
import { COLLECTIONS, EVENT_TYPES } from "../events/registry.ts";
import { rulesOf, wants } from "../filter/collections.ts";
import type { StoredCursor } from "../kafka/offsets/cursor_offset.ts";
import type { KafkaClientOptions, OpenTopics } from "../kafka/client/options.ts";
import { readAccounts } from "./accounts.ts";
import type { Ask } from "./ask.ts";
import { openConnection } from "./connection.ts";
import {
  askGroups,
  fileEvidence,
  findTraces,
  groupEvidence,
  hostOf,
  type ReadFile,
  type StoredEvidence,
  storedOf,
} from "./evidence.ts";
import { jobOf } from "./exactly_once.ts";
import type { Settings } from "./settings.ts";
import { topicsOf } from "./topics.ts";

/** Decides where to resume, and reads the topic if that is what it takes. */
export async function resumeFrom(
  stored: StoredEvidence,
  { config, origins }: Settings,
  ask: Ask,
): Promise<Exclude<Resume, { readonly kind: "read-topic" }>> {
  const first = decideResume({ ...stored, topic: null });
  if (first.kind !== "read-topic") return first;
  const { kafka } = config;
  const topic = kafka === null
    ? NO_RECORDS
    : await ask("the last records of the topic", () => topicEvidence({ ...config, kafka }, origins));
  const second = decideResume({ ...stored, topic });
  if (second.kind === "read-topic") throw new TypeError("Cannot decide where to resume: the topic was read");
  return second;
}

const NO_RECORDS: TopicEvidence = { kind: "none" };

/** How far this job got by the last records of its topic. */
async function topicEvidence(
  config: Config & { readonly kafka: KafkaSettings },
  origins: Settings["origins"],
): Promise<TopicEvidence> {
  const { findReachedPlace } = await import("./last_places.ts");
  const accounts = await readAccounts({ config, origins });
  const rules = rulesOf(config.collections);
  const isWanted = (collection: string) =>
    collection === EVERY_OTHER ? rules.wanted.some((rule) => !COLLECTIONS.includes(rule)) : wants(rules, collection);
  const types = EVENT_TYPES.filter(({ kind, collection }) =>
    config.events.some((each) => each === kind) && (collection === null || isWanted(collection))
  );
  const connection = await openConnection(config.kafka, origins);
  const topics = topicsOf(config.kafka.topic, config);
  const names = topics.open === null ? topics.known : [...topics.known, ...await listTopics(connection, topics.open)];
  const place = await findReachedPlace(connection, names, {
    hosts: new Map(config.firehoseUrl.map((url) => [publicUrl(url), hostOf(url)])),
    types: new Set(types.map(({ type }) => type)),
    wants: (did) => accounts === null || accounts.wants(did),
    inOneTransaction: config.delivery === "exactly-once",
  });
  return place === null ? NO_RECORDS : { kind: "place", ...place };
}

/** The topics that were created for collections which no rule names. */
async function listTopics(connection: KafkaClientOptions, { isOwn }: OpenTopics): Promise<readonly string[]> {
  const { withAdmin } = await import("../kafka/client/client.ts");
  const never = new AbortController().signal;
  return (await withAdmin(connection, never, (admin) => admin.listTopics())).filter(isOwn);
}

/** Gathers what is stored for delivery at least once: the file, which is null where none is kept, and the group. */
export async function storedAtLeastOnce(
  { config, origins }: Settings,
  file: ReadFile | null,
  ask: Ask,
): Promise<{ readonly stored: StoredEvidence; readonly owner: CursorOwner | null }> {
  const { kafka } = config;
  const connection = kafka === null ? null : await openConnection(kafka, origins);
  const traces = await ask("the identity of the topic", () => findTraces(config, connection));
  const { owner, topicExists, ranBefore } = traces;
  const group = jobOf(config) ?? "";
  const kept = connection === null || !topicExists
    ? null
    : await ask(`the offset of the group "${group}"`, () => readGroup(connection, group));
  const own = fileEvidence(file ?? { cursor: null, others: new Map() }, config.cursorFile, owner);
  return { owner, stored: storedOf(config, own, groupEvidence(kept, group, owner), ranBefore) };
}

/** The cursor that a group has, if there is such a group; brokers without groups have none. */
async function readGroup(connection: KafkaClientOptions, group: string): Promise<StoredCursor | null> {
  const [{ storedCursorOf }, { isUnsupported }] = await Promise.all([
    import("../kafka/offsets/cursor_offset.ts"),
    import("../kafka/client/classify.ts"),
  ]);
  try {
    const committed = await askGroups(
      connection,
      async (groups) => await groups.exists(group) ? await groups.read(group) : null,
    );
    return committed === null ? null : storedCursorOf(committed);
  } catch (error) {
    if (isUnsupported(error)) return null;
    throw error;
  }
}
