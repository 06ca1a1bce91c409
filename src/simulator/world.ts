/**
 * A made-up network: accounts that write posts, likes and follows, one message after another. The same seed makes the
 * same messages, byte for byte: keys, choices and, unless a clock is given, times all come from the options.
 *
 * @module
 */
import { cidForLex } from "@atproto/lex-cbor";
import { Account, makePast, type SimulatedCommit, type SimulatedOp, type Write } from "./account.ts";
import { encodeMessage, type Lex } from "./frames.ts";
import { createRandom, type Random } from "./random.ts";
import { drawCollection, type KnownRecord, type Link, makeRecord } from "./records.ts";
import { tidOf } from "./tid.ts";

/** What a world is made from. */
export interface WorldOptions {
  readonly seed: number;
  readonly accounts: number;
  /** The number before the first message's; past 2^32 as on the live network. */
  readonly firstSeq: number;
  /** The time of the first message, in milliseconds since 1970. */
  readonly startMs: number;
  /** Simulated time between messages, in milliseconds. */
  readonly stepMs: number;
  /** Records of each account's past, {@linkcode PAST_RECORDS} unless told: fewer make smaller commits, and cost less. */
  readonly pastRecords?: number;
  /** The clock that messages have their times from, in milliseconds since 1970; without one time is simulated. */
  readonly now?: () => number;
}

/** One message, and what it says. */
export interface SimulatedFrame {
  readonly seq: number;
  readonly bytes: Uint8Array;
  /** The message's type, as `#commit`. */
  readonly type: string;
  readonly did: string;
  readonly rev: string | null;
  readonly time: string;
  readonly ops: readonly SimulatedOp[];
}

/** Makes one message after another, without end. */
export interface World {
  readonly accounts: readonly Account[];
  next(): Promise<SimulatedFrame>;
  /** A post of so many bytes of text, which the protocol would not allow. */
  nextOversize(bytes: number): Promise<SimulatedFrame>;
}

const OTHER_ONE_IN = 100;
const SKIPPED_SEQ_ONE_IN = 50;
const DELETE_SHARE = 0.027;
const UPDATE_SHARE = 0.013;
const MANY_OPS_ONE_IN = 60;
const KEPT_POSTS = 256;
/** With so many records in every repository a commit has about the 4.5 KB of the live network. */
const PAST_RECORDS = 3000;
const PROFILE = "app.bsky.actor.profile/self";

/** Makes a world; its accounts begin with a profile each, which are its first messages. */
export async function createWorld(options: WorldOptions): Promise<World> {
  const random = createRandom(options.seed);
  const accounts: Account[] = [];
  const past = await makePast(options.pastRecords ?? PAST_RECORDS, options.startMs, random);
  for (let i = 0; i < options.accounts; i++) accounts.push(await Account.create(i, random, past));
  const blob = await cidForLex({ blob: options.seed });
  return new SimulatedWorld(options, random, accounts, blob);
}

class SimulatedWorld implements World {
  readonly accounts: readonly Account[];
  readonly #options: WorldOptions;
  readonly #random: Random;
  readonly #blob: Link;
  readonly #posts: KnownRecord[] = [];
  #seq: number;
  #count = 0;
  #lastMs = 0;
  #commitOf = new Map<string, SimulatedCommit>();

  constructor(options: WorldOptions, random: Random, accounts: readonly Account[], blob: Link) {
    this.#options = options;
    this.#random = random;
    this.accounts = accounts;
    this.#blob = blob;
    this.#seq = options.firstSeq;
  }

  async next(): Promise<SimulatedFrame> {
    const { time, timeMs, count } = this.#advance();
    const newcomer = this.accounts[count];
    const account = newcomer ?? this.#anyone();
    if (newcomer === undefined && this.#random.below(OTHER_ONE_IN) === 0) return this.#other(account, time);
    const writes = newcomer === undefined ? this.#writes(account, time) : [this.#profile("create", time)];
    return await this.#commit(account, writes, time, tidOf(timeMs, count));
  }

  async nextOversize(bytes: number): Promise<SimulatedFrame> {
    const { time, timeMs, count } = this.#advance();
    const rev = tidOf(timeMs, count);
    const record = { $type: "app.bsky.feed.post", text: "x".repeat(bytes), createdAt: time };
    return await this.#commit(
      this.#anyone(),
      [{ action: "create", path: `app.bsky.feed.post/${rev}`, record }],
      time,
      rev,
    );
  }

