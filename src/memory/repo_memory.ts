/**
 * The last revision of each repository, and the CID of its content: by them a commit is known that came before, and one
 * that does not follow on what came, as something was lost that sequence numbers do not show. Bounded; of a repository
 * that is not remembered nothing is said.
 *
 * @module
 */
import { CHAIN, Chain } from "../atproto/chain.ts";
import { readPlc } from "../atproto/did.ts";
import type { AccountFrame, CommitFrame, SequencedFrame, SyncFrame } from "../atproto/frame.ts";
import { NOWHERE, spanText } from "../atproto/bytes/span.ts";
import { compareTids, tidMs, tidText } from "../atproto/tid.ts";
import type { EntryLog } from "./journal.ts";
import { hashKey } from "./hash_key.ts";
import { KeyTable } from "./key_table.ts";
import type { RepoGap } from "./repo_gap.ts";

const KEY_WORDS = 4;
const VALUE_WORDS = 4;
/** Words of an entry. */
export const REPO_ENTRY_WORDS = KEY_WORDS + VALUE_WORDS;

/** Where the parts of an entry stand in it: a TID, and 63 bits of a digest, whose last bit is {@linkcode ANY_SINCE}. */
const REV = KEY_WORDS;
const DATA = KEY_WORDS + 2;
/** The next commit may follow on anything: in between was what no commit shows, as a time in which the account was away. */
const ANY_SINCE = 1;
/** Revisions may be ahead of the clock by so much. */
const MOST_AHEAD_MS = 300_000;

/** What a message is: `new`, a `repeat` of what came before, or a commit before which something is missing. */
export type Followed = "new" | "repeat" | RepoGap;

/** A revision that is further ahead of the clock than clocks are. */
export interface FutureRev {
  readonly did: string;
  readonly rev: string;
  readonly seq: number;
  readonly aheadMs: number;
}

/** Remembers the last revisions of so many repositories. */
export class RepoMemory {
  readonly #table: KeyTable;
  readonly #chain = new Chain();
  readonly #onFuture: (future: FutureRev) => void;
  readonly #log: EntryLog | null;
  readonly #entry = new Uint32Array(REPO_ENTRY_WORDS);

  constructor(table: KeyTable, log: EntryLog | null, onFuture: (future: FutureRev) => void) {
    this.#table = table;
    this.#log = log;
    this.#onFuture = onFuture;
  }

  /** How many repositories are remembered. */
  get size(): number {
    return this.#table.size;
  }

  /** Takes the next message that `host` sent, at `nowMs` (since 1970), and says what it is. */
  follow(frame: SequencedFrame, host: string, nowMs: number): Followed {
    this.#log?.reach(host, frame.seq);
    switch (frame.kind) {
      case "commit":
        return this.#commit(frame, nowMs);
      case "sync":
        return this.#sync(frame, nowMs);
      case "account":
        return this.#account(frame);
      default:
        return "new";
    }
  }

