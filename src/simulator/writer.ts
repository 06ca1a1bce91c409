/**
 * What accounts of a made-up network write: records of any type, new ones, and changes of those that there are, their
 * past included.
 *
 * @module
 */
import type { Account, Past, SimulatedOp, Write } from "./account.ts";
import { drawKey, FOREIGN_COLLECTIONS } from "./foreign.ts";
import { drawOperation, type Mix, type Operation } from "./mix.ts";
import { makeNetworkRecord } from "./network_records.ts";
import type { Random } from "./random.ts";
import type { KnownRecord, Link } from "./records.ts";
import type { Moment } from "./timeline.ts";
import { NO_POST, PROFILE } from "./world.ts";

/** The collections of the operations that create a record under a key of its time. */
const COLLECTIONS = {
  like: "app.bsky.feed.like",
  post: "app.bsky.feed.post",
  repost: "app.bsky.feed.repost",
  follow: "app.bsky.graph.follow",
  block: "app.bsky.graph.block",
} as const satisfies Partial<Record<Operation, string>>;

const MANY_OPS_ONE_IN = 60;
const KEPT_RECORDS = 256;
/** Half of what is changed is from before the stream: most of what people delete is old. */
const PAST_SHARE = 0.5;
const TRIES = 8;

/** Makes writes, and remembers what later ones can refer to. */
export class Writer {
  readonly #mix: Mix;
  readonly #random: Random;
  readonly #past: readonly string[];
  readonly #blob: Link;
  readonly #posts: KnownRecord[] = [];
  readonly #reposts: KnownRecord[] = [];
  readonly #dids: string[] = [];

  constructor(mix: Mix, random: Random, past: Past, blob: Link) {
    this.#mix = mix;
    this.#random = random;
    this.#past = [...past.paths];
    this.#blob = blob;
  }

  /** The writes of one commit, of which the first is `operation`, if it can be done; now and then there are many. */
  writes(operation: Operation, account: Account, moment: Moment): Write[] {
    const count = this.#random.below(MANY_OPS_ONE_IN) === 0 ? 2 + this.#random.below(20) : 1;
    const writes = new Map<string, Write>();
    for (let i = 0; i < count; i++) {
      const wanted = i === 0 ? operation : drawOperation(this.#mix, this.#random);
      const isFree = (path: string) => !writes.has(path);
      const key = moment.keyAt(i);
      const write = this.#write(wanted, account, moment, key, isFree) ?? this.#create("like", moment, key);
      writes.set(write.path, write);
    }
    return [...writes.values()];
  }

  /** The same, of operations as the mix has them. */
  anyWrites(account: Account, moment: Moment): Write[] {
    return this.writes(drawOperation(this.#mix, this.#random), account, moment);
  }

  /** The profile of an account, new or changed. */
  profile(account: Account, moment: Moment): Write {
    return this.#put(PROFILE, account, moment);
  }

  /** Deletes of so many records, or of all there are. */
  deletes(account: Account, count: number): Write[] {
    const paths = new Set<string>();
    for (let i = 0; i < count; i++) {
      const path = this.#existing(account, (candidate) => !paths.has(candidate));
      if (path !== null) paths.add(path);
    }
    return [...paths].map((path) => ({ action: "delete", path, record: null }));
  }

  /** Takes note of what was written, to refer to it. */
  remember({ did }: Account, ops: readonly SimulatedOp[]): void {
    for (const { path, cid, action } of ops) {
      if (action !== "create" || cid === null) continue;
      const record = { uri: `at://${did}/${path}`, cid: cid.toString() };
      if (path.startsWith("app.bsky.feed.post/")) push(this.#posts, record);
      if (path.startsWith("app.bsky.feed.repost/")) push(this.#reposts, record);
      if (path === PROFILE) push(this.#dids, did);
    }
  }

  /** Null where there is nothing to change. */
  #write(
    operation: Operation,
    account: Account,
    moment: Moment,
    key: string,
    isFree: (path: string) => boolean,
  ): Write | null {
    switch (operation) {
      case "profile":
        return isFree(PROFILE) ? this.profile(account, moment) : null;
      case "foreign": {
        const collection = this.#random.pick(FOREIGN_COLLECTIONS);
        const path = `${collection}/${drawKey(collection, key, this.#random)}`;
        return isFree(path) ? this.#put(path, account, moment) : null;
      }
      case "update": {
        const path = this.#existing(account, isFree);
        return path === null ? null : this.#put(path, account, moment);
      }
      case "delete": {
        const path = this.#existing(account, isFree);
        return path === null ? null : { action: "delete", path, record: null };
      }
      default:
        return this.#create(operation, moment, key);
    }
  }

  #create(operation: keyof typeof COLLECTIONS, moment: Moment, key: string): Write {
    const collection = COLLECTIONS[operation];
    return { action: "create", path: `${collection}/${key}`, record: this.#record(collection, moment) };
  }

  #put(path: string, account: Account, moment: Moment): Write {
    const action = account.has(path) ? "update" : "create";
    return { action, path, record: this.#record(path.slice(0, path.indexOf("/")), moment) };
  }

  #record(collection: string, { time }: Moment): Record<string, unknown> {
    return makeNetworkRecord(collection, {
      random: this.#random,
      now: time,
      post: this.#recent(this.#posts, NO_POST),
      repost: this.#recent(this.#reposts, NO_REPOST),
      did: this.#recent(this.#dids, NO_DID),
      blob: this.#blob,
    });
  }

  #recent<T>(items: readonly T[], none: T): T {
    return items[this.#random.below(Math.max(1, items.length))] ?? none;
  }

  /** A record that can be changed, null where there is none. */
  #existing(account: Account, isFree: (path: string) => boolean): string | null {
    const isOld = (path: string) => account.hasPast(path) && isFree(path);
    if (this.#random.next() < PAST_SHARE) {
      for (let i = 0; i < TRIES; i++) {
        const path = this.#past[this.#random.below(this.#past.length)];
        if (path !== undefined && isOld(path)) return path;
      }
    }
    const paths = [...account.records.keys()].filter(isFree);
    return paths[this.#random.below(paths.length)] ?? this.#past.find(isOld) ?? null;
  }
}

function push<T>(items: T[], item: T): void {
  items.push(item);
  if (items.length > KEPT_RECORDS) items.shift();
}

/** What there is of another network, for those who write before there is any here. */
const NO_REPOST: KnownRecord = { ...NO_POST, uri: NO_POST.uri.replace(".post/", ".repost/") };
const NO_DID = "did:plc:z72i7hdynmk6r22z27h6tvur";