  #advance(): { time: string; timeMs: number; count: number } {
    const count = this.#count++;
    this.#seq += this.#random.below(SKIPPED_SEQ_ONE_IN) === 0 ? 1 + this.#random.below(5) : 1;
    const { now, startMs, stepMs } = this.#options;
    // A TID counts to a thousand within a millisecond, and those of an account must grow.
    const nextMs = this.#lastMs + (count % 1000 === 0 ? 1 : 0);
    const timeMs = now === undefined ? startMs + count * stepMs : Math.max(now(), nextMs);
    this.#lastMs = timeMs;
    return { time: new Date(timeMs).toISOString(), timeMs, count };
  }

  #anyone(): Account {
    const account = this.accounts[this.#random.below(this.accounts.length)];
    if (account === undefined) throw new RangeError("Cannot make messages without accounts: one at least is wanted");
    return account;
  }

  async #commit(account: Account, writes: readonly Write[], time: string, rev: string): Promise<SimulatedFrame> {
    const commit = await account.commit(writes, rev);
    this.#commitOf.set(account.did, commit);
    this.#remember(account, commit);
    const bytes = this.#encode(account, commit, time);
    return { seq: this.#seq, bytes, type: "#commit", did: account.did, rev, time, ops: commit.ops };
  }

  #writes(account: Account, time: string): Write[] {
    const random = this.#random;
    const draw = random.next();
    if (draw < DELETE_SHARE) {
      const paths = [...account.records.keys()].filter((path) => path !== PROFILE);
      const victim = paths[random.below(Math.max(1, paths.length))];
      if (victim !== undefined) return [{ action: "delete", path: victim, record: null }];
    }
    if (draw < DELETE_SHARE + UPDATE_SHARE) return [this.#profile("update", time)];
    const many = random.below(MANY_OPS_ONE_IN) === 0 ? 2 + random.below(20) : 1;
    const collection = many > 1 ? "app.bsky.graph.follow" : drawCollection(random);
    return Array.from({ length: many }, (_, i) => ({
      action: "create" as const,
      path: `${collection}/${tidOf(Date.parse(time), this.#count * 64 + i)}`,
      record: this.#record(collection, time),
    }));
  }

  #profile(action: "create" | "update", time: string): Write {
    return { action, path: PROFILE, record: this.#record("app.bsky.actor.profile", time) };
  }

  #record(collection: string, now: string): Record<string, unknown> {
    const random = this.#random;
    const post = this.#posts[random.below(Math.max(1, this.#posts.length))] ?? NO_POST;
    const did = this.accounts[random.below(this.accounts.length)]?.did ?? "";
    return makeRecord(collection, { random, now, post, did, blob: this.#blob });
  }

  #remember(account: Account, commit: SimulatedCommit): void {
    for (const { path, cid, action } of commit.ops) {
      if (action !== "create" || cid === null || !path.startsWith("app.bsky.feed.post/")) continue;
      this.#posts.push({ uri: `at://${account.did}/${path}`, cid: cid.toString() });
      if (this.#posts.length > KEPT_POSTS) this.#posts.shift();
    }
  }

  #encode({ did }: Account, commit: SimulatedCommit, time: string): Uint8Array {
    const { cid, rev, since, prevData, blocks } = commit;
    const ops = commit.ops.map((op) => ({
      action: op.action,
      path: op.path,
      cid: op.cid,
      ...(op.prev === null ? {} : { prev: op.prev }),
    }));
    return encodeMessage("#commit", {
      seq: this.#seq,
      rebase: false,
      tooBig: false,
      repo: did,
      commit: cid,
      rev,
      since,
      blocks,
      ops,
      blobs: [],
      prevData,
      time,
    });
  }

  #other(account: Account, time: string): SimulatedFrame {
    const seq = this.#seq;
    const { did, handle } = account;
    const commit = this.#commitOf.get(did);
    const messages: [string, { readonly [field: string]: Lex }][] = [
      ["#identity", { seq, did, time, handle }],
      ["#account", { seq, did, time, active: false, status: "deactivated" }],
      ["#account", { seq, did, time, active: true }],
      ["#handle", { seq, did, time, handle }],
    ];
    if (commit !== undefined) messages.push(["#sync", { seq, did, rev: commit.rev, blocks: commit.commitBlock, time }]);
    const [type, body] = messages[this.#random.below(messages.length)] ?? ["#identity", { seq, did, time }];
    return { seq, bytes: encodeMessage(type, body), type, did, rev: null, time, ops: [] };
  }
}

/** A post of another network, for those who write before there is any here. */
const NO_POST: KnownRecord = {
  uri: "at://did:plc:z72i7hdynmk6r22z27h6tvur/app.bsky.feed.post/3jzfcijpj2z2a",
  cid: "bafyreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy",
};
