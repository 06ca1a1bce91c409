/**
 * What there is on a made-up network, apart from what its messages said: tests compare what a consumer made of the
 * messages with it.
 *
 * @module
 */
import type { Account, SimulatedOp } from "./account.ts";
import type { Link } from "./records.ts";

/** A record that exists. */
export interface LiveRecord {
  readonly cid: Link;
  readonly value: unknown;
  /** The sequence number of the commit that wrote it; null where no message did: it is from before, or was lost. */
  readonly seq: number | null;
}

/** How an account stands. */
export interface LiveAccount {
  readonly handle: string;
  readonly active: boolean;
  readonly status: string | null;
  /** The last `#account` that said it is deleted or taken down, whereupon consumers erase it; null for none. */
  readonly erasedSeq: number | null;
  /** The last message before which changes of its records were lost; null for none. */
  readonly lostSeq: number | null;
}

/** Everything that exists. */
export interface LiveState {
  /** By AT-URI; of accounts that are not deleted, active or not. */
  readonly records: ReadonlyMap<string, LiveRecord>;
  /** By DID; of all that ever were. */
  readonly accounts: ReadonlyMap<string, LiveAccount>;
}

/** Follows what is written. Values take memory without end: only those who ask for the state should pay. */
export class LiveRecords {
  readonly #byDid = new Map<string, Map<string, LiveRecord>>();

  /** Notes the operations of a commit; `seq` is null if its message was lost. */
  apply(did: string, ops: readonly SimulatedOp[], seq: number | null): void {
    const records = this.#byDid.get(did) ?? new Map<string, LiveRecord>();
    this.#byDid.set(did, records);
    for (const { path, cid, record } of ops) {
      if (cid === null) records.delete(path);
      else records.set(path, { cid, value: record, seq });
    }
  }

  /** The records of an account by path, those of its past included. */
  *of(account: Account): Generator<[string, LiveRecord]> {
    yield* this.#byDid.get(account.did) ?? [];
    const { cid, record, paths } = account.past;
    for (const path of paths) {
      if (account.hasPast(path)) yield [path, { cid, value: record, seq: null }];
    }
  }

  /** Forgets an account's records. */
  erase(did: string): void {
    this.#byDid.delete(did);
  }
}
