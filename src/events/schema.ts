/**
 * The catalogue of events: the attributes of the envelope, the types, the collections they come from, and their fields
 * in order. The TypeScript types of the data, the order of the JSON, the tables of EVENTS.md and the schemas in other
 * languages (src/schemas) all come from here.
 *
 * @module
 */

/** What a field holds: text, a whole number, or a list of texts. */
export type FieldType = "string" | "integer" | "string[]";

/** One field of an event's data. */
export interface FieldSpec {
  readonly type: FieldType;
  readonly nullable: boolean;
  readonly doc: string;
}

/** One attribute of the envelope; it is present in every event of the type. */
export interface AttributeSpec {
  /** Its CloudEvents type. */
  readonly type: "string" | "uri" | "timestamp";
  /** The only values it takes; null: any, or what the event type says. */
  readonly values: readonly string[] | null;
  readonly doc: string;
}

/** The attributes of the CloudEvents envelope of records, in the order of the JSON; `data` follows them. */
export const ENVELOPE = {
  specversion: { type: "string", values: ["1.0"], doc: "version of CloudEvents" },
  type: { type: "string", values: null, doc: "type of the event" },
  source: { type: "uri", values: null, doc: "URL of the firehose, without its query" },
  subject: { type: "string", values: null, doc: "DID of the account whose repository changed" },
  id: {
    type: "string",
    values: null,
    doc: "`DID/REV/COLLECTION/RKEY`: the same for the same operation on every replay and every relay",
  },
  time: {
    type: "timestamp",
    values: null,
    doc: "the commit's time, RFC 3339 in UTC, years 1 to 9999, at most nine fractional digits; " +
      "else the time of receipt",
  },
  datacontenttype: { type: "string", values: ["application/json"], doc: "media type of the data" },
  action: {
    type: "string",
    values: ["create", "update"],
    doc: "what happened to the record (an extension attribute)",
  },
} as const satisfies Record<string, AttributeSpec>;

const { action: _action, ...COMMON } = ENVELOPE;

/** The attributes of events about the stream itself: those of records, but for `action`. */
export const STREAM_ENVELOPE = {
  ...COMMON,
  subject: { ...COMMON.subject, doc: "host of the firehose" },
  id: { ...COMMON.id, doc: "what `gap_id` or `dead_letter_id` says: the same for the same gap or letter" },
  time: {
    ...COMMON.time,
    doc:
      "of a gap the time of the first message after it, RFC 3339 in UTC; without a usable one, and of a dead letter, " +
      "the time of receipt",
  },
} as const satisfies Record<string, AttributeSpec>;

const text = (doc: string) => ({ type: "string", nullable: false, doc } as const);
const optionalText = (doc: string) => ({ type: "string", nullable: true, doc } as const);
const integer = (doc: string) => ({ type: "integer", nullable: false, doc } as const);
const optionalInteger = (doc: string) => ({ type: "integer", nullable: true, doc } as const);
const texts = (doc: string) => ({ type: "string[]", nullable: false, doc } as const);

const URI = text("AT-URI of the record");
const CID = text("CID of the record");
const DID = text("DID of the account whose repository holds the record");
const HANDLE = optionalText("handle of the account; always null, as records of the firehose name no handle");
const CREATED_AT = text("the record's own `createdAt`, verbatim; empty if it has none");
const INDEXED_AT = text("the `time` of the firehose message, verbatim");
const SEQ = integer("sequence number of the firehose message, counted by the firehose host");
const SUBJECT_URI = text("AT-URI of the post concerned; empty if the record names none");
const SUBJECT_CID = text("CID of the post concerned; empty if the record names none");

const POST_FIELDS = {
  uri: URI,
  cid: CID,
  did: DID,
  handle: HANDLE,
  text: text("text of the post"),
  langs: texts("languages of the text, BCP 47 tags"),
  reply_parent: optionalText("AT-URI of the post this one answers"),
  reply_parent_cid: optionalText("CID of the post this one answers"),
  reply_root: optionalText("AT-URI of the post that began the thread"),
  reply_root_cid: optionalText("CID of the post that began the thread"),
  embed_type: optionalText("`$type` of the embed"),
  embed_uri: optionalText("what an embed of type external, record or recordWithMedia points to"),
  facets: optionalText("rich-text facets as JSON"),
  labels: optionalText("self-labels as JSON"),
  tags: texts("hashtags outside the text"),
  created_at: CREATED_AT,
  indexed_at: INDEXED_AT,
  seq: SEQ,
} as const satisfies Record<string, FieldSpec>;

