/**
 * One of several instances that share the network: each account is the business of one of them.
 *
 * An account's shard is `hash(DID) mod count`, the hash as in {@linkcode hashBytes} of the DID's bytes. So shards twice as
 * many split each old one in two: what was in shard `i` of `n` is in shard `i` or `i + n` of `2n`. The number of an
 * instance counts from 0, as the ordinals of a StatefulSet do.
 *
 * @module
 */
import { hashBytes } from "../atproto/bytes/hash.ts";
import type { Parsed } from "./option_text.ts";

/** An instance's part. */
export interface Shard {
  /** From 0 to `count` - 1. */
  readonly index: number;
  readonly count: number;
}

const MAX_SHARDS = 65_536;

/** Reads `INDEX/COUNT`: the first of four is `0/4`, the last `3/4`. */
export function parseShard(text: string): Parsed<Shard> {
  const [, left, right] = /^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? [];
  if (left === undefined) {
    return {
      kind: "wrong",
      is: "it is not INDEX/COUNT",
      expected: "an instance and their number, from 0/4 to 3/4 of four",
    };
  }
  const shard = { index: Number(left), count: Number(right) };
  if (shard.count < 1 || shard.count > MAX_SHARDS) {
    return { kind: "wrong", is: `${shard.count} is no number of shards`, expected: `1 to ${MAX_SHARDS} of them` };
  }
  if (shard.index < shard.count) return { kind: "value", value: shard };
  return {
    kind: "wrong",
    is: `there is no shard ${shard.index} of ${shard.count}, as they count from 0`,
    expected: `0/${shard.count} to ${shard.count - 1}/${shard.count}`,
  };
}

/**
 * Whether the account whose DID stands from `start` to `end` of `bytes` is in a shard.
 *
 * @example Each account is in one shard
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const did = new TextEncoder().encode("did:plc:z72i7hdynmk6r22z27h6tvur");
 * const shards = [0, 1, 2, 3].filter((index) => isInShard(did, 0, did.length, { index, count: 4 }));
 * assertEquals(shards, [1]);
 * ```
 */
export function isInShard(bytes: Uint8Array, start: number, end: number, { index, count }: Shard): boolean {
  return count === 1 || shardIndex(bytes, start, end, count) === index;
}

/** The shard of that account, of so many. */
export function shardIndex(bytes: Uint8Array, start: number, end: number, count: number): number {
  return hashBytes(bytes, start, end) % count;
}