  #commit(frame: CommitFrame, nowMs: number): Followed {
    const chain = this.#read(frame, nowMs);
    const slot = this.#find(frame);
    if (!chain.hasRev) return this.#forget(slot);
    if (slot < 0) return this.#set(this.#table.insert());
    const table = this.#table;
    const at = slot * table.entryWords;
    table.touch(slot);
    if (compareTids(chain.words, CHAIN.rev, table.words, at + REV) <= 0) return "repeat";
    const gap = this.#gapBefore(frame, at);
    this.#set(slot);
    return gap ?? "new";
  }

  /** What is missing before the commit, judged by the entry at `at`; null: nothing, as far as one can see. */
  #gapBefore(frame: CommitFrame, at: number): RepoGap | null {
    const { words, since } = this.#chain;
    const entries = this.#table.words;
    if (since === NOWHERE || ((entries[at + DATA + 1] ?? 0) & ANY_SINCE) !== 0) return null;
    const follows = compareTids(words, CHAIN.since, entries, at + REV) === 0;
    if (follows && !this.#isOtherData(at)) return null;
    const { bytes, did, rev, seq, time } = frame;
    const cause = follows ? "data" : "revision";
    return { cause, did, lastRev: tidText(entries, at + REV), since: spanText(bytes, since), rev, seq, time };
  }

  /** Whether both sides say what the content was, and do not agree. */
  #isOtherData(at: number): boolean {
    const { words } = this.#chain;
    const entries = this.#table.words;
    const [high, low] = [entries[at + DATA] ?? 0, (entries[at + DATA + 1] ?? 0) | ANY_SINCE];
    const [saidHigh, saidLow] = [words[CHAIN.prevData] ?? 0, (words[CHAIN.prevData + 1] ?? 0) | ANY_SINCE];
    const isKnown = (high !== 0 || low !== ANY_SINCE) && (saidHigh !== 0 || saidLow !== ANY_SINCE);
    return isKnown && (high !== saidHigh || low !== saidLow);
  }

  /**
   * The state of a repository, which need not follow on anything; it is never a repeat, as an account that comes back states
   * what it had. One from before, as where the stream goes back a little, leaves what is known.
   */
  #sync(frame: SyncFrame, nowMs: number): Followed {
    const chain = this.#read(frame, nowMs);
    const slot = this.#find(frame);
    if (!chain.hasRev) return this.#forget(slot);
    if (slot < 0) return this.#set(this.#table.insert());
    const table = this.#table;
    const isBefore = compareTids(chain.words, CHAIN.rev, table.words, slot * table.entryWords + REV) < 0;
    return isBefore ? this.#takeAnySince(slot) : this.#set(slot);
  }

  /** What an account that was away wrote meanwhile was not sent. */
  #account(frame: AccountFrame): Followed {
    const slot = this.#find(frame);
    if (slot < 0) return "new";
    return frame.status === "deleted" ? this.#forget(slot) : this.#takeAnySince(slot);
  }

  #read(frame: CommitFrame | SyncFrame, nowMs: number): Chain {
    const chain = this.#chain;
    chain.read(frame);
    if (chain.hasRev) {
      const aheadMs = tidMs(chain.words, CHAIN.rev) - nowMs;
      if (aheadMs > MOST_AHEAD_MS) this.#onFuture({ did: frame.did, rev: frame.rev, seq: frame.seq, aheadMs });
    }
    return chain;
  }

  /** The slot of the message's repository; the key of the table is that of it. */
  #find({ bytes, spans: { did } }: SequencedFrame): number {
    const { key } = this.#table;
    // In full, as anybody may choose the name of a did:web.
    if (!readPlc(bytes, did, key, 0)) hashKey(bytes.subarray(did.start, did.end), key);
    return this.#table.find();
  }

  #set(slot: number): "new" {
    const { words, entryWords } = this.#table;
    const chain = this.#chain.words;
    const at = slot * entryWords;
    words[at + REV] = chain[CHAIN.rev] ?? 0;
    words[at + REV + 1] = chain[CHAIN.rev + 1] ?? 0;
    words[at + DATA] = chain[CHAIN.data] ?? 0;
    words[at + DATA + 1] = (chain[CHAIN.data + 1] ?? 0) & ~ANY_SINCE;
    this.#log?.add(words, at);
    return "new";
  }

  #takeAnySince(slot: number): "new" {
    const { words, entryWords } = this.#table;
    const at = slot * entryWords;
    words[at + DATA + 1] = (words[at + DATA + 1] ?? 0) | ANY_SINCE;
    this.#log?.add(words, at);
    return "new";
  }

  #forget(slot: number): "new" {
    if (slot < 0) return "new";
    const entry = this.#entry;
    entry.fill(0);
    entry.set(this.#table.key);
    this.#table.remove(slot);
    this.#log?.add(entry, 0);
    return "new";
  }
}

/** Takes an entry of `words` into a table of repositories; one whose revision is 0 was forgotten. */
export function restoreRepo(table: KeyTable, words: Uint32Array, at: number): void {
  table.key.set(words.subarray(at, at + KEY_WORDS));
  const found = table.find();
  if (words[at + REV] === 0 && words[at + REV + 1] === 0) {
    if (found >= 0) table.remove(found);
    return;
  }
  const slot = found < 0 ? table.insert() : found;
  if (found >= 0) table.touch(found);
  table.words.set(words.subarray(at, at + table.entryWords), slot * table.entryWords);
}

/** A table of so many repositories. */
export function repoTable(capacity: number, seed: number): KeyTable {
  return new KeyTable(capacity, KEY_WORDS, VALUE_WORDS, seed);
}