const REFERENCE_FIELDS = {
  uri: URI,
  cid: CID,
  did: DID,
  handle: HANDLE,
  subject_uri: SUBJECT_URI,
  subject_cid: SUBJECT_CID,
  created_at: CREATED_AT,
  indexed_at: INDEXED_AT,
  seq: SEQ,
} as const satisfies Record<string, FieldSpec>;

const ACCOUNT_FIELDS = {
  uri: URI,
  cid: CID,
  did: DID,
  handle: HANDLE,
  subject: text("DID of the account concerned; empty if the record names none"),
  subject_handle: optionalText("handle of the account concerned; always null, for the same reason"),
  created_at: CREATED_AT,
  indexed_at: INDEXED_AT,
  seq: SEQ,
} as const satisfies Record<string, FieldSpec>;

const PROFILE_FIELDS = {
  did: DID,
  handle: HANDLE,
  display_name: optionalText("name shown for the account"),
  description: optionalText("text about the account"),
  avatar: optionalText("CID of the avatar image"),
  banner: optionalText("CID of the banner image"),
  created_at: CREATED_AT,
  indexed_at: INDEXED_AT,
  seq: SEQ,
} as const satisfies Record<string, FieldSpec>;

const GAP_FIELDS = {
  gap_id: text("`gap/HOST/SEQ/HOST/SEQ`: the place before the gap and the place after it"),
  host: text("host of the firehose after the gap"),
  cause: text(
    "`window-exceeded`: the host went on, but not from the cursor, as where it no longer had everything after it; " +
      "`sequence-reset`: the host counts anew; `host-changed`: another host is read, and nothing proves that it goes on " +
      "where the one before was left; `cursor-lost`: the cursor of the job is gone, and nothing shows how far it got",
  ),
  from_host: text("host of the firehose before the gap"),
  from_seq: integer(
    "sequence number of the last message before the gap, counted by from_host; 0 where it is not known",
  ),
  from_time: optionalText(
    "the time of the stream there, as most of the last messages have it, or the time that was chosen as the start; " +
      "null if it is not known",
  ),
  to_seq: integer("sequence number of the first message after the gap, counted by host"),
  to_time: optionalText("its time; null if it has none"),
  events_lost: optionalInteger(
    "how many messages of the firehose are lost at most: the numbers between; null where numbers cannot tell",
  ),
} as const satisfies Record<string, FieldSpec>;

const DEAD_LETTER_FIELDS = {
  dead_letter_id: text("`dead-letter/HOST/SEQ/REASON/SHA256/PATH`, where what is not known is empty"),
  host: text("host of the firehose"),
  seq: optionalInteger("sequence number of the firehose message; null if it is not known"),
  did: optionalText("DID of the account whose repository holds the record; null if it is not known"),
  path: optionalText("`COLLECTION/RKEY` of the record; null if it is not known"),
  reason: text("why, as the log says it"),
  detail: text("what exactly was wrong, for people"),
  content: text("what is in raw: the record's `block`, the whole `frame`, or the finished `event`"),
  raw: text("the bytes in Base64; fewer than raw_bytes where the whole was too large"),
  raw_bytes: integer("how many bytes the whole has"),
  raw_hash: text("SHA-256 of the whole, in hexadecimal digits"),
} as const satisfies Record<string, FieldSpec>;

