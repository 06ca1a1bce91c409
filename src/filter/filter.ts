/**
 * Which operations become events: those of the wanted kinds, on the wanted collections, thinned by the sample rate. It decides
 * before anything of a record is looked up, and counts what it leaves out, by reason.
 *
 * @module
 */
import { type Span, spanText } from "../atproto/bytes/span.ts";
import { type OpSelector, readCommit } from "../atproto/commit.ts";
import type { CommitFrame } from "../atproto/frame.ts";
import type { Rejected } from "../atproto/rejected.ts";
import type { RepoOp } from "../atproto/repo_op.ts";
import { CollectionFilter, rulesOf } from "./collections.ts";
import { isSampled } from "./sample.ts";

/** What can become events: creates and updates, deletes, and messages about accounts. */
export const EVENT_KINDS = ["records", "deletes", "identity", "account", "sync"] as const;

/** One of {@linkcode EVENT_KINDS}. */
export type EventKind = typeof EVENT_KINDS[number];

/** What is wanted. */
export interface Selection {
  /** Collections: NSIDs, wildcards, `*`, and exclusions with a `!` before them. */
  readonly collections: ReadonlySet<string>;
  /** Share of the records that is kept, 0 to 1. */
  readonly sampleRate: number;
}

/** Takes of commits what is wanted. The counts are of all commits so far. */
export class Filter implements OpSelector {
  readonly #kinds: readonly EventKind[];
  readonly #takesRecords: boolean;
  readonly #takesDeletes: boolean;
  readonly #collections: CollectionFilter;
  readonly #sampleRate: number;
  /** All operations there were, but those of commits that were of no use as a whole. */
  operations = 0;
  /**
   * Operations left out: creates and updates, or deletes, where they are not wanted; operations of unknown kinds, those on
   * other collections, those not in the sample.
   */
  writes = 0;
  deletes = 0;
  unknownKinds = 0;
  otherCollections = 0;
  sampledOut = 0;

  constructor({ collections, sampleRate }: Selection, kinds: readonly EventKind[] = ["records"]) {
    this.#kinds = kinds;
    this.#takesRecords = kinds.includes("records");
    this.#takesDeletes = kinds.includes("deletes");
    this.#collections = new CollectionFilter(rulesOf([...collections]));
    this.#sampleRate = sampleRate;
  }

  /** Operations left out for what they are, whatever the sample. */
  get filtered(): number {
    return this.writes + this.deletes + this.unknownKinds + this.otherCollections;
  }

  /** What is wanted of a commit in the order of its operations, after those operations that are of no use. */
  read(frame: CommitFrame): readonly (RepoOp | Rejected)[] {
    return readCommit(frame, this);
  }

  /** Whether messages about accounts are wanted that are of this kind. */
  takesKind(kind: EventKind): boolean {
    return this.#kinds.includes(kind);
  }

  begin(operations: number): void {
    this.operations += operations;
  }

  collection(kind: RepoOp["kind"], bytes: Uint8Array, start: number, end: number): string | null {
    const isDelete = kind === "delete";
    if (isDelete ? !this.#takesDeletes : !this.#takesRecords) {
      if (isDelete) this.deletes++;
      else this.writes++;
      return null;
    }
    const collection = this.#collections.match(bytes, start, end);
    if (collection === null) this.otherCollections++;
    return collection;
  }

  record(frame: CommitFrame, path: Span): boolean {
    if (this.#sampleRate >= 1) return true;
    const isIn = isSampled(`at://${frame.did}/${spanText(frame.bytes, path)}`, this.#sampleRate);
    if (!isIn) this.sampledOut++;
    return isIn;
  }

  unknownKind(): void {
    this.unknownKinds++;
  }
}
