/**
 * Commits of simulated accounts, whole and forged in each way that is known, beside what the reference library says of
 * them.
 *
 * @module
 */
import { parseDidKey, Secp256k1Keypair } from "@atproto/crypto";
import { cidForLex, decodeAll, encode } from "@atproto/lex-cbor";
import {
  BlockMap,
  blocksToCarFile,
  MemoryBlockstore,
  MST,
  readCarWithRoot,
  signCommit,
  verifyCommitSig,
} from "@atproto/repo";
import { parseCommitAuthenticated } from "@atproto/sync";
import type { PublicKey } from "../../src/atproto/signature.ts";
import { Account, makePast, type Write } from "../../src/simulator/account.ts";
import { encodeMessage, type Lex } from "../../src/simulator/frames.ts";
import { commitFrame } from "../../src/simulator/messages.ts";
import { createRandom, type Random } from "../../src/simulator/random.ts";
import { tidOf } from "../../src/simulator/tid.ts";
import type { CommitBody } from "./simulated_commits.ts";

const NOW_MS = Date.UTC(2026, 0, 1);
const ORDER = {
  ES256K: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
  ES256: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
};

/** A `did:key`, as verification takes it. */
export function keyOf(didKey: string): PublicKey {
  const { jwtAlg, keyBytes } = parseDidKey(didKey);
  return { curve: jwtAlg === "ES256" ? "p256" : "k256", bytes: compressed(keyBytes) };
}

/** A point of 33 bytes, of one that may have both its coordinates. */
export function compressed(point: Uint8Array): Uint8Array {
  if (point.length === 33) return point;
  return Uint8Array.of(2 + ((point[64] ?? 0) & 1), ...point.subarray(1, 33));
}

/** A message, and by which key it should be signed. */
export interface Forged {
  readonly kind: ForgedKind;
  readonly bytes: Uint8Array;
  readonly account: Account;
}

interface Parts {
  readonly body: Record<string, Lex>;
  readonly blocks: BlockMap;
  readonly commit: Record<string, Lex>;
  readonly account: Account;
  readonly random: Random;
}

/** Changes the parts of a whole commit; the commit block is put in again where it is given back. */
type Forge = (parts: Parts) => Promise<Record<string, Lex> | null> | Record<string, Lex> | null;

async function signed({ commit, account }: Parts, change: Record<string, unknown>, by = account.keypair) {
  const { sig: _, ...unsigned } = { ...commit, ...change };
  return await signCommit(unsigned as Parameters<typeof signCommit>[0], by) as unknown as Record<string, Lex>;
}

function firstOp({ body }: Parts): { [field: string]: Lex } {
  return (body["ops"] as { [field: string]: Lex }[])[0] ?? {};
}

