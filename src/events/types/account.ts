/**
 * Accounts that come and go.
 *
 * @module
 */
import { ACCOUNT_DID, HANDLE, INDEXED_AT, SEQ } from "../fields.ts";
import type { AccountDefinition } from "../definition.ts";

/** An account's status changed. */
export const ACCOUNT = {
  type: "Atproto.Account",
  kind: "account",
  collection: null,
  key: "did",
  doc:
    "A host serves an account, or stopped. After `deleted` remove all records of the account; after `takendown` hide them.",
  fields: {
    did: ACCOUNT_DID,
    handle: HANDLE,
    active: { type: "boolean", nullable: false, doc: "whether the host serves the account" },
    status: {
      type: "string",
      nullable: true,
      doc:
        "why the host stopped, verbatim: `deleted`, `takendown`, `suspended`, `deactivated`, or any other text; null " +
        "if the message has none",
    },
    indexed_at: INDEXED_AT,
    seq: SEQ,
  },
} as const satisfies AccountDefinition;
