/**
 * Templates of topics: `bluesky.{collection}` names one topic for each collection.
 *
 * @module
 */

/** What an event gives to the placeholders of a template. */
export interface TopicParts {
  /** The CloudEvents type. */
  readonly type: string;
  /** What the event is about: records, deletes, identity, account, sync, or the stream itself. */
  readonly kind: string;
  /** Null where the event is about no record. */
  readonly collection: string | null;
}

/** Names the topic of an event. */
export type TopicOf = (event: TopicParts) => string;

/** The names that may stand in braces. */
export const PLACEHOLDERS = ["type", "collection", "kind"] as const;

/** The longest name that Kafka takes. */
export const MAX_TOPIC_LENGTH = 249;

/** In place of a collection: the topic of those that get none of their own. No collection has such a name. */
export const OTHER_COLLECTIONS = "other";

const PLACEHOLDER = /\{([^{}]*)\}/g;

/** Whether a text has placeholders. */
export function isTemplate(text: string): boolean {
  return /[{}]/.test(text);
}

/** What stands in braces in a template. */
export function placeholdersOf(template: string): readonly string[] {
  return [...template.matchAll(PLACEHOLDER)].map(([, name = ""]) => name);
}

/** What is the same in the names of all topics of a template. */
export function fixedText(template: string): string {
  return template.replaceAll(PLACEHOLDER, "");
}

/**
 * Names topics by a template. `{collection}` of an event about no record is its kind, which no collection is called. A
 * collection that would make a name too long has the topic of {@linkcode OTHER_COLLECTIONS}.
 *
 * @example One topic a collection
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const topicOf = topicTemplate("bluesky.{collection}");
 * const like = { type: "Bluesky.Feed.Like", kind: "records", collection: "app.bsky.feed.like" };
 * assertEquals(topicOf(like), "bluesky.app.bsky.feed.like");
 * assertEquals(topicOf({ type: "Atproto.Account", kind: "account", collection: null }), "bluesky.account");
 * ```
 */
export function topicTemplate(template: string): TopicOf {
  if (!isTemplate(template)) return () => template;
  return (event) => {
    const topic = fill(template, event);
    return topic.length <= MAX_TOPIC_LENGTH || event.collection === null ? topic : otherTopic(template, event);
  };
}

/** The topic of all collections of such an event that have none of their own. */
export function otherTopic(template: string, { type, kind }: Pick<TopicParts, "type" | "kind">): string {
  return fill(template, { type, kind, collection: OTHER_COLLECTIONS });
}

/**
 * Finds `type`, `kind` and `collection` again in a topic that a template named for an event of one of these types, as the
 * groups of its matches.
 */
export function topicPattern(template: string, types: readonly Pick<TopicParts, "type" | "kind">[]): RegExp {
  const values: Readonly<Record<string, string>> = {
    type: types.map(({ type }) => escaped(type)).join("|"),
    kind: types.map(({ kind }) => escaped(kind)).join("|"),
    collection: "[A-Za-z0-9.-]+",
  };
  const seen = new Set<string>();
  const parts = template.split(PLACEHOLDER).map((part, i) => {
    if (i % 2 === 0) return escaped(part);
    const isSeen = seen.has(part);
    seen.add(part);
    return isSeen ? `\\k<${part}>` : `(?<${part}>${values[part] ?? ""})`;
  });
  return new RegExp(`^${parts.join("")}$`);
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function fill(template: string, { type, kind, collection }: TopicParts): string {
  const values: Readonly<Record<string, string>> = { type, kind, collection: collection ?? kind };
  return template.replaceAll(PLACEHOLDER, (text, name: string) => values[name] ?? text);
}
