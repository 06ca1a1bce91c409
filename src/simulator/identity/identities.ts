/**
 * Who is who in a made-up world: for each account its name, its key, its PDS, and how its handle is confirmed. It follows
 * what the world does, message by message, so that what a message says and what the directory says agree.
 *
 * @module
 */
import { type Keypair, P256Keypair, Secp256k1Keypair } from "@atproto/crypto";
import { createRandom, type Random } from "../random.ts";
import type { Identity } from "./did_document.ts";
import {
  didOfGenesis,
  type PlcData,
  type PlcOperation,
  type PlcTombstone,
  type PlcUpdate,
  signOperation,
} from "./plc_operation.ts";

/** An account that is about to be made. */
export interface Newcomer {
  readonly index: number;
  readonly handle: string;
  readonly keypair: Keypair;
}

/** How a handle leads to its DID. */
export type Confirmation = "dns" | "http" | "both" | "none";

/** An entry of the directory's log, with the names that its export has. */
export interface LogEntry {
  readonly did: string;
  readonly operation: PlcOperation;
  readonly cid: string;
  readonly nullified: false;
  /** RFC 3339, with milliseconds; no two entries have the same. */
  readonly createdAt: string;
}

/** The repository of an account. */
export interface Repository {
  /** The last commit: its CID as text, and its revision. */
  latestCommit(): Promise<{ readonly cid: string; readonly rev: string }>;
  /** All of it as a CAR archive. */
  exportArchive(): Promise<Uint8Array>;
}

/** An account as others find it. */
export interface Entry extends Identity {
  readonly confirmation: Confirmation;
  /** Whether the account is deleted: its DID leads nowhere any more. */
  readonly isGone: boolean;
  /** As the last `#account` has it. */
  readonly isActive: boolean;
  readonly status: string | null;
  /** Null until it is there. */
  readonly repository: Repository | null;
  /** Empty for a did:web. */
  readonly log: readonly LogEntry[];
}

const DAY_MS = 86_400_000;
/** Keeps what is drawn here apart from what the world draws: its stream stays as it is. */
const SEED_OFFSET = 0x1d5;
const WEB_ONE_IN = 10;
const WEB_REST = 3;
const PDS_COUNT = 3;
const P256_SHARE = 0.25;
/** How handles are confirmed, one account after the other; one in twenty is not, though its document claims it. */
const CONFIRMATIONS = ["dns", "http", "both", "http"] as const;
const UNCONFIRMED_ONE_IN = 20;
const UNCONFIRMED_REST = 19;

/** The identities of a world. */
export class Identities {
  readonly #random: Random;
  /** The one that signs operations, as the keys of a large PDS do for all its accounts. */
  readonly #rotationKey: Keypair;
  readonly #entries = new Map<string, Entry>();
  readonly #didOfHandle = new Map<string, string>();
  readonly #log: LogEntry[] = [];
  #lastMs: number;

  constructor(random: Random, rotationKey: Keypair, startMs: number) {
    this.#random = random;
    this.#rotationKey = rotationKey;
    this.#lastMs = startMs - DAY_MS;
  }

  /** Without anyone yet. Those who come before the stream begins at `startMs` are registered the day before. */
  static async create(seed: number, startMs: number): Promise<Identities> {
    const random = createRandom(seed + SEED_OFFSET);
    return new Identities(random, await Secp256k1Keypair.import(random.bytes(32)), startMs);
  }

  /** Every account there ever was. */
  get entries(): Iterable<Entry> {
    return this.#entries.values();
  }

