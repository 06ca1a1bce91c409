/**
 * A `#commit` or `#sync` to a verdict: whether the account itself says what the message says. Source: atproto.com/specs/sync,
 * "Firehose Event Validation".
 *
 * @module
 */
import { Archive } from "./archive.ts";
import { NOWHERE, sameSpans, type Span } from "./bytes/span.ts";
import { findBlocks } from "./car.ts";
import { cidMatches } from "./cid.ts";
import { type Claims, readClaims } from "./claims.ts";
import { type CommitBlock, readCommitBlock, unsignedBytes } from "./commit_block.ts";
import { type Proof, prove } from "./inversion.ts";
import { type PublicKey, type SignatureVerdict, SignatureVerifier } from "./signature.ts";

/** What can be verified: the signature alone, or also that the operations are what was signed. */
export const VERIFY_MODES = ["signatures", "proofs"] as const;

/** One of {@linkcode VERIFY_MODES}. */
export type VerifyMode = typeof VERIFY_MODES[number];

/** What the attribute `verified` can be. */
export type Verified = "true" | "false" | "unknown";

/** Every reason for a verdict that is not true: what it makes of it, and what it means to the operator. */
export const VERIFY_REASONS = {
  "signature-invalid": {
    verified: "false",
    doc: "the signature does not match the account's key, even after fetching its DID document again",
  },
  "signature-malformed": { verified: "false", doc: "the signature is not in the 64-byte compact form" },
  "signature-high-s": {
    verified: "false",
    doc: "the signature has the high S value, which anyone can derive from the low one",
  },
  "did-mismatch": { verified: "false", doc: "the signed commit belongs to another account" },
  "rev-mismatch": { verified: "false", doc: "the signed commit has another revision" },
  "commit-missing": { verified: "false", doc: "the CAR archive lacks the signed commit or is truncated before it" },
  "commit-mismatch": { verified: "false", doc: "the SHA-256 of the signed commit does not match its CID" },
  "commit-invalid": { verified: "false", doc: "the signed block is not a commit of version 3" },
  "tree-missing": {
    verified: "false",
    doc: "an MST node that the proof needs is missing or does not match its CID",
  },
  "tree-invalid": { verified: "false", doc: "an MST node is invalid, or the tree is too large" },
  "op-mismatch": { verified: "false", doc: "the signed MST contradicts an operation" },
  "prev-data-mismatch": {
    verified: "false",
    doc: "inverting the operations does not lead to the previous tree (`prevData`): an operation is missing or added",
  },
  "history-mismatch": {
    verified: "false",
    doc: "`prevData` is not the tree of the account's previous commit, which `since` names",
  },
  "key-unknown": {
    verified: "unknown",
    doc: "the account's key is not cached yet, or its DID document has no valid key",
  },
  "key-unconfirmed": {
    verified: "unknown",
    doc: "the signature does not match the cached key, and the DID document could not be fetched again",
  },
  "prev-data-missing": {
    verified: "unknown",
    doc: "the commit has no `prevData`: its host does not implement Sync 1.1",
  },
  "history-gap": { verified: "unknown", doc: "a previous commit of the account is missing" },
  "op-unknown": { verified: "unknown", doc: "the action of an operation is unknown" },
} as const satisfies Record<string, { readonly verified: Verified; readonly doc: string }>;

/** One of {@linkcode VERIFY_REASONS}. */
export type VerifyReason = keyof typeof VERIFY_REASONS;

/** Those for which a verdict is false. */
export const FALSE_REASONS: readonly VerifyReason[] = (Object.keys(VERIFY_REASONS) as VerifyReason[])
  .filter((reason) => VERIFY_REASONS[reason].verified === "false");

/** A verdict; the reason is null where it is true. */
export interface Verdict {
  readonly verified: Verified;
  readonly reason: VerifyReason | null;
}

/** That all is well. */
export const VERIFIED: Verdict = { verified: "true", reason: null };

const BY_REASON = new Map<VerifyReason, Verdict>(
  Object.entries(VERIFY_REASONS).map(([name, { verified }]) => {
    const reason = name as VerifyReason;
    return [reason, { verified, reason }];
  }),
);

