/**
 * What an event type is: its name, what it comes from, the attributes around its data, and the fields of its data in the
 * order of the JSON.
 *
 * @module
 */
import { VERIFY_REASONS } from "../atproto/verify.ts";
import type { DeleteField, FieldSpec, RecordField } from "./fields.ts";
import type { RawJson } from "./raw_json.ts";

/** One attribute of the envelope. */
export interface AttributeSpec {
  /** Its CloudEvents type. */
  readonly type: "string" | "uri" | "timestamp" | "integer";
  /** Whether some events of the type lack it. */
  readonly isOptional?: true;
  /** The only values it takes; null: any, or what the event type says. */
  readonly values: readonly string[] | null;
  readonly doc: string;
}

/** What can become events, as `--events` names it: creates and updates, deletes, and messages about accounts. */
export const EVENT_KINDS = ["records", "deletes", "identity", "account", "sync"] as const;

/** One of {@linkcode EVENT_KINDS}. */
export type EventKind = typeof EVENT_KINDS[number];

/** The collection of a type that takes all records whose collection has none of its own. */
export const EVERY_OTHER = "*";

/** An event type. */
export interface EventDefinition {
  /** The CloudEvents `type`. */
  readonly type: string;
  /** What the event is about: a kind that is asked for, or the stream itself. */
  readonly kind: EventKind | "stream";
  /** The collection of the records, or {@linkcode EVERY_OTHER}; null: the event is about no record. */
  readonly collection: string | null;
  /**
   * What tells its rows apart in a table: a field, or `uri` where the data lacks the AT-URI of the record. Of events with
   * the same value in it the latest is the state.
   */
  readonly key: string;
  readonly doc: string;
  readonly fields: { readonly [name: string]: FieldSpec };
}

/** An event type of the creates and updates of a collection. */
export interface RecordDefinition extends EventDefinition {
  readonly kind: "records";
  readonly collection: string;
  readonly fields: { readonly [name: string]: RecordField };
}

/** An event type of the deletes of a collection. */
export interface DeleteDefinition extends EventDefinition {
  readonly kind: "deletes";
  readonly collection: string;
  readonly fields: { readonly [name: string]: DeleteField };
}

/** An event type about an account or its whole repository. */
export interface AccountDefinition extends EventDefinition {
  readonly kind: "identity" | "account" | "sync";
  readonly collection: null;
}

/** An event type about the stream itself. */
export interface StreamDefinition extends EventDefinition {
  readonly kind: "stream";
  readonly collection: null;
}

/** The attributes of what was verified. */
const VERDICT = {
  verified: {
    type: "string",
    isOptional: true,
    values: ["true", "false", "unknown"],
    doc: "result of verification: [docs/identity.md](docs/identity.md) says what `true` means in each mode; only if " +
      "commits are verified (an extension attribute)",
  },
  verifyreason: {
    type: "string",
    isOptional: true,
    values: Object.keys(VERIFY_REASONS),
    doc: "why `verified` is not `true` (an extension attribute)",
  },
} as const satisfies Record<string, AttributeSpec>;

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
  rev: {
    type: "string",
    values: null,
    doc:
      "revision of the repository after the commit, a TID. The event of a record with the greatest `rev`, compared as " +
      "text, has its latest state (an extension attribute)",
  },
  collection: { type: "string", values: null, doc: "collection of the record, an NSID (an extension attribute)" },
  sampledrate: {
    type: "integer",
    isOptional: true,
    values: null,
    doc: "number of records that the event represents, rounded: 10 if a tenth is kept; only in events of sampled " +
      "collections (CloudEvents' extension Sampling)",
  },
  ...VERDICT,
} as const satisfies Record<string, AttributeSpec>;

/** The attributes of deletes: those of other records. */
const DELETE_ENVELOPE = {
  ...ENVELOPE,
  action: { ...ENVELOPE.action, values: ["delete"] },
} as const satisfies Record<string, AttributeSpec>;

const {
  action: _action,
  rev: _rev,
  collection: _collection,
  sampledrate: _sampledrate,
  verified: _verified,
  verifyreason: _verifyreason,
  ...COMMON
} = ENVELOPE;

/** The attributes of events about an account: those of records, but for what is about an operation. */
export const ACCOUNT_ENVELOPE = {
  ...COMMON,
  subject: { ...COMMON.subject, doc: "DID of the account" },
  id: {
    ...COMMON.id,
    doc: "`DID/identity/TIME`, `DID/account/TIME` or `DID/sync/REV`, with the sequence number for a TIME that the " +
      "message lacks: the same on every replay of a relay",
  },
  time: {
    ...COMMON.time,
    doc: COMMON.time.doc.replace("the commit's time", "the message's time")
      .replace("else the time", "else, or if it is over five minutes ahead, the time"),
  },
} as const satisfies Record<string, AttributeSpec>;

/** The attributes of events about a whole repository: those of other events about an account, and what was verified. */
const SYNC_ENVELOPE = { ...ACCOUNT_ENVELOPE, ...VERDICT } as const satisfies Record<string, AttributeSpec>;

/** The attributes of events about the stream itself: those of events about an account. */
export const STREAM_ENVELOPE = {
  ...COMMON,
  subject: { ...COMMON.subject, doc: "host of the relay; for a gap in one repository the DID of its account" },
  id: { ...COMMON.id, doc: "`gap_id` or `dead_letter_id`: the same for the same gap or letter" },
  time: {
    ...COMMON.time,
    doc:
      "for a gap, the time of the first message after it, RFC 3339 in UTC; without a valid one, and for a dead letter, " +
      "the time of receipt",
  },
} as const satisfies Record<string, AttributeSpec>;

/** The attributes of the envelope of a type, in the order of the JSON. */
export function envelopeOf({ kind }: EventDefinition): { readonly [name: string]: AttributeSpec } {
  switch (kind) {
    case "records":
      return ENVELOPE;
    case "deletes":
      return DELETE_ENVELOPE;
    case "sync":
      return SYNC_ENVELOPE;
    case "stream":
      return STREAM_ENVELOPE;
    default:
      return ACCOUNT_ENVELOPE;
  }
}

/** The attributes that every event of a type has, in the order of the JSON. */
export function requiredAttributes(definition: EventDefinition): string[] {
  return Object.entries(envelopeOf(definition)).filter(([, { isOptional }]) => isOptional !== true).map(([name]) =>
    name
  );
}

/** The last part of a type's name, of deletes the last two: `Post` of `Bluesky.Feed.Post`, `PostDeleted`. */
export function shortName({ type, kind }: EventDefinition): string {
  return type.split(".").slice(kind === "deletes" ? -2 : -1).join("");
}

interface Values {
  readonly "string": string;
  readonly "integer": number;
  readonly "boolean": boolean;
  readonly "string[]": readonly string[];
  readonly "object": RawJson;
}
type Value<F extends FieldSpec> = F["nullable"] extends true ? Values[F["type"]] | null : Values[F["type"]];

/** The data of an event: every field always present, null where the definition allows it. */
export type EventData<D extends EventDefinition> = { readonly [K in keyof D["fields"]]: Value<D["fields"][K]> };