/** The ways, by name. */
export const FORGE = {
  "whole": () => null,
  "no-prev-data": ({ body }) => {
    delete body["prevData"];
    return null;
  },
  "forged": (parts) => Secp256k1Keypair.create().then((other) => signed(parts, {}, other)),
  "high-s": ({ commit, account }) => {
    const sig = (commit["sig"] as Uint8Array).slice();
    const order = ORDER[account.keypair.jwtAlg as keyof typeof ORDER];
    const s = BigInt(`0x${sig.subarray(32).toHex()}`);
    sig.set(Uint8Array.fromHex((order - s).toString(16).padStart(64, "0")), 32);
    return { ...commit, sig };
  },
  "der": ({ commit }) => {
    const sig = commit["sig"] as Uint8Array;
    const integer = (bytes: Uint8Array) => [2, bytes.length + 1, 0, ...bytes];
    const [r, s] = [integer(sig.subarray(0, 32)), integer(sig.subarray(32))];
    return { ...commit, sig: Uint8Array.of(0x30, r.length + s.length, ...r, ...s) };
  },
  "changed-signature": ({ commit, random }) => {
    const sig = (commit["sig"] as Uint8Array).slice();
    const at = random.below(32);
    sig[at] = (sig[at] ?? 0) ^ 1;
    return { ...commit, sig };
  },
  "wrong-did": (parts) => signed(parts, { did: "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa" }),
  "wrong-rev": (parts) => signed(parts, { rev: "3aaaaaaaaaa2a" }),
  "version-2": ({ commit }) => ({ ...commit, version: 2 }),
  "changed-commit": ({ blocks, body }) => {
    const cid = body["commit"] as Parameters<BlockMap["get"]>[0];
    const block = (blocks.get(cid) ?? new Uint8Array()).slice();
    block[block.length - 1] = 2;
    blocks.set(cid, block);
    return null;
  },
  "tampered": async (parts) => {
    const record = encode({ text: "what nobody wrote" });
    const cid = await cidForLex({ text: "what nobody wrote" });
    parts.blocks.set(cid, record);
    firstOp(parts)["cid"] = cid as unknown as Lex;
    return null;
  },
  "left-out": ({ body }) => {
    (body["ops"] as Lex[]).shift();
    return null;
  },
  "added": (parts) => {
    // Beside a key that the proof is about, so that the tree is at hand there.
    const path = `${firstOp(parts)["path"]}-`;
    (parts.body["ops"] as Lex[]).push({ action: "delete", path, cid: null, prev: parts.body["prevData"] ?? null });
    return null;
  },
  "wrong-prev-data": ({ body, commit }) => {
    body["prevData"] = commit["data"] ?? null;
    return null;
  },
  "no-tree": ({ blocks, commit }) => {
    blocks.delete(commit["data"] as unknown as Parameters<BlockMap["delete"]>[0]);
    return null;
  },
  "changed-tree": ({ blocks, commit }) => {
    const cid = commit["data"] as unknown as Parameters<BlockMap["get"]>[0];
    const node = (blocks.get(cid) ?? new Uint8Array()).slice();
    node[node.length - 5] = (node[node.length - 5] ?? 0) ^ 1;
    blocks.set(cid, node);
    return null;
  },
  "truncated": () => null,
} as const satisfies Record<string, Forge>;

/** One of {@linkcode FORGE}. */
export type ForgedKind = keyof typeof FORGE;

/** Every way. */
export const FORGED_KINDS = Object.keys(FORGE) as ForgedKind[];

/** So many commits of each kind, of some accounts that have k256 and p256 keys. */
export async function forgedCommits(each: number, seed = 5): Promise<Forged[]> {
  const random = createRandom(seed);
  const past = await makePast(200, NOW_MS, random);
  const made: Forged[] = [];
  // Number 7 has a key on P-256, number 3 a did:web.
  const accounts = await Promise.all([1, 3, 7, 8].map((index) => Account.create(index, random, past)));
  let clock = 0;
  for (let round = 0; round < each; round++) {
    for (const kind of FORGED_KINDS) {
      const account = accounts[clock % accounts.length];
      if (account === undefined) continue;
      const time = NOW_MS + ++clock * 1000;
      const commit = await account.commit(drawWrites(account, random), tidOf(time, 1));
      const at = new Date(time).toISOString();
      const moment = { seq: clock, time: at, rev: commit.rev, count: clock, keyAt: () => "" };
      const { bytes } = commitFrame(account.did, commit, moment);
      made.push({ kind, account, bytes: await forge(kind, bytes, account, random) });
    }
  }
  return made;
}

