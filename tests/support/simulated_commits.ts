/**
 * The commits of simulated messages, as the reference library sees them.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { decodeAll } from "@atproto/lex-cbor";
import { type BlockMap, MemoryBlockstore, MST, readCarWithRoot, verifyCommitSig, verifyProofs } from "@atproto/repo";
import { parseCommitUnauthenticated } from "@atproto/sync";
import type { SimulatedFrame } from "../../src/simulator/messages.ts";

/** The body of a `#commit`, as the reference library takes it. */
export type CommitBody = Parameters<typeof parseCommitUnauthenticated>[0] & { readonly prevData: MST["pointer"] };

/** The commit block of a `#commit` or `#sync`. */
export interface CommitBlock {
  readonly did: string;
  readonly rev: string;
  readonly data: MST["pointer"];
}

/** The body of a message, which must be of the type that its frame says. */
export function bodyOf(frame: SimulatedFrame): CommitBody {
  const [header, body] = [...decodeAll(frame.bytes)];
  assertEquals(header, { op: 1, t: frame.type });
  return body as unknown as CommitBody;
}

/** The commit of a `#commit` or `#sync`, and all the blocks that came with it. */
export async function commitOf(frame: SimulatedFrame): Promise<{ commit: CommitBlock; blocks: BlockMap }> {
  const { root, blocks } = await readCarWithRoot(bodyOf(frame).blocks);
  const [commit] = [...decodeAll(blocks.get(root) ?? new Uint8Array())];
  return { commit: commit as unknown as CommitBlock, blocks };
}

/** Asserts the signature and the proof of each operation, and that what is read is what was meant; returns how many. */
export async function assertVerified(frame: SimulatedFrame, key: string): Promise<number> {
  const body = bodyOf(frame);
  const claims = frame.ops.map(({ path, cid }) => {
    const [collection = "", rkey = ""] = path.split("/");
    return { collection, rkey, cid };
  });
  const { verified, unverified } = await verifyProofs(body.blocks, claims, frame.did, key);
  assertEquals([verified.length, unverified.length], [frame.ops.length, 0]);
  const events = await parseCommitUnauthenticated(body);
  const read = events.map((event) =>
    "record" in event
      ? [event.event, `${event.collection}/${event.rkey}`, event.cid.toString(), event.record]
      : "collection" in event
      ? [event.event, `${event.collection}/${event.rkey}`]
      : []
  );
  const meant = frame.ops.map(({ action, path, cid, record }) =>
    cid === null ? [action, path] : [action, path, cid.toString(), record]
  );
  assertEquals(read, meant as unknown[][]);
  return events.length;
}

/** Asserts the signature of the commit that a `#sync` has. */
export async function assertSigned(frame: SimulatedFrame, key: string): Promise<void> {
  const { commit } = await commitOf(frame);
  assertEquals(await verifyCommitSig(commit as unknown as Parameters<typeof verifyCommitSig>[0], key), true);
}

/** Asserts that the operations, taken back one by one, lead to the tree before, as Sync 1.1 asks. */
export async function assertInvertible(frame: SimulatedFrame): Promise<void> {
  const { ops, prevData } = bodyOf(frame);
  const { commit, blocks } = await commitOf(frame);
  let tree = MST.load(new MemoryBlockstore(blocks), commit.data);
  for (const { action, path, prev } of ops.toReversed()) {
    if (action === "create") tree = await tree.delete(path);
    else if (prev === undefined || prev === null) throw new TypeError(`${action} of ${path} does not say what was`);
    else tree = await (action === "update" ? tree.update(path, prev) : tree.add(path, prev));
  }
  assertEquals(String(await tree.getPointer()), String(prevData));
}
