/**
 * A record to the data of its event: one function for each type of the catalogue.
 *
 * @module
 */
import type { RecordOp } from "../atproto/commit.ts";
import { arrayJson, blobCid, field, objectJson, text, texts } from "./read.ts";
import { type EventData, RECORD_TYPES, type RecordType } from "./schema.ts";

const TYPE_OF_COLLECTION: ReadonlyMap<string, RecordType> = new Map(
  (Object.keys(RECORD_TYPES) as RecordType[]).map((type) => [RECORD_TYPES[type].collection, type]),
);

const MAPPERS: { readonly [T in RecordType]: (op: RecordOp) => EventData<T> } = {
  "Bluesky.Feed.Post": postData,
  "Bluesky.Feed.Like": referenceData,
  "Bluesky.Feed.Repost": referenceData,
  "Bluesky.Graph.Follow": accountData,
  "Bluesky.Graph.Block": accountData,
  "Bluesky.Actor.Profile": profileData,
};

/** The event type of a collection, or null if the catalogue has none for it. */
export function eventTypeOf(collection: string): RecordType | null {
  return TYPE_OF_COLLECTION.get(collection) ?? null;
}

/** The data of the event that a record becomes, with its fields in the catalogue's order. */
export function eventData<T extends RecordType>(type: T, op: RecordOp): EventData<T> {
  return MAPPERS[type](op);
}

function postData(op: RecordOp): EventData<"Bluesky.Feed.Post"> {
  const { record } = op;
  const reply = field(record, "reply");
  const parent = field(reply, "parent");
  const root = field(reply, "root");
  const embed = field(record, "embed");
  const embedType = text(field(embed, "$type"));
  return {
    uri: op.uri,
    cid: op.cid,
    did: op.did,
    handle: null,
    text: text(field(record, "text")) ?? "",
    langs: texts(field(record, "langs")),
    reply_parent: text(field(parent, "uri")),
    reply_parent_cid: text(field(parent, "cid")),
    reply_root: text(field(root, "uri")),
    reply_root_cid: text(field(root, "cid")),
    embed_type: embedType,
    embed_uri: embedUri(embed, embedType),
    facets: arrayJson(field(record, "facets")),
    labels: objectJson(field(record, "labels")),
    tags: texts(field(record, "tags")),
    created_at: text(field(record, "createdAt")) ?? "",
    indexed_at: op.time,
    seq: op.seq,
  };
}

function embedUri(embed: unknown, type: string | null): string | null {
  switch (type) {
    case "app.bsky.embed.external":
      return text(field(field(embed, "external"), "uri"));
    case "app.bsky.embed.record":
      return text(field(field(embed, "record"), "uri"));
    case "app.bsky.embed.recordWithMedia":
      return text(field(field(field(embed, "record"), "record"), "uri"));
    default:
      return null;
  }
}

function referenceData(op: RecordOp): EventData<"Bluesky.Feed.Like"> {
  const subject = field(op.record, "subject");
  return {
    uri: op.uri,
    cid: op.cid,
    did: op.did,
    handle: null,
    subject_uri: text(field(subject, "uri")) ?? "",
    subject_cid: text(field(subject, "cid")) ?? "",
    created_at: text(field(op.record, "createdAt")) ?? "",
    indexed_at: op.time,
    seq: op.seq,
  };
}

function accountData(op: RecordOp): EventData<"Bluesky.Graph.Follow"> {
  return {
    uri: op.uri,
    cid: op.cid,
    did: op.did,
    handle: null,
    subject: text(field(op.record, "subject")) ?? "",
    subject_handle: null,
    created_at: text(field(op.record, "createdAt")) ?? "",
    indexed_at: op.time,
    seq: op.seq,
  };
}

function profileData(op: RecordOp): EventData<"Bluesky.Actor.Profile"> {
  const { record } = op;
  return {
    did: op.did,
    handle: null,
    display_name: text(field(record, "displayName")),
    description: text(field(record, "description")),
    avatar: blobCid(field(record, "avatar")),
    banner: blobCid(field(record, "banner")),
    created_at: text(field(record, "createdAt")) ?? "",
    indexed_at: op.time,
    seq: op.seq,
  };
}
