/**
 * Bad input is a value: what a stage could not use, why, and where it was. It is counted and reported, never thrown.
 *
 * @module
 */

/** Every reason for which a frame or one of its records is left behind, with what it means to the operator. */
export const REASONS = {
  "frame-too-large": "the message is larger than 5 MB, the protocol's limit",
  "frame-undecodable": "the message is no pair of DAG-CBOR objects",
  "frame-invalid": "a field the message must have is missing or has the wrong type",
  "op-invalid": "an operation of a commit has no usable action, path or CID",
  "blocks-undecodable": "the commit's CAR archive is damaged before the wanted block",
  "block-missing": "the commit's CAR archive does not hold the block its operation names",
  "block-mismatch": "the block's SHA-256 is not the one its CID promises",
  "record-too-large":
    "the records of the commit, up to this one, have more than 2 MB together, the protocol's limit for its blocks",
  "record-undecodable": "the record's block is not decodable DAG-CBOR",
  "record-not-object": "the record is an array, a string or another value that is no object",
  "commit-unverified": "the account did not sign the message, as far as that was to be verified; the detail has why",
  "event-too-large": "the finished event is larger than the broker takes",
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
