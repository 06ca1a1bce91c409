/**
 * Changes of an identity.
 *
 * @module
 */
import { ACCOUNT_DID, INDEXED_AT, SEQ } from "../fields.ts";
import type { AccountDefinition } from "../definition.ts";

/** An account's identity changed. */
export const IDENTITY = {
  type: "Atproto.Identity",
  kind: "identity",
  collection: null,
  key: "did",
  doc: "An account's handle, signing key or host may have changed.",
  fields: {
    did: ACCOUNT_DID,
    handle: {
      type: "string",
      nullable: true,
      doc: "handle that the message names, not verified; null if it names none",
    },
    indexed_at: INDEXED_AT,
    seq: SEQ,
  },
} as const satisfies AccountDefinition;
