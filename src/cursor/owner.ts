/**
 * Who a cursor belongs to. A cursor that another job saved, or that counts for another topic, says nothing about what
 * this job has delivered: to resume from it loses events, or repeats them.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** The owner of a cursor. What a broker does not report is null, and is not compared. */
export interface CursorOwner {
  /** The name of the job: its transactional ID. */
  readonly job: string;
  /** The ID of the Kafka cluster. */
  readonly cluster: string | null;
  readonly topic: string;
  /** The ID of the topic, which changes when it is deleted and created again (Kafka 2.8 or later). */
  readonly topicId: string | null;
  /** The options that decide which events the topic gets, as {@linkcode optionsHash} makes it of them. */
  readonly options: string;
}

/** What a comparison of two owners shows. */
export type OwnerVerdict =
  | { readonly kind: "same" }
  /** The same job and the same name of the topic, but that was deleted and created again. */
  | { readonly kind: "recreated" }
  /** Another owner; the differences are for people. */
  | { readonly kind: "other"; readonly differences: readonly string[] };

/** Compares the owner of a saved cursor with the one that would resume from it. */
export function compareOwners(saved: CursorOwner, own: CursorOwner): OwnerVerdict {
  const differences: string[] = [];
  const compare = (what: string, theirs: string | null, ours: string | null) => {
    if (theirs !== null && ours !== null && theirs !== ours) differences.push(`${what} ${theirs}, not ${ours}`);
  };
  compare("job", JSON.stringify(saved.job), JSON.stringify(own.job));
  compare("cluster", saved.cluster, own.cluster);
  compare("topic", JSON.stringify(saved.topic), JSON.stringify(own.topic));
  if (saved.options !== own.options) differences.push("other events, collections, sample rate or filters");
  if (differences.length > 0) return { kind: "other", differences };
  const isRecreated = saved.topicId !== null && own.topicId !== null && saved.topicId !== own.topicId;
  return isRecreated ? { kind: "recreated" } : { kind: "same" };
}

/**
 * A short hash of the options that decide which events a topic gets; the order of the collections does not count.
 * `others` are options that are null by default: the hash without them is the same in every version.
 */
export function optionsHash(
  collections: readonly string[],
  sampleRate: number,
  others: Readonly<Record<string, unknown>> = {},
): string {
  const set = Object.entries(others).filter(([, value]) => value !== null).sort(([a], [b]) => a < b ? -1 : 1);
  const text = JSON.stringify([[...collections].sort(), sampleRate, ...set]);
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

/** Reads an owner as it was written into JSON; null if it is none. */
export function readOwner(value: unknown): CursorOwner | null {
  if (typeof value !== "object" || value === null) return null;
  const { job, cluster = null, topic, topicId = null, options }: Partial<Record<keyof CursorOwner, unknown>> = value;
  if (typeof job !== "string" || typeof topic !== "string" || typeof options !== "string") return null;
  const textOrNull = (text: unknown) => typeof text === "string" ? text : null;
  return { job, cluster: textOrNull(cluster), topic, topicId: textOrNull(topicId), options };
}
