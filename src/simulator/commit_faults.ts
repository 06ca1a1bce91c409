/**
 * Commits that are not what they say, each made so that everything else about it is right.
 *
 * @module
 */
import { type Keypair, P256_JWT_ALG, Secp256k1Keypair } from "@atproto/crypto";
import { cidForLex, decode, encode } from "@atproto/lex-cbor";
import { type BlockMap, blocksToCarFile, readCarWithRoot } from "@atproto/repo";
import type { Account, SimulatedCommit, Write } from "./account.ts";
import { encodeRecord } from "./dag_cbor.ts";
import type { CommitFaultName } from "./faults.ts";
import type { Lex } from "./frames.ts";
import type { Identities } from "./identity/identities.ts";
import { commitFrame, type SimulatedFrame } from "./messages.ts";
import { rewrite, withSeq } from "./rewrite.ts";
import type { Moment } from "./timeline.ts";

/** A fault that struck, for those who judge what a consumer made of it. */
export interface StruckFault {
  /** As the message was made; the server may shift it. */
  readonly seq: number;
  readonly fault: CommitFaultName;
  readonly did: string;
  /** As the message says it. */
  readonly rev: string | null;
}

/** An account that is to commit something, and what is around it. */
export interface Scene {
  readonly account: Account;
  /** Another account; the same where there is one alone. */
  readonly other: Account;
  readonly writes: readonly Write[];
  readonly moment: Moment;
  /** Commits that were sent, the oldest first. */
  readonly sent: readonly SentCommit[];
  readonly identities: Identities | undefined;
  /** Commits the writes for good, as without a fault. */
  commit(): Promise<SimulatedFrame>;
}

/** A commit that was sent, by whom, and what signed it. */
export interface SentCommit {
  readonly account: Account;
  readonly keypair: Keypair;
  readonly frame: SimulatedFrame;
}

/** The orders of the two curves. */
const ORDERS = {
  k256: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
  p256: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
} as const;
const HALF = 32;
const FORGER_SECRET = new Uint8Array(HALF).fill(0x5a);
/** Keys that no other record of a message has. */
const OWN_KEY = 63;
const OTHER_REV = 62;
const TRIES = 16;

/**
 * The message of a fault, marked with its name; the repository takes in none but those of `key-rotated` and
 * `no-prev-data`, so that the commits around it are as if it had not been. Null where it cannot strike: no commit was
 * sent that could be replayed, or there is one account alone.
 *
 * @throws {TypeError} for `key-rotated` without identities
 */
export async function strike(fault: CommitFaultName, scene: Scene): Promise<SimulatedFrame | null> {
  const frame = await STRIKES[fault](scene);
  return frame === null ? null : { ...frame, fault };
}

/** Two records at least, so that one can be hidden, and the last is new, so that there is one to tamper with. */
export function writesOf(writes: readonly Write[], { time, keyAt }: Moment): Write[] {
  const record = { $type: "app.bsky.graph.follow", subject: "did:plc:z72i7hdynmk6r22z27h6tvur", createdAt: time };
  return [...writes, { action: "create", path: `app.bsky.graph.follow/${keyAt(OWN_KEY)}`, record }];
}

/** Another account, unless chance finds none. */
export function pickOther(account: Account, pick: () => Account): Account {
  let other = pick();
  for (let i = 0; i < TRIES && other === account; i++) other = pick();
  return other;
}

