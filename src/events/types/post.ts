/**
 * Posts.
 *
 * @module
 */
import {
  arrayJson,
  choice,
  CID,
  CREATED_AT,
  DID,
  HANDLE,
  INDEXED_AT,
  objectJson,
  optionalText,
  SEQ,
  text,
  texts,
  URI,
} from "../fields.ts";
import type { RecordDefinition } from "../definition.ts";

/** A post. */
export const POST = {
  type: "Bluesky.Feed.Post",
  kind: "records",
  collection: "app.bsky.feed.post",
  key: "uri",
  doc: "A post was written, or an existing one changed.",
  fields: {
    uri: URI,
    cid: CID,
    did: DID,
    handle: HANDLE,
    text: text("text", "text of the post"),
    langs: texts("langs", "languages of the text, BCP 47 tags"),
    reply_parent: optionalText("reply.parent.uri", "AT-URI of the post this one answers"),
    reply_parent_cid: optionalText("reply.parent.cid", "CID of the post this one answers"),
    reply_root: optionalText("reply.root.uri", "AT-URI of the post that began the thread"),
    reply_root_cid: optionalText("reply.root.cid", "CID of the post that began the thread"),
    embed_type: optionalText("embed.$type", "`$type` of the embed"),
    embed_uri: choice("embed.$type", {
      "app.bsky.embed.external": "embed.external.uri",
      "app.bsky.embed.record": "embed.record.uri",
      "app.bsky.embed.recordWithMedia": "embed.record.record.uri",
    }, "what an embed of type external, record or recordWithMedia points to"),
    facets: arrayJson("facets", "rich-text facets as JSON"),
    labels: objectJson("labels", "self-labels as JSON"),
    tags: texts("tags", "hashtags outside the text"),
    created_at: CREATED_AT,
    indexed_at: INDEXED_AT,
    seq: SEQ,
  },
} as const satisfies RecordDefinition;
