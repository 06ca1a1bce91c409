/**
 * One made-up account: a key, a repository over a real Merkle search tree, signed commits with the proofs that Sync 1.1
 * asks for.
 *
 * @module
 */
import { type Keypair, P256Keypair, Secp256k1Keypair } from "@atproto/crypto";
import { cidForLex, encode } from "@atproto/lex-cbor";
import { BlockMap, blocksToCarFile, DataDiff, MemoryBlockstore, MST, signCommit } from "@atproto/repo";
import { BASE32 } from "../atproto/base32.ts";
import { encodeRecord, linkTo } from "./dag_cbor.ts";
import { addCoveringProof } from "./covering_proof.ts";
import type { Lex } from "./frames.ts";
import type { Random } from "./random.ts";
import { drawCollection, type Link } from "./records.ts";
import { tidOf } from "./tid.ts";

const PAST_STEP_MS = 60_000;

/** One change of a repository. `record` is null for a delete. */
export interface Write {
  readonly action: "create" | "update" | "delete";
  readonly path: string;
  readonly record: Record<string, unknown> | null;
}

/** An operation as a commit states it. */
export interface SimulatedOp {
  readonly action: "create" | "update" | "delete";
  readonly path: string;
  readonly cid: Link | null;
  readonly prev: Link | null;
  readonly record: Record<string, unknown> | null;
}

/** A commit, ready to be put into a message. */
export interface SimulatedCommit {
  readonly cid: Link;
  readonly rev: string;
  readonly since: string;
  readonly prevData: Link;
  readonly ops: readonly SimulatedOp[];
  /** The CAR archive: commit, changed tree nodes with proofs, new records. */
  readonly blocks: Uint8Array;
  /** The CAR archive of the commit block alone, as `#sync` has it. */
  readonly commitBlock: Uint8Array;
}

/** What an account had written before the stream begins: a tree, and one record that stands at each of its paths. */
export interface Past {
  readonly data: Link;
  readonly nodes: BlockMap;
  readonly rev: string;
  readonly paths: ReadonlySet<string>;
  readonly record: Readonly<Record<string, unknown>>;
  readonly cid: Link;
}

/**
 * Makes the past of an account: so many records before `untilMs` (milliseconds since 1970). It decides how deep the
 * tree is, and so how large the proofs in each commit are.
 */
export async function makePast(records: number, untilMs: number, random: Random): Promise<Past> {
  const store = new MemoryBlockstore();
  let tree = await MST.create(store);
  const record = { past: records };
  const cid = await cidForLex(record);
  const paths = new Set<string>();
  const rkey = (i: number) => tidOf(untilMs - (records - i) * PAST_STEP_MS, random.below(1024));
  for (let i = 0; i < records; i++) {
    const path = `${drawCollection(random)}/${rkey(i)}`;
    tree = await tree.add(path, cid);
    paths.add(path);
  }
  const { root, blocks } = await tree.getUnstoredBlocks();
  return { data: root as Link, nodes: blocks, rev: tidOf(untilMs - 1, random.below(1000)), paths, record, cid };
}

/** Gives a new account its DID. */
export type Register = (newcomer: { index: number; handle: string; keypair: Keypair }) => Promise<string>;

/** An account and its repository. */
export class Account {
  readonly did: string;
  readonly handle: string;
  /** What signs its commits now. */
  keypair: Keypair;
  /** Paths of the records that it wrote since its past, the oldest first. */
  readonly records = new Set<string>();
  readonly past: Past;
  isErased = false;
  /** Paths of the past whose records were updated or deleted. */
  readonly #changed = new Set<string>();
  readonly #store: MemoryBlockstore;
  #tree: MST;
  #data: Link;
  #rev: string;
  #latest: SignedCommit | null = null;
  /** The blocks of its records, if they are kept. */
  readonly #leaves: Map<string, Uint8Array> | null;

  constructor(
    did: string,
    handle: string,
    keypair: Keypair,
    store: MemoryBlockstore,
    past: Past,
    keepsBlocks: boolean,
  ) {
    this.did = did;
    this.handle = handle;
    this.keypair = keypair;
    this.past = past;
    this.#store = store;
    this.#tree = MST.load(store, past.data);
    this.#data = past.data;
    this.#rev = past.rev;
    this.#leaves = keepsBlocks ? new Map() : null;
  }

  /**
   * Makes account number `index`; one in ten has a did:web, one in ten a P-256 key. Where `register` gives the DID, it
   * is that of a document that can be found.
   */
  static async create(index: number, random: Random, past: Past, register?: Register): Promise<Account> {
    const secret = random.bytes(32);
    const isP256 = index % 10 === 7;
    const keypair = isP256 ? await P256Keypair.import(secret) : await Secp256k1Keypair.import(secret);
    const handle = `account${index}.example.com`;
    const madeUp = index % 10 === 3 ? `did:web:account${index}.example.com` : `did:plc:${plcId(random)}`;
    const did = await register?.({ index, handle, keypair }) ?? madeUp;
    return new Account(did, handle, keypair, new MemoryBlockstore(past.nodes), past, register !== undefined);
  }

  /** Applies the writes as one signed commit with revision `rev`. */
  async commit(writes: readonly Write[], rev: string): Promise<SimulatedCommit> {
    const { commit, data, diff, signed } = await this.#prepare(writes, rev, this.keypair);
    this.#latest = signed;
    for (const { path, cid, record } of commit.ops) {
      if (cid === null) this.#leaves?.delete(path);
      else this.#leaves?.set(path, encodeRecord(record));
      if (this.past.paths.has(path)) this.#changed.add(path);
      if (cid === null) this.records.delete(path);
      else this.records.add(path);
    }
    await this.#store.putMany(diff.newMstBlocks);
    for (const old of diff.removedCids.toList()) this.#store.blocks.delete(old);
    // Its nodes and their links as objects take many times their bytes: what the next commit needs is read again.
    this.#tree = MST.load(this.#store, data);
    this.#rev = rev;
    this.#data = data;
    return commit;
  }