const STRIKES: { readonly [fault in CommitFaultName]: (scene: Scene) => Promise<SimulatedFrame | null> } = {
  "forged": async (scene) => await draft(scene, await Secp256k1Keypair.import(FORGER_SECRET)),
  "key-rotated": async ({ account, identities, moment, commit }) => {
    if (identities === undefined) throw new TypeError("Cannot rotate a key: the world was made without identities");
    account.keypair = await identities.rotate(account.did, moment.time);
    return await commit();
  },
  "replayed": ({ sent, moment: { seq } }) => {
    // Signed by the key of now, so that nothing but its place in the stream is wrong.
    const old = sent.find(({ account, keypair, frame }) =>
      frame.rev !== null && frame.rev < account.rev && keypair === account.keypair
    );
    return Promise.resolve(old === undefined ? null : { ...old.frame, seq, bytes: withSeq(old.frame.bytes, seq) });
  },
  "high-s": async (scene) => {
    const order = ORDERS[scene.account.keypair.jwtAlg === P256_JWT_ALG ? "p256" : "k256"];
    return await withCommitBlock(await draft(scene), (block) => ({ ...block, sig: withHighS(block["sig"], order) }));
  },
  "wrong-did": async (scene) => {
    const { account, other, writes, moment } = scene;
    if (account === other) return null;
    return commitFrame(account.did, await other.draft(creates(writes), moment.rev), moment);
  },
  "wrong-rev": async (scene) => {
    const rev = scene.moment.keyAt(OTHER_REV);
    const frame = await draft(scene);
    return { ...frame, rev, bytes: rewrite(frame.bytes, (body) => ({ ...body, rev })) };
  },
  "tampered-record": async (scene) => {
    const frame = await draft(scene);
    const op = frame.ops.at(-1);
    return await withBlocks(frame, (blocks) => {
      if (op !== undefined && op.cid !== null) blocks.set(op.cid, encodeRecord({ ...op.record, tampered: true }));
      return null;
    });
  },
  "tampered-commit": async (scene) => {
    const { prevData } = await draftOf(scene);
    return await withCommitBlock(await draft(scene), (block) => ({ ...block, data: prevData }));
  },
  "truncated-proof": async (scene) => {
    const frame = await draft(scene);
    const kept = new Set(frame.ops.map(({ cid }) => String(cid)));
    return await withBlocks(frame, (blocks, root) => {
      const proof = blocks.cids().filter((cid) => !cid.equals(root) && !kept.has(cid.toString()));
      for (const cid of proof) blocks.delete(cid);
      return null;
    });
  },
  "hidden-op": async (scene) => {
    const frame = await draft(scene);
    const withoutLast = (body: Record<string, Lex>) => ({ ...body, ops: (body["ops"] as Lex[]).slice(0, -1) });
    return { ...frame, ops: frame.ops.slice(0, -1), bytes: rewrite(frame.bytes, withoutLast) };
  },
  "no-prev-data": async ({ commit }) => {
    const frame = await commit();
    return { ...frame, bytes: rewrite(frame.bytes, ({ prevData: _, ...body }) => body) };
  },
};

/** A commit that the repository does not take in. */
function draftOf({ account, writes, moment }: Scene, keypair?: Keypair): Promise<SimulatedCommit> {
  return account.draft(writes, moment.rev, keypair);
}

async function draft(scene: Scene, keypair?: Keypair): Promise<SimulatedFrame> {
  return commitFrame(scene.account.did, await draftOf(scene, keypair), scene.moment);
}

/** What another account can do too: it has other records to change. */
function creates(writes: readonly Write[]): Write[] {
  return writes.slice(-1);
}

/** The same signature, as valid on its curve, but not the one of the two that the protocol takes. */
function withHighS(sig: Lex | undefined, order: bigint): Uint8Array {
  if (!(sig instanceof Uint8Array)) throw new TypeError("Cannot change a signature: the commit has none");
  const low = BigInt(`0x${sig.slice(HALF).toHex()}`);
  const high = (order - low).toString(16).padStart(2 * HALF, "0");
  return new Uint8Array([...sig.slice(0, HALF), ...Uint8Array.fromHex(high)]);
}

/** The message with another commit block, whose hash is right; its signature is what the change leaves of it. */
async function withCommitBlock(
  frame: SimulatedFrame,
  change: (block: Record<string, Lex>) => Record<string, Lex>,
): Promise<SimulatedFrame> {
  return await withBlocks(frame, async (blocks, root) => {
    const block = change(decode(blocks.get(root) ?? new Uint8Array()) as Record<string, Lex>);
    const cid = await cidForLex(block);
    blocks.delete(root);
    blocks.set(cid, encode(block));
    return cid;
  });
}

type Cid = Awaited<ReturnType<typeof cidForLex>>;

/** The message with other blocks; the change returns the new root, null for the same. */
async function withBlocks(
  frame: SimulatedFrame,
  change: (blocks: BlockMap, root: Cid) => Cid | null | Promise<Cid | null>,
): Promise<SimulatedFrame> {
  let archive: Uint8Array = new Uint8Array();
  rewrite(frame.bytes, (body) => {
    archive = body["blocks"] as Uint8Array;
    return body;
  });
  const { root, blocks } = await readCarWithRoot(archive);
  const commit = await change(blocks, root as Cid) ?? root as Cid;
  const changed = await blocksToCarFile(commit, blocks);
  return { ...frame, bytes: rewrite(frame.bytes, (body) => ({ ...body, commit, blocks: changed })) };
}
