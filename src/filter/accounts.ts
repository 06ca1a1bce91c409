/**
 * Which accounts are wanted, by the bytes of their DIDs.
 *
 * @module
 */
import type { Span } from "../atproto/bytes/span.ts";
import type { FilterReason } from "./drops.ts";
import { isInShard, type Shard } from "./shard.ts";

/** What is wanted of accounts; null where it is all the same. */
export interface AccountRules {
  readonly shard: Shard | null;
}

/** Knows the wanted accounts. */
export class AccountFilter {
  readonly #shard: Shard | null;

  constructor({ shard }: AccountRules) {
    this.#shard = shard;
  }

  /** Why the account whose DID stands in `bytes` is left out; null: it is wanted. */
  drops(bytes: Uint8Array, did: Span): FilterReason | null {
    if (this.#shard !== null && !isInShard(bytes, did.start, did.end, this.#shard)) return "shard";
    return null;
  }

  /** Whether the account with this DID is wanted. */
  wants(did: string): boolean {
    const bytes = new TextEncoder().encode(did);
    return this.drops(bytes, { start: 0, end: bytes.length }) === null;
  }
}

/** The filter of accounts; null where every account is wanted, so that nobody need ask. */
export function accountFilter(rules: AccountRules): AccountFilter | null {
  return rules.shard === null ? null : new AccountFilter(rules);
}