  /** What {@linkcode commit} would give, with the account's key or another, without applying it. */
  async draft(writes: readonly Write[], rev: string, keypair: Keypair = this.keypair): Promise<SimulatedCommit> {
    return (await this.#prepare(writes, rev, keypair)).commit;
  }

  async #prepare(writes: readonly Write[], rev: string, keypair: Keypair): Promise<Prepared> {
    if (this.isErased) throw new TypeError(`Cannot write to the repository of ${this.did}: the account is deleted`);
    const leaves = new BlockMap();
    const ops: SimulatedOp[] = [];
    let tree = this.#tree;
    for (const { action, path, record } of writes) {
      const prev = await this.cidAt(path);
      const block = record === null ? null : encodeRecord(record);
      const cid = block === null ? null : linkTo(block);
      if (block !== null && cid !== null) leaves.set(cid, block);
      if (cid === null) {
        tree = await tree.delete(path);
        // An empty tree remembers how deep it was, and what is added would not be at its place in the next one.
        if ((await tree.getEntries()).length === 0) tree = await MST.create(this.#store);
      } else {
        tree = await (action === "create" ? tree.add(path, cid) : tree.update(path, cid));
      }
      ops.push({ action, path, cid, prev, record });
    }
    const data = await tree.getPointer() as Link;
    const diff = await DataDiff.of(tree, this.#tree);
    const blocks = new BlockMap();
    const signed = await signedCommit({ did: this.did, rev, data }, keypair);
    const { cid } = signed;
    blocks.set(cid, signed.bytes);
    const commitBlock = await blocksToCarFile(cid, blocks);
    blocks.addMap(diff.newMstBlocks);
    const blockOf = (cid: Link) => diff.newMstBlocks.get(cid) ?? this.#store.blocks.get(cid);
    for (const { path } of writes) await addCoveringProof(tree, path, blockOf, blocks);
    blocks.addMap(leaves);
    const [since, prevData] = [this.#rev, this.#data];
    const commit = { cid, rev, since, prevData, ops, blocks: await blocksToCarFile(cid, blocks), commitBlock };
    return { commit, data, diff, signed };
  }

  /** The last commit, as text and revision. */
  async latestCommit(): Promise<{ readonly cid: string; readonly rev: string }> {
    const { cid } = await this.#signed();
    return { cid: cid.toString(), rev: this.#rev };
  }

  /**
   * The whole repository as a CAR archive.
   *
   * @throws {TypeError} if it keeps no records, as nobody asked for its DID
   */
  async exportArchive(): Promise<Uint8Array> {
    if (this.#leaves === null) throw new TypeError(`Cannot export the repository of ${this.did}: its records are gone`);
    const { cid, bytes } = await this.#signed();
    const blocks = new BlockMap();
    blocks.set(cid, bytes);
    blocks.addMap(this.#store.blocks);
    if ([...this.past.paths].some((path) => this.hasPast(path))) {
      blocks.set(this.past.cid, encodeRecord(this.past.record));
    }
    for (const block of this.#leaves.values()) blocks.set(linkTo(block), block);
    return await blocksToCarFile(cid, blocks);
  }

  /** Signed anew where another key has come since, or where nothing was committed since the past. */
  async #signed(): Promise<SignedCommit> {
    const latest = this.#latest;
    if (latest?.keypair === this.keypair) return latest;
    return this.#latest = await signedCommit({ did: this.did, rev: this.#rev, data: this.#data }, this.keypair);
  }

  get rev(): string {
    return this.#rev;
  }

  /** Ends it: its repository goes, and nothing can be written any more. */
  erase(): void {
    this.isErased = true;
    this.records.clear();
    this.#changed.clear();
    this.#leaves?.clear();
    this.#store.blocks.clear();
    this.#tree = MST.load(this.#store, this.#data);
  }

  /** Whether there is a record at a path. */
  has(path: string): boolean {
    return this.records.has(path) || this.hasPast(path);
  }

  /** The CID of the record at a path, null where there is none. */
  async cidAt(path: string): Promise<Link | null> {
    return this.has(path) ? await this.#tree.get(path) as Link | null : null;
  }

  /** Whether there is a record of the past at this path, as it was. */
  hasPast(path: string): boolean {
    return !this.isErased && this.past.paths.has(path) && !this.#changed.has(path);
  }
}

/** A commit that is not applied yet. */
interface Prepared {
  readonly commit: SimulatedCommit;
  readonly data: Link;
  readonly diff: DataDiff;
  readonly signed: SignedCommit;
}

/** A commit block, and what signed it. */
interface SignedCommit {
  readonly cid: Link;
  readonly bytes: Uint8Array;
  readonly keypair: Keypair;
}

async function signedCommit(
  stated: { readonly did: string; readonly rev: string; readonly data: Link },
  keypair: Keypair,
): Promise<SignedCommit> {
  const { did, rev, data } = stated;
  const unsigned = { did, version: 3 as const, rev, prev: null, data };
  const commit = await signCommit(unsigned as Parameters<typeof signCommit>[0], keypair) as unknown as Lex;
  return { cid: await cidForLex(commit), bytes: encode(commit), keypair };
}

function plcId(random: Random): string {
  return Array.from({ length: 24 }, () => BASE32[random.below(32)]).join("");
}
