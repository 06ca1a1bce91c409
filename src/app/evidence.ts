/**
 * The evidence for where to resume: what the cursor file shows, the offset in Kafka, the traces of earlier runs. Nothing
 * here writes anything.
 *
 * @module
 */
import { jobNames } from "../kafka/options/delivery_options.ts";
import type { StartCursor } from "../cursor/options.ts";
import { timeMsOf } from "../config/readers.ts";
import type { Config } from "../config/config.ts";
import type { Cursor, Place } from "../cursor/cursor.ts";
import { compareOwners, type CursorOwner, optionsHash } from "../cursor/owner.ts";
import type { CursorChoice, Evidence, StoreEvidence } from "../cursor/resume.ts";
import { didsText } from "../filter/options.ts";
import type { OffsetStore } from "../kafka/offsets/offset_store.ts";
import type { StoredCursor } from "../kafka/offsets/cursor_offset.ts";
import type { KafkaClientOptions } from "../kafka/client/options.ts";
import { isExactlyOnce } from "./exactly_once.ts";

/** The cursor file as it was read; `cursor` is null where there is none. */
export interface ReadFile {
  readonly cursor: Cursor | null;
  readonly others: ReadonlyMap<string, Place>;
}

/** The evidence but for the topic's, which is read only where it decides. */
export type StoredEvidence = Omit<Evidence, "topic">;

/** What the cursor file shows. */
export function fileEvidence({ cursor, others }: ReadFile, path: string, own: CursorOwner | null): StoreEvidence {
  const name = `the file "${path}"`;
  return cursor === null
    ? { kind: "none", name }
    : { kind: "cursor", name, cursor, others, owner: ownership(cursor, own) };
}

function ownership({ owner }: Cursor, own: CursorOwner | null): Extract<StoreEvidence, { kind: "cursor" }>["owner"] {
  if (owner === undefined || own === null) return "unknown";
  const verdict = compareOwners(owner, own);
  return verdict.kind === "other"
    ? { differences: verdict.differences }
    : verdict.kind === "recreated"
    ? "recreated"
    : "own";
}

/** What the group's committed offset shows: a cursor only where our own metadata stands beside it. */
export function groupEvidence(kept: StoredCursor | null, group: string, own: CursorOwner | null): StoreEvidence {
  const name = `the group "${group}"`;
  if (kept?.isForeign) return { kind: "foreign", name, detail: "holds an offset of another consumer" };
  if (kept?.isLost) return { kind: "foreign", name, detail: "had lost its cursor before this start" };
  if (kept === null || kept.cursor === null) return { kind: "none", name };
  const owner = ownership(kept.cursor, own);
  // Versions that named no owner kept a group for each job.
  return { kind: "cursor", name, cursor: kept.cursor, others: new Map(), owner: owner === "unknown" ? "own" : owner };
}

/** What the brokers know of the job, without the cursor. */
export interface JobTraces {
  readonly owner: CursorOwner | null;
  /** Whether the topic exists: without it there is no offset of it either. */
  readonly topicExists: boolean;
  /** Whether they have seen an earlier run of it, by its transactional ID. */
  readonly ranBefore: boolean;
}

/** Looks for the identity of the topic and, with exactly-once, for earlier runs. */
export async function findTraces(config: Config, connection: KafkaClientOptions | null): Promise<JobTraces> {
  const { kafka, delivery } = config;
  if (kafka === null || connection === null) return { owner: null, topicExists: false, ranBefore: false };
  const [{ findIdentity }, { knowsTransactionalId }] = await Promise.all([
    import("../kafka/client/identity.ts"),
    import("../kafka/client/transactional_id.ts"),
  ]);
  const identity = await findIdentity(connection);
  const owner = ownerOf(config, identity);
  const isAsked = delivery === "exactly-once" && owner !== null;
  const ranBefore = isAsked && await knowsTransactionalId(connection, owner.job) === true;
  return { owner, topicExists: identity !== null, ranBefore };
}

/** Whose cursors this run saves; null where lines are written, which have no identity. */
function ownerOf(
  config: Config,
  identity: { readonly clusterId: string | null; readonly topicId: string | null } | null,
): CursorOwner | null {
  const { kafka } = config;
  if (kafka === null) return null;
  return {
    job: jobNames(config, kafka.topic).transactionalId,
    cluster: identity?.clusterId ?? null,
    topic: kafka.topic,
    topicId: identity?.topicId ?? null,
    options: optionsOf(config),
  };
}

/** A hash of the options that decide which events there are. */
export function optionsOf(config: Config): string {
  const { collections, events, sampleRate, shard, dids, excludeDids, langs, posts } = config;
  return optionsHash(collections, sampleRate.rest, {
    events: events.join() === "records" ? null : events,
    shard,
    dids: didsText(dids),
    excludeDids: didsText(excludeDids),
    langs: langs && [...langs].sort(),
    posts: posts === "all" ? null : posts,
    sampleRates: sampleRate.of.length === 0 ? null : [...sampleRate.of].sort(([a], [b]) => a < b ? -1 : 1),
  });
}

/** Asks about offsets over connections that are closed afterwards. */
export async function askGroups<T>(
  connection: KafkaClientOptions,
  ask: (groups: OffsetStore) => Promise<T>,
): Promise<T> {
  const { openOffsetStore } = await import("../kafka/offsets/offset_store.ts");
  const groups = openOffsetStore(connection);
  try {
    return await ask(groups);
  } finally {
    groups.close();
  }
}

/** All that is stored, of both places, with the place that the command names. */
export function storedOf(config: Config, own: StoreEvidence, other: StoreEvidence, ranBefore: boolean): StoredEvidence {
  const relays = relaysOf(config.firehoseUrl);
  return {
    choice: choiceOf(config.cursor, Date.now()),
    relays,
    mayRepeat: !isExactlyOnce(config),
    own,
    other,
    ranBefore,
  };
}

/** The hosts of the relays, in the order in which they are tried. */
function relaysOf([first = "", ...others]: readonly string[]): [string, ...string[]] {
  return [hostOf(first), ...others.map(hostOf)];
}

/** The host of a relay, by which its cursors are known. */
export function hostOf(url: string): string {
  return new URL(url).host;
}

/** The place that the command names. An age counts from the start, of a standby from when it takes over. */
function choiceOf(cursor: StartCursor | null, nowMs: number): CursorChoice {
  return cursor?.kind === "age" || cursor?.kind === "time" ? { kind: "time", timeMs: timeMsOf(cursor, nowMs) } : cursor;
}
