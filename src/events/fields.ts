/**
 * The rows that an event type is declared in: for each field of the data its form, where in the record it stands, and
 * what it means. Both paths from a record to its event read these rows: the generic one as they are (data.ts), the fast
 * one compiled (plan.ts).
 *
 * @module
 */

/** What a field holds: text, a whole number, a truth value, a list of texts, or any JSON object. */
export type FieldType = "string" | "integer" | "boolean" | "string[]" | "object";

/** One field of an event's data. */
export interface FieldSpec {
  readonly type: FieldType;
  readonly nullable: boolean;
  /** Whether only events with whole records have it. */
  readonly isOptional?: true;
  readonly doc: string;
}

/** A place in a record: the names of its fields from the outside in, with dots between them. */
export type Path = string;

/** What the commit says of an operation, whatever its record holds. */
export type Own = "uri" | "cid" | "did" | "collection" | "rkey" | "time" | "seq";

/**
 * Where the value of a field comes from. A value of the wrong type counts as missing, and what is missing is null, but
 * an empty text and an empty list where the form says so.
 */
export type Source =
  | { readonly form: "own"; readonly name: Own }
  /** The handle of the account, where handles are asked for; else null. */
  | { readonly form: "handle" }
  /** The same of the account whose DID is at a place; that place must be a text of the event too. */
  | { readonly form: "subject-handle"; readonly path: Path }
  /** A text: empty if it is missing. */
  | { readonly form: "text"; readonly path: Path }
  | { readonly form: "optional-text"; readonly path: Path }
  /** The texts of an array: none if it is missing. */
  | { readonly form: "texts"; readonly path: Path }
  /** The CID of a blob, as text. */
  | { readonly form: "blob"; readonly path: Path }
  /** The whole record, as an object. */
  | { readonly form: "record" }
  /** The time at a place, but not after that of the event. */
  | { readonly form: "sort-time"; readonly path: Path }
  /** An array, or an object, as JSON. */
  | { readonly form: "array" | "object"; readonly path: Path }
  /** The text at one of these places, by the text at the place `by`. */
  | { readonly form: "choice"; readonly by: Path; readonly paths: { readonly [text: string]: Path } };

/** One field of the data of a record's event. */
export interface RecordField extends FieldSpec {
  readonly from: Source;
}

/** Where a field of a delete comes from: there is no record. */
export type DeleteSource =
  | { readonly form: "own"; readonly name: Exclude<Own, "cid"> }
  | { readonly form: "handle" }
  /** The CID of the record that was deleted, or null where the operation does not say. */
  | { readonly form: "prev" }
  /** What the record was about, or null where that is not known. */
  | { readonly form: "was-about"; readonly name: "uri" | "cid" | "did" };

/** One field of the data of a delete's event. */
export interface DeleteField extends FieldSpec {
  readonly from: DeleteSource;
}

/** The fields of a blob: a link to what it holds, or in the legacy form the CID as text; the link counts first. */
export const BLOB = { link: "ref", text: "cid" } as const;

/** A text that every record of the type should have. */
export function text(path: Path, doc: string) {
  return { type: "string", nullable: false, doc, from: { form: "text", path } } as const;
}

/** A text, or null. */
export function optionalText(path: Path, doc: string) {
  return { type: "string", nullable: true, doc, from: { form: "optional-text", path } } as const;
}

/** A list of texts. */
export function texts(path: Path, doc: string) {
  return { type: "string[]", nullable: false, doc, from: { form: "texts", path } } as const;
}

/** The CID of a blob, or null. */
export function blob(path: Path, doc: string) {
  return { type: "string", nullable: true, doc, from: { form: "blob", path } } as const;
}

/** An array as JSON, or null. */
export function arrayJson(path: Path, doc: string) {
  return { type: "string", nullable: true, doc, from: { form: "array", path } } as const;
}

