/**
/**
 * Which operations become events: those of the wanted kinds, on the wanted collections, of the wanted accounts, thinned by
 * the sample rate; of posts, those of the wanted kind and languages. All but the last is decided before anything of a
 * record is looked up. What is left out is counted by reason.
 *
 * @module
 */
import { NOWHERE, type Span, spanText } from "../atproto/bytes/span.ts";
import { type OpSelector, readCommit } from "../atproto/commit.ts";
import type { CommitFrame, SequencedFrame } from "../atproto/frame.ts";
import type { Rejected } from "../atproto/rejected.ts";
import { RecordWrite, type RepoOp } from "../atproto/repo_op.ts";
import type { EventKind } from "../events/definition.ts";
import type { AccountFilter } from "./accounts.ts";
import { CollectionFilter, type CollectionRules } from "./collections.ts";
import { type FilterReason, noOperations, type OperationCounts } from "./drops.ts";
import type { PostFilter } from "./posts.ts";
import { EVERY_RECORD, isSampled, sampledRate, Sampler, type SampleRates } from "./sample.ts";

/** What is wanted. */
export interface Selection {
  readonly events: readonly EventKind[];
  readonly collections: CollectionRules;
  readonly sampleRates: SampleRates;
  /** Null: every account. */
  readonly accounts: AccountFilter | null;
  /** Null: every post. */
  readonly posts: PostFilter | null;
}

/** What is wanted besides collections where no filter is set: creates and updates. */
export const UNFILTERED: Omit<Selection, "collections"> = {
  events: ["records"],
  sampleRates: EVERY_RECORD,
  accounts: null,
  posts: null,
};

/** Takes of commits what is wanted. The counts are of all commits so far. */
export class Filter implements OpSelector {
  readonly #accounts: AccountFilter | null;
  readonly collections: CollectionFilter;
  readonly #sampler: Sampler;
  readonly #posts: PostFilter | null;
  readonly #events: readonly EventKind[];
  readonly #takesRecords: boolean;
  readonly #takesDeletes: boolean;
  readonly counts: OperationCounts = noOperations();

  constructor({ events, collections, sampleRates, accounts, posts }: Selection) {
    this.#events = events;
    this.#takesRecords = events.includes("records");
    this.#takesDeletes = events.includes("deletes");
    this.#accounts = accounts;
    this.collections = new CollectionFilter(collections);
    this.#sampler = new Sampler(sampleRates);
    this.#posts = posts;
  }

  /** Whether a message is of a wanted account, or of none. All operations of a commit that is not are left out. */
  takes(frame: SequencedFrame): boolean {
    if (this.#accounts === null || frame.spans.did === NOWHERE) return true;
    const reason = this.dropsAccount(frame.bytes, frame.spans.did);
    if (reason === null) return true;
    if (frame.kind === "commit") {
      const operations = frame.ops().size;
      this.counts.operations += operations;
      this.counts.filtered[reason] += operations;
    }
    return false;
  }

  /** Whether some posts are left out, so that {@linkcode takePosts} has to be asked. */
  get choosesPosts(): boolean {
    return this.#posts !== null;
  }

  /** Whether some accounts are left out, so that {@linkcode dropsAccount} has to be asked. */
  get choosesAccounts(): boolean {
    return this.#accounts !== null;
  }

  /** Why the account is left out whose DID stands in `bytes`; null: it is wanted. */
  dropsAccount(bytes: Uint8Array, did: Span): FilterReason | null {
    return this.#accounts === null ? null : this.#accounts.drops(bytes, did);
  }

  /** Whether what is of no use is of a wanted account, as far as it says. */
  takesRejected({ did }: Rejected): boolean {
    return did === null || this.#accounts === null || this.#accounts.wants(did);
  }

  /** What is wanted of a commit in the order of its operations, after those operations that are of no use. */
  read(frame: CommitFrame): readonly (RepoOp | Rejected)[] {
    return this.takePosts(readCommit(frame, this));
  }

  /** The same without those that are posts and not wanted. */
  takePosts<T extends RepoOp | Rejected>(found: readonly T[]): readonly T[] {
    const posts = this.#posts;
    return posts === null ? found : found.filter((each) => this.#takesPost(each, posts));
  }

  /** Counts operations of a commit that somebody else has read, by why they were left out. */
  count(operations: number, collection: number, writes: number, deletes: number, sampledOut: number): void {
    const { counts } = this;
    counts.operations += operations;
    counts.filtered.collection += collection;
    counts.filtered.write += writes;
    counts.filtered.delete += deletes;
    counts.sampledOut += sampledOut;
  }

  /** Deletions have no record to look at, and pass. */
  #takesPost(found: RepoOp | Rejected, posts: PostFilter): boolean {
    const reason = found instanceof RecordWrite ? posts.drops(found) : null;
    if (reason !== null) this.counts.filtered[reason]++;
    return reason === null;
  }

  /** Whether messages about accounts are wanted that are of this kind. */
  takesKind(kind: EventKind): boolean {
    return this.#events.includes(kind);
  }

  /** How many records of a collection one that is kept stands for; null where none is left out. */
  sampledRate(collection: string): number | null {
    return sampledRate(this.#sampler.rateOf(collection));
  }

  begin(operations: number): void {
    this.counts.operations += operations;
  }

  collection(kind: RepoOp["kind"], bytes: Uint8Array, start: number, end: number): string | null {
    const isDelete = kind === "delete";
    if (isDelete ? !this.#takesDeletes : !this.#takesRecords) {
      this.counts.filtered[isDelete ? "delete" : "write"]++;
      return null;
    }
    const collection = this.collections.match(bytes, start, end);
    if (collection === null) this.counts.filtered.collection++;
    return collection;
  }

  record(frame: CommitFrame, path: Span, collection: string): boolean {
    if (this.#sampler.isEverything) return true;
    const isIn = this.isSampled(frame.bytes, frame.spans.did, path, collection);
    if (!isIn) this.counts.sampledOut++;
    return isIn;
  }

  /** Whether a sample is taken, so that {@linkcode isSampled} has to be asked. */
  get takesSample(): boolean {
    return !this.#sampler.isEverything;
  }

  /** Whether the record at a path of an account, both in `bytes`, is in the sample. */
  isSampled(bytes: Uint8Array, did: Span, path: Span, collection: string): boolean {
    const rate = this.#sampler.rateOf(collection);
    return rate >= 1 || isSampled(`at://${spanText(bytes, did)}/${spanText(bytes, path)}`, rate);
  }

  unknownKind(): void {
    this.counts.filtered.action++;
  }
}
