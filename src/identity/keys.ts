/**
 * Where the keys of accounts come from, for whoever checks signatures.
 *
 * @module
 */
import type { PublicKey } from "../atproto/signature.ts";

/** Keys by DID. Neither call throws or rejects. */
export interface IdentitySource {
  /** The key that is known now; null where none is, and then the DID is asked about in the background. */
  keyOf(did: string): PublicKey | null;
  /**
   * The key after the DID was asked about again: for a signature that the known key does not fit. What was asked a moment
   * ago is not asked again. Null where there is no key; the known one where nobody answers in time.
   */
  refresh(did: string): Promise<PublicKey | null>;
}