/** An object as JSON, or null. */
export function objectJson(path: Path, doc: string) {
  return { type: "string", nullable: true, doc, from: { form: "object", path } } as const;
}

/** The text at the place that the text at the place `by` chooses, or null. */
export function choice(by: Path, paths: { readonly [text: string]: Path }, doc: string) {
  return { type: "string", nullable: true, doc, from: { form: "choice", by, paths } } as const;
}

function own<const Name extends Own>(name: Name, doc: string) {
  return { type: name === "seq" ? "integer" : "string", nullable: false, doc, from: { form: "own", name } } as const;
}

/** The record. */
export const URI = own("uri", "AT-URI of the record");
/** The record as it is now. */
export const CID = own("cid", "CID of the record");
/** The middle part of its AT-URI. */
export const COLLECTION = own("collection", "collection of the record, an NSID");
/** The last part of its AT-URI. */
export const RKEY = own("rkey", "record key: the last part of the AT-URI");
/** The record as it was. */
export const PREV_CID = {
  type: "string",
  nullable: true,
  doc: "CID of the record that was deleted; null if the message does not say",
  from: { form: "prev" },
} as const;
/** The account. */
export const DID = own("did", "DID of the account whose repository holds the record");
/** The account that an event about no record is about. */
export const ACCOUNT_DID = own("did", "DID of the account");
/** The handle of the account, which the firehose does not have. */
export const HANDLE = {
  type: "string",
  nullable: true,
  doc:
    "handle of the account as it was known when the event was made; null if it was not: always, unless handles are " +
    "looked up",
  from: { form: "handle" },
} as const;
/** The record itself. */
export const WHOLE_RECORD = {
  type: "object",
  nullable: false,
  doc:
    'the whole record as the protocol has it in JSON: CIDs are `{"$link"}`, bytes `{"$bytes"}` in Base64; integers ' +
    "beyond 2^53 keep all digits",
  from: { form: "record" },
} as const;
/** When the record says it was made. */
export const CREATED_AT = text("createdAt", "the record's own `createdAt`, verbatim; empty if it has none");
/** The earlier of both. */
export const SORT_TIME = {
  type: "string",
  nullable: false,
  doc:
    "the earlier of `createdAt`, if that is a time, and the event's `time`: RFC 3339 in UTC, years 1 to 9999, at most " +
    "nine fractional digits",
  from: { form: "sort-time", path: "createdAt" },
} as const;
/** The message's time. */
export const INDEXED_AT = own("time", "the `time` of the firehose message, verbatim");
/** The message's number. */
export const SEQ = own("seq", "sequence number of the firehose message, counted by the firehose host");
/** The post that a like or a repost is about. */
export const SUBJECT_URI = text("subject.uri", "AT-URI of the post concerned; empty if the record names none");
/** That post as it was. */
export const SUBJECT_CID = text("subject.cid", "CID of the post concerned; empty if the record names none");
/** The account that a follow or a block is about. */
export const SUBJECT = text("subject", "DID of the account concerned; empty if the record names none");
/** Its handle. */
export const SUBJECT_HANDLE = {
  type: "string",
  nullable: true,
  doc: "handle of the account concerned, in the same way",
  from: { form: "subject-handle", path: "subject" },
} as const;

/** What the message of a delete does not say, as it names nothing but the record. */
function wasAbout<const Name extends "uri" | "cid" | "did">(name: Name, what: string) {
  const doc = `${what}; null if it is not known: always, unless subjects are remembered and the record's was`;
  return { type: "string", nullable: true, doc, from: { form: "was-about", name } } as const;
}

/** The post that a deleted like or repost was about. */
export const WAS_SUBJECT_URI = wasAbout("uri", "AT-URI of the post concerned");
/** That post as it was. */
export const WAS_SUBJECT_CID = wasAbout("cid", "CID of the post concerned");
/** The account that a deleted follow or block was about. */
export const WAS_SUBJECT = wasAbout("did", "DID of the account concerned");
