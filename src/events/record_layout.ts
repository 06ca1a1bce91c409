/**
 * How events stand in the records of Kafka: which topic, key and time a record has, and what stands in it.
 *
 * @module
 */
import type { TopicOf } from "../record/topic_template.ts";

/** How an event can stand in a record of Kafka. */
export const CONTENT_MODES = ["structured", "binary"] as const;

/** One of {@linkcode CONTENT_MODES}. */
export type ContentMode = typeof CONTENT_MODES[number];

/** What the key of a record can be: the account, or what the event is about. */
export const RECORD_KEYS = ["did", "uri"] as const;

/** One of {@linkcode RECORD_KEYS}. */
export type RecordKey = typeof RECORD_KEYS[number];

/** What the time of a record can be: that of its event, or that of sending. */
export const RECORD_TIMES = ["event", "send"] as const;

/** One of {@linkcode RECORD_TIMES}. */
export type RecordTime = typeof RECORD_TIMES[number];

/** How events stand in records. */
export interface RecordLayout {
  readonly mode: ContentMode;
  readonly topicOf: TopicOf;
  /** Where each event that says how an account stands goes beside its own topic: where records are now. */
  readonly recordTopics: () => Iterable<string>;
  /** The partition follows from the account, whatever the key is. */
  readonly key: RecordKey;
  /** Whether a delete is a record without a value, its attributes in headers. */
  readonly tombstones: boolean;
  readonly time: RecordTime;
}

/** The layout of what is no record of Kafka, such as lines; a basis for others. */
export const PLAIN_LAYOUT: RecordLayout = {
  mode: "structured",
  topicOf: () => "",
  recordTopics: () => [],
  key: "did",
  tombstones: false,
  time: "send",
};

/**
 * The time of a record, in milliseconds since 1970: that of its event, but not after `nowMs`. Brokers take no time before
 * 1970; such an event has `nowMs` too.
 */
export function recordTimeMs(eventMs: number, nowMs: number): number {
  return eventMs >= 0 && eventMs < nowMs ? eventMs : nowMs;
}
