/**
 * Dead letters: what could not be used, or not be delivered.
 *
 * @module
 */
import type { StreamDefinition } from "../definition.ts";

/** A dead letter. */
export const DEAD_LETTER = {
  type: "Bluesky.Stream.DeadLetter",
  kind: "stream",
  collection: null,
  key: "dead_letter_id",
  doc: "A message or record was invalid, or its event was too large for the broker.",
  fields: {
    dead_letter_id: {
      type: "string",
      nullable: false,
      doc: "`dead-letter/HOST/SEQ/REASON/SHA256/PATH`; parts that are not known are empty",
    },
    host: { type: "string", nullable: false, doc: "host of the relay" },
    seq: {
      type: "integer",
      nullable: true,
      doc: "sequence number of the firehose message; null if it is not known",
    },
    did: {
      type: "string",
      nullable: true,
      doc: "DID of the account whose repository holds the record; null if it is not known",
    },
    path: { type: "string", nullable: true, doc: "`COLLECTION/RKEY` of the record; null if it is not known" },
    reason: { type: "string", nullable: false, doc: "why, as in the log" },
    detail: { type: "string", nullable: false, doc: "the details, for people" },
    content: {
      type: "string",
      nullable: false,
      doc: "content of raw: the record's `block`, the whole `frame`, or the finished `event`",
    },
    raw: {
      type: "string",
      nullable: false,
      doc: "the bytes in Base64; fewer than raw_bytes if the whole was too large",
    },
    raw_bytes: { type: "integer", nullable: false, doc: "size of the whole, in bytes" },
    raw_hash: { type: "string", nullable: false, doc: "SHA-256 of the whole, in hexadecimal digits" },
  },
} as const satisfies StreamDefinition;
