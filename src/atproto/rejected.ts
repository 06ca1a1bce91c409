/**
 * Bad input is a value: what a stage could not use, why, and where it was. It is counted and reported, never thrown.
 *
 * @module
 */

/** Every reason for which a frame or one of its records is left behind, with what it means to the operator. */
export const REASONS = {
  "frame-too-large": "the message exceeds 5 MB, the limit of the protocol",
  "frame-undecodable": "the message is not a pair of DAG-CBOR objects",
  "frame-invalid": "a required field is missing or has the wrong type",
  "op-invalid": "an operation has an invalid action, path or CID",
  "blocks-undecodable": "the CAR archive is damaged before the block of the operation",
  "block-missing": "the CAR archive lacks the block of the operation",
  "block-mismatch": "the SHA-256 of the block does not match its CID",
  "record-too-large": "the records of the commit up to this one exceed 2 MB, the limit of the protocol",
  "record-undecodable": "the record is not valid DAG-CBOR",
  "record-not-object": "the record is not an object",
  "commit-unverified": "the message failed verification; the detail has the reason",
  "event-too-large": "the event exceeds the size limit of the broker",
} as const satisfies Record<string, string>;

/** One of {@linkcode REASONS}. */
export type Reason = keyof typeof REASONS;

/** A frame, or one record of a frame, that could not be used. `seq`, `did` and `path` are null where unknown. */
export interface Rejected {
  readonly kind: "rejected";
  readonly reason: Reason;
  readonly seq: number | null;
  readonly did: string | null;
  readonly path: string | null;
  readonly detail: string;
}

/** Makes a {@linkcode Rejected}; `at` says as much of the place as is known. */
export function reject(
  reason: Reason,
  detail: string,
  at: { readonly seq?: number | null; readonly did?: string | null; readonly path?: string | null } = {},
): Rejected {
  return { kind: "rejected", reason, seq: at.seq ?? null, did: at.did ?? null, path: at.path ?? null, detail };
}