/** Every verdict there is, the true one first. */
export const VERDICTS: readonly Verdict[] = [VERIFIED, ...BY_REASON.values()];

/** The verdict for a reason, of which there is one object. */
export function verdictOf(reason: VerifyReason | null): Verdict {
  return reason === null ? VERIFIED : BY_REASON.get(reason) ?? VERIFIED;
}

const OF_SIGNATURE: { readonly [verdict in SignatureVerdict]: VerifyReason | null } = {
  valid: null,
  invalid: "signature-invalid",
  malformed: "signature-malformed",
  "high-s": "signature-high-s",
  "no-key": "key-unknown",
};

const OF_PROOF: { readonly [proof in Proof]: VerifyReason | null } = {
  "proved": null,
  "tree-missing": "tree-missing",
  "tree-invalid": "tree-invalid",
  "op-mismatch": "op-mismatch",
  "prev-data-mismatch": "prev-data-mismatch",
  "prev-data-missing": "prev-data-missing",
  "op-unknown": "op-unknown",
};

/** Verifies messages one by one; what it says of one follows from that message and the key alone. */
export class CommitVerifier {
  readonly #mode: VerifyMode;
  readonly #signatures: SignatureVerifier;

  /** Keeps at most `mostKeys` keys ready. */
  constructor(mode: VerifyMode, mostKeys: number) {
    this.#mode = mode;
    this.#signatures = new SignatureVerifier(mostKeys);
  }

  /**
   * What is wrong with a message, or null: nothing. `key` is the account's, null while it is not known; what is wrong
   * whatever the key is goes before that. Null for a message that is no `#commit` and no `#sync` too. Never throws on what
   * a message holds.
   */
  verify(bytes: Uint8Array, key: PublicKey | null): VerifyReason | null {
    const claims = readClaims(bytes);
    if (claims === null) return null;
    const isProved = this.#mode === "proofs" && claims.type === "#commit";
    const archive = isProved || claims.type === "#sync" ? new Archive(bytes, claims.blocks) : null;
    const block = signedBlock(bytes, claims, archive);
    if (typeof block === "string") return block;
    const commit = readCommitBlock(bytes, block);
    if (commit === null) return "commit-invalid";
    if (!sameSpans(bytes, claims.did, commit.did)) return "did-mismatch";
    if (!sameSpans(bytes, claims.rev, commit.rev)) return "rev-mismatch";
    const signed = this.#signature(bytes, block, commit, key);
    if (signed !== null && VERIFY_REASONS[signed].verified === "false") return signed;
    const proof = isProved && archive !== null ? OF_PROOF[prove(claims, dataOf(bytes, commit), archive)] : null;
    return proof !== null && VERIFY_REASONS[proof].verified === "false" ? proof : signed ?? proof;
  }

  #signature(bytes: Uint8Array, block: Span, commit: CommitBlock, key: PublicKey | null): VerifyReason | null {
    if (key === null) return "key-unknown";
    const { start, end } = commit.signature;
    return OF_SIGNATURE[this.#signatures.verify(key, unsignedBytes(bytes, block, commit), bytes.subarray(start, end))];
  }
}

function dataOf(bytes: Uint8Array, { data: { start, end } }: CommitBlock): Uint8Array {
  return bytes.subarray(start, end);
}

/** Where the signed block stands: that which a `#commit` names, and the only one that a `#sync` has. */
function signedBlock(
  bytes: Uint8Array,
  { type, commit: cid, blocks }: Claims,
  archive: Archive | null,
): Span | VerifyReason {
  if (type === "#commit") {
    const wanted = { cid, block: NOWHERE };
    if (cid !== NOWHERE) findBlocks(bytes, blocks, [wanted]);
    if (wanted.block === NOWHERE) return "commit-missing";
    return cidMatches(bytes, cid, wanted.block) ? wanted.block : "commit-mismatch";
  }
  const first = archive?.first ?? null;
  if (first === null) return "commit-missing";
  return cidMatches(bytes, first.cid, first.block) ? first.block : "commit-mismatch";
}