/** The event types of records, by their CloudEvents `type`. */
export const RECORD_TYPES = {
  "Bluesky.Feed.Post": {
    collection: "app.bsky.feed.post",
    key: "uri",
    doc: "A post was written, or an existing one changed.",
    fields: POST_FIELDS,
  },
  "Bluesky.Feed.Like": {
    collection: "app.bsky.feed.like",
    key: "uri",
    doc: "An account liked a post.",
    fields: REFERENCE_FIELDS,
  },
  "Bluesky.Feed.Repost": {
    collection: "app.bsky.feed.repost",
    key: "uri",
    doc: "An account reposted a post.",
    fields: REFERENCE_FIELDS,
  },
  "Bluesky.Graph.Follow": {
    collection: "app.bsky.graph.follow",
    key: "uri",
    doc: "An account followed another.",
    fields: ACCOUNT_FIELDS,
  },
  "Bluesky.Graph.Block": {
    collection: "app.bsky.graph.block",
    key: "uri",
    doc: "An account blocked another.",
    fields: ACCOUNT_FIELDS,
  },
  "Bluesky.Actor.Profile": {
    collection: "app.bsky.actor.profile",
    key: "did",
    doc: "An account's profile was created or changed.",
    fields: PROFILE_FIELDS,
  },
} as const satisfies Record<string, EventSpec & { readonly collection: string }>;

/** A collection whose records have an event type. */
export type Collection = (typeof RECORD_TYPES)[keyof typeof RECORD_TYPES]["collection"];

/** The collections whose records have an event type, in the order of the catalogue. */
export const COLLECTIONS: readonly Collection[] = Object.values(RECORD_TYPES).map(({ collection }) => collection);

/** The event types about the stream itself, by their CloudEvents `type`: they come from no record. */
export const STREAM_TYPES = {
  "Bluesky.Stream.Gap": {
    collection: null,
    key: "gap_id",
    doc: "Messages of the firehose are missing, or may be, between two places in the stream.",
    fields: GAP_FIELDS,
  },
  "Bluesky.Stream.DeadLetter": {
    collection: null,
    key: "dead_letter_id",
    doc: "A message or a record could not be used, or its event was too large for the broker.",
    fields: DEAD_LETTER_FIELDS,
  },
} as const satisfies Record<string, EventSpec & { readonly collection: null }>;

/** Every event type, by its CloudEvents `type`. */
export const EVENT_TYPES = { ...RECORD_TYPES, ...STREAM_TYPES } as const;

/** What the catalogue says of one event type. */
export interface EventSpec {
  /** The collection of the records; null: the event tells of the stream itself. */
  readonly collection: string | null;
  /** The field that names the record: events with the same value in it tell of one record, the latest of its state. */
  readonly key: string;
  readonly doc: string;
  readonly fields: { readonly [name: string]: FieldSpec };
}

/** A CloudEvents `type` of the catalogue. */
export type EventType = keyof typeof EVENT_TYPES;

/** A `type` of {@linkcode RECORD_TYPES}. */
export type RecordType = keyof typeof RECORD_TYPES;

/** A `type` of {@linkcode STREAM_TYPES}. */
export type StreamType = keyof typeof STREAM_TYPES;

type Base<T extends FieldType> = T extends "string" ? string : T extends "integer" ? number : readonly string[];
type Value<F extends FieldSpec> = F["nullable"] extends true ? Base<F["type"]> | null : Base<F["type"]>;

/** The data of an event of type `T`: every field always present, null where the catalogue allows it. */
export type EventData<T extends EventType> = {
  readonly [K in keyof (typeof EVENT_TYPES)[T]["fields"]]: (typeof EVENT_TYPES)[T]["fields"][K] extends FieldSpec
    ? Value<(typeof EVENT_TYPES)[T]["fields"][K]>
    : never;
};

/** Every event type, in the catalogue's order. */
export const TYPES = Object.keys(EVENT_TYPES) as readonly EventType[];

/** What the catalogue says of a type, without the exact names of its fields. */
export function specOf(type: EventType): EventSpec {
  return EVENT_TYPES[type];
}

/** The attributes of the envelope of a type, in the order of the JSON. */
export function envelopeOf(type: EventType): { readonly [name: string]: AttributeSpec } {
  return specOf(type).collection === null ? STREAM_ENVELOPE : ENVELOPE;
}

/** The last part of a type's name: `Post` of `Bluesky.Feed.Post`. */
export function shortName(type: EventType): string {
  return type.slice(type.lastIndexOf(".") + 1);
}
