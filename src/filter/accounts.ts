/**
 * Which accounts are wanted, by the bytes of their DIDs.
 *
 * @module
 */
import type { Span } from "../atproto/bytes/span.ts";
import type { DidSet } from "./dids.ts";
import type { FilterReason } from "./drops.ts";
import { isInShard, type Shard } from "./shard.ts";

/** What is wanted of accounts; null where it is all the same. */
export interface AccountRules {
  readonly shard: Shard | null;
  /** Only these. */
  readonly dids: DidSet | null;
  /** None of these, whatever else holds. */
  readonly excludeDids: DidSet | null;
}

/** Knows the wanted accounts. The lists may be replaced at any time. */
export class AccountFilter {
  readonly #shard: Shard | null;
  dids: DidSet | null;
  excludeDids: DidSet | null;

  constructor({ shard, dids, excludeDids }: AccountRules) {
    this.#shard = shard;
    this.dids = dids;
    this.excludeDids = excludeDids;
  }

  /** Why the account whose DID stands in `bytes` is left out; null: it is wanted. */
  drops(bytes: Uint8Array, { start, end }: Span): FilterReason | null {
    if (this.#shard !== null && !isInShard(bytes, start, end, this.#shard)) return "shard";
    if (this.dids !== null && !this.dids.has(bytes, start, end)) return "did";
    return this.excludeDids !== null && this.excludeDids.has(bytes, start, end) ? "did" : null;
  }

  /** Whether the account with this DID is wanted. */
  wants(did: string): boolean {
    const bytes = new TextEncoder().encode(did);
    return this.drops(bytes, { start: 0, end: bytes.length }) === null;
  }
}

/** The filter of accounts; null where every account is wanted, so that nobody need ask. */
export function accountFilter(rules: AccountRules): AccountFilter | null {
  const { shard, dids, excludeDids } = rules;
  return shard === null && dids === null && excludeDids === null ? null : new AccountFilter(rules);
}