  /** Gives an account its DID; one in ten gets a did:web. `time` is RFC 3339; null: before the stream. */
  async register({ index, handle, keypair }: Newcomer, time: string | null): Promise<string> {
    const pds = `https://pds${index % PDS_COUNT}.example.com`;
    const signingKey = keypair.did();
    const isUnconfirmed = index % UNCONFIRMED_ONE_IN === UNCONFIRMED_REST;
    const confirmation = isUnconfirmed ? "none" : CONFIRMATIONS[index % CONFIRMATIONS.length] ?? "both";
    const isWeb = index % WEB_ONE_IN === WEB_REST;
    const identity = { did: `did:web:${handle}`, handle, signingKey, pds };
    const data = this.#dataOf(identity);
    const first = isWeb ? null : await signOperation({ type: "plc_operation", ...data, prev: null }, this.#rotationKey);
    const did = first === null ? identity.did : didOfGenesis(first);
    const log = first === null ? [] : [this.#append(did, first.operation, first.cid, time)];
    const state = { isGone: false, isActive: true, status: null, repository: null };
    this.#set({ ...identity, ...state, did, confirmation, log });
    return did;
  }

  /** Says where the repository of an account is. */
  host(did: string, repository: Repository): void {
    this.#set({ ...this.#existing(did), repository });
  }

  /** Notes what an `#account` says. */
  setStatus(did: string, isActive: boolean, status: string | null): void {
    this.#set({ ...this.#existing(did), isActive, status });
  }

  /** Gives an account another handle; the old one leads nowhere any more. */
  async rename(did: string, handle: string, time: string): Promise<void> {
    const entry = this.#existing(did);
    // A handle that was not confirmed for a while is so again under its new name.
    const confirmation = entry.confirmation === "none" ? "both" : entry.confirmation;
    await this.#change({ ...entry, handle, confirmation }, time);
  }

  /** The document still claims the handle, which does not lead to the account any more: others see `handle.invalid`. */
  unconfirm(did: string): void {
    this.#set({ ...this.#existing(did), confirmation: "none" });
  }

  /** Gives an account another key, which is returned; one in four has the curve P-256. */
  async rotate(did: string, time: string): Promise<Keypair> {
    const entry = this.#existing(did);
    const isP256 = this.#random.next() < P256_SHARE;
    const secret = this.#random.bytes(32);
    const keypair = isP256 ? await P256Keypair.import(secret) : await Secp256k1Keypair.import(secret);
    await this.#change({ ...entry, signingKey: keypair.did() }, time);
    return keypair;
  }

  /** The account is deleted: a did:plc gets its tombstone, the host of a did:web goes. */
  async close(did: string, time: string): Promise<void> {
    const entry = this.#existing(did);
    await this.#change({ ...entry, confirmation: "none", isGone: true }, time);
  }

  /** The account of a DID; null if there never was one. */
  get(did: string): Entry | null {
    return this.#entries.get(did) ?? null;
  }

  /** The account whose handle this is, as its document says; null if there is none. */
  ofHandle(handle: string): Entry | null {
    return this.get(this.#didOfHandle.get(handle) ?? "");
  }

  /** The directory's log: at most `count` entries from after `afterMs` (milliseconds since 1970) on. */
  logAfter(afterMs: number, count: number): readonly LogEntry[] {
    let low = 0;
    let high = this.#log.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (Date.parse(this.#log[middle]?.createdAt ?? "") > afterMs) high = middle;
      else low = middle + 1;
    }
    return this.#log.slice(low, low + count);
  }

  async #change(entry: Entry, time: string): Promise<void> {
    const { did, log } = entry;
    const prev = log.at(-1)?.cid;
    if (prev === undefined) return this.#set(entry);
    const unsigned: PlcUpdate | PlcTombstone = entry.isGone
      ? { type: "plc_tombstone", prev }
      : { type: "plc_operation", ...this.#dataOf(entry), prev };
    const { operation, cid } = await signOperation(unsigned, this.#rotationKey);
    this.#set({ ...entry, log: [...log, this.#append(did, operation, cid, time)] });
  }

  #append(did: string, operation: PlcOperation, cid: string, time: string | null): LogEntry {
    // Whoever asks for what comes after a time must not miss the second of two with one time.
    this.#lastMs = Math.max(this.#lastMs + 1, time === null ? 0 : Date.parse(time));
    const entry = { did, operation, cid, nullified: false as const, createdAt: new Date(this.#lastMs).toISOString() };
    this.#log.push(entry);
    return entry;
  }

  #dataOf({ handle, signingKey, pds }: Identity): PlcData {
    return {
      rotationKeys: [this.#rotationKey.did()],
      verificationMethods: { atproto: signingKey },
      alsoKnownAs: [`at://${handle}`],
      services: { atproto_pds: { type: "AtprotoPersonalDataServer", endpoint: pds } },
    };
  }

  #set(entry: Entry): void {
    const before = this.#entries.get(entry.did);
    if (before !== undefined) this.#didOfHandle.delete(before.handle);
    if (!entry.isGone) this.#didOfHandle.set(entry.handle, entry.did);
    this.#entries.set(entry.did, entry);
  }

  #existing(did: string): Entry {
    const entry = this.get(did);
    if (entry === null || entry.isGone) throw new RangeError(`Cannot change "${did}": there is no such account`);
    return entry;
  }
}
