/**
 * A made-up network: accounts that write posts, likes and follows, one message after another. The same seed makes the
 * same messages, byte for byte: keys, choices and, unless a clock is given, times all come from the options.
 *
 * @module
 */
import { cidForLex } from "@atproto/lex-cbor";
import { Account, makePast, type Register, type SimulatedCommit, type Write } from "./account.ts";
import { pickOther, type SentCommit, strike, writesOf } from "./commit_faults.ts";
import type { CommitFaultName } from "./faults.ts";
import type { Lex } from "./frames.ts";
import type { Identities } from "./identity/identities.ts";
import { commitFrame, messageFrame, type SimulatedFrame } from "./messages.ts";
import { createRandom, type Random } from "./random.ts";
import { drawCollection, type KnownRecord, type Link, makeRecord } from "./records.ts";
import { deletesOfOldest } from "./housekeeping.ts";
import { type Moment, oversizePost, Timeline, type TimelineOptions } from "./timeline.ts";

/** What a world is made from. */
export interface WorldOptions extends TimelineOptions {
  readonly seed: number;
  readonly accounts: number;
  /** Records of each account's past, {@linkcode PAST_RECORDS} unless given: fewer make smaller commits, and cost less. */
  readonly pastRecords?: number;
  /** What its accounts hold together, 100,000 unless given: with more they delete their oldest. */
  readonly mostRecords?: number;
  /** Where others find its accounts; without them their DIDs are made up. They follow what happens to the accounts. */
  readonly identities?: Identities;
}

/** Makes one message after another, without end. */
export interface World {
  readonly accounts: readonly Account[];
  next(): Promise<SimulatedFrame>;
  /** A post of so many bytes of text, which the protocol would not allow. */
  nextOversize(bytes: number): Promise<SimulatedFrame>;
  /** A commit with this fault, which its frame then has too; {@linkcode next} where it cannot strike yet. */
  nextFaulty(fault: CommitFaultName): Promise<SimulatedFrame>;
}

const OTHER_ONE_IN = 100;
const DELETE_SHARE = 0.027;
const UPDATE_SHARE = 0.013;
const MANY_OPS_ONE_IN = 60;
const KEPT_POSTS = 256;
/** How many commits a fault can send again. */
export const KEPT_COMMITS = 64;
/** With so many records in every repository a commit has about the 4.5 KB of the live network. */
export const PAST_RECORDS = 3000;
/** Where an account's profile stands. */
export const PROFILE = "app.bsky.actor.profile/self";

/** Makes a world; its accounts begin with a profile each, which are its first messages. */
export async function createWorld(options: WorldOptions): Promise<World> {
  const random = createRandom(options.seed);
  const accounts: Account[] = [];
  const register = registerWith(options.identities, null);
  const past = await makePast(options.pastRecords ?? PAST_RECORDS, options.startMs, random);
  for (let i = 0; i < options.accounts; i++) accounts.push(await Account.create(i, random, past, register));
  for (const account of accounts) options.identities?.host(account.did, account);
  const blob = await cidForLex({ blob: options.seed });
  return new SimulatedWorld(options, random, accounts, blob);
}

/** How accounts that join at a time (RFC 3339; null: before the stream) get their DIDs. */
export function registerWith(identities: Identities | undefined, time: string | null): Register | undefined {
  return identities === undefined ? undefined : (newcomer) => identities.register(newcomer, time);
}

class SimulatedWorld implements World {
  readonly accounts: readonly Account[];
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #blob: Link;
  readonly #posts: KnownRecord[] = [];
  readonly #identities: Identities | undefined;
  readonly #mostRecords: number | undefined;
  #commitOf = new Map<string, SimulatedCommit>();
  readonly #sent: SentCommit[] = [];

  constructor(options: WorldOptions, random: Random, accounts: readonly Account[], blob: Link) {
    this.#timeline = new Timeline(options, random);
    this.#random = random;
    this.accounts = accounts;
    this.#blob = blob;
    this.#identities = options.identities;
    this.#mostRecords = options.mostRecords;
  }

  async next(): Promise<SimulatedFrame> {
    const moment = this.#timeline.advance();
    const newcomer = this.accounts[moment.count];
    const account = newcomer ?? this.#anyone();
    if (newcomer === undefined && this.#random.below(OTHER_ONE_IN) === 0) return this.#other(account, moment);
    const writes = newcomer === undefined ? this.#writes(account, moment) : [this.#profile("create", moment.time)];
    return await this.#commit(account, writes, moment);
  }

  async nextOversize(bytes: number): Promise<SimulatedFrame> {
    const moment = this.#timeline.advance();
    return await this.#commit(this.#anyone(), [oversizePost(bytes, moment)], moment);
  }

  async nextFaulty(fault: CommitFaultName): Promise<SimulatedFrame> {
    const moment = this.#timeline.advance();
    const account = this.accounts[moment.count] ?? this.#anyone();
    const isNew = this.accounts[moment.count] !== undefined;
    const writes = isNew ? [this.#profile("create", moment.time)] : this.#writes(account, moment);
    const commit = () => this.#commit(account, writes, moment);
    if (isNew) return await commit();
    const other = pickOther(account, () => this.#anyone());
    const scene = { account, other, writes: writesOf(writes, moment), moment, sent: this.#sent, commit };
    return await strike(fault, { ...scene, identities: this.#identities }) ?? await commit();
  }

  #anyone(): Account {
    const account = this.accounts[this.#random.below(this.accounts.length)];
    if (account === undefined) throw new RangeError("Cannot make messages without accounts; expected one at least");
    return account;
  }

  async #commit(account: Account, writes: readonly Write[], moment: Moment): Promise<SimulatedFrame> {
    const commit = await account.commit(writes, moment.rev);
    this.#commitOf.set(account.did, commit);
    this.#remember(account, commit);
    const frame = commitFrame(account.did, commit, moment);
    this.#sent.push({ account, keypair: account.keypair, frame });
    if (this.#sent.length > KEPT_COMMITS) this.#sent.shift();
    return frame;
  }

  #writes(account: Account, { time, keyAt }: Moment): Write[] {
    const tooMany = deletesOfOldest(account, this.accounts.length, this.#mostRecords);
    if (tooMany.length > 0) return tooMany;
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
      path: `${collection}/${keyAt(i)}`,
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

  #other({ did, handle }: Account, moment: Moment): SimulatedFrame {
    const commit = this.#commitOf.get(did);
    const messages: [string, { readonly [field: string]: Lex }][] = [
      ["#identity", { handle }],
      ["#account", { active: false, status: "deactivated" }],
      ["#account", { active: true }],
      ["#handle", { handle }],
    ];
    if (commit !== undefined) messages.push(["#sync", { rev: commit.rev, blocks: commit.commitBlock }]);
    const [type, fields] = messages[this.#random.below(messages.length)] ?? ["#identity", {}];
    return messageFrame(type, did, fields, moment);
  }
}

/** A post of another network, for those who write before there is any here. */
export const NO_POST: KnownRecord = {
  uri: "at://did:plc:z72i7hdynmk6r22z27h6tvur/app.bsky.feed.post/3jzfcijpj2z2a",
  cid: "bafyreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy",
};