/** One to four writes: creates, and updates and deletes of what there is. */
function drawWrites(account: Account, random: Random): Write[] {
  const writes = new Map<string, Write>();
  for (let left = 1 + random.below(4); left > 0; left--) {
    const there = [...account.records.keys(), ...account.past.paths].filter((path) => account.has(path));
    const path = there[random.below(there.length)];
    const record = { text: `${random.next()}` };
    const word = random.below(3);
    if (path === undefined || word === 0) {
      const made = `app.bsky.feed.post/${random.next().toString(36).slice(2)}`;
      writes.set(made, { action: "create", path: made, record });
    } else if (word === 1) writes.set(path, { action: "update", path, record });
    else writes.set(path, { action: "delete", path, record: null });
  }
  const [first] = writes.values();
  if (first?.record === null) {
    writes.set("a.b.c/x", {
      action: account.records.has("a.b.c/x") ? "update" : "create",
      path: "a.b.c/x",
      record: { n: random.next().toString() },
    });
  }
  return [...writes.values()].toSorted((a, b) => Number(a.record === null) - Number(b.record === null));
}

async function forge(kind: ForgedKind, bytes: Uint8Array, account: Account, random: Random): Promise<Uint8Array> {
  const [, body] = [...decodeAll(bytes)] as unknown as [unknown, Record<string, Lex>];
  const { root, blocks } = await readCarWithRoot(body["blocks"] as Uint8Array);
  const [commit] = [...decodeAll(blocks.get(root) ?? new Uint8Array())] as unknown as [Record<string, Lex>];
  const changed = await (FORGE[kind] as Forge)({ body, blocks, commit, account, random });
  let newRoot = root;
  if (changed !== null) {
    blocks.delete(root);
    newRoot = await cidForLex(changed) as typeof root;
    blocks.set(newRoot, encode(changed) as Uint8Array<ArrayBuffer>);
    body["commit"] = newRoot as unknown as Lex;
  }
  const car = await blocksToCarFile(newRoot, blocks);
  return encodeMessage("#commit", { ...body, blocks: kind === "truncated" ? car.subarray(0, 60) : car });
}

/** What the reference library says of a commit: of its signature, and of its operations and the tree before. */
export async function oracle(
  bytes: Uint8Array,
  didKey: string,
): Promise<{ signature: boolean; proof: boolean | null }> {
  const [, body] = [...decodeAll(bytes)] as unknown as [unknown, CommitBody];
  const signature = await isSigned(body, didKey).catch(() => false);
  return { signature, proof: signature ? await isProved(body, didKey).catch(() => false) : false };
}

async function isSigned(body: CommitBody, didKey: string): Promise<boolean> {
  // It would refuse all of an archive for one block; of the signature only the signed block counts.
  const { root, blocks } = await readCarWithRoot(body.blocks, { skipCidVerification: true });
  const [commit] = [...decodeAll(blocks.get(root) ?? new Uint8Array())] as unknown as [
    { did: string; rev: string; version: number },
  ];
  const isSame = root.equals(body.commit) && commit.did === body.repo && commit.rev === body.rev &&
    commit.version === 3;
  return isSame && await verifyCommitSig(commit as unknown as Parameters<typeof verifyCommitSig>[0], didKey);
}

/** Whether all operations are in the tree, and taken back lead to the one before; null where that is not stated. */
async function isProved(body: CommitBody, didKey: string): Promise<boolean | null> {
  const did = { resolveAtprotoKey: () => Promise.resolve(didKey) };
  const resolver = { did } as unknown as Parameters<typeof parseCommitAuthenticated>[0];
  const events = await parseCommitAuthenticated(resolver, body);
  if (events.length !== body.ops.length) return false;
  if (body.prevData === undefined) return null;
  const { root, blocks } = await readCarWithRoot(body.blocks);
  const [{ data }] = [...decodeAll(blocks.get(root) ?? new Uint8Array())] as unknown as [{ data: MST["pointer"] }];
  let tree = MST.load(new MemoryBlockstore(blocks), data);
  for (const { action, path, prev } of body.ops.toReversed()) {
    if (action === "create") tree = await tree.delete(path);
    else if (prev === undefined || prev === null) return false;
    else tree = await (action === "update" ? tree.update(path, prev) : tree.add(path, prev));
  }
  return String(await tree.getPointer()) === String(body.prevData);
}
