/**
 * The proof of a commit, as Sync 1.1 has it: each operation is what the signed tree says, and the operations taken back
 * lead to the tree that the commit says was before. Nothing is left out then, and nothing added.
 *
 * @module
 */
import type { Archive } from "./archive.ts";
import type { Claims } from "./claims.ts";
import { NOWHERE, type Span } from "./bytes/span.ts";
import { CborReader } from "./cbor.ts";
import { cidAt } from "./claims.ts";
import { MAX_OPS } from "./commit.ts";
import { MAX_KEY_BYTES } from "./mst_node.ts";
import { PartialTree, TreeError } from "./mst.ts";
import { type Action, OpReader } from "./op.ts";

/**
 * What a proof shows. `proved`; `tree-missing`: a node is missing or is not what its CID says; `tree-invalid`: a node is
 * none; `op-mismatch`: the tree says otherwise than an operation; `prev-data-mismatch`: the tree before is another;
 * `prev-data-missing`: the commit does not say what was before, and what it says now is so as far as one can see;
 * `op-unknown`: an operation is of a kind that is not known.
 */
export type Proof =
  | "proved"
  | "tree-missing"
  | "tree-invalid"
  | "op-mismatch"
  | "prev-data-mismatch"
  | "prev-data-missing"
  | "op-unknown";

interface Op {
  readonly action: Exclude<Action, "unknown">;
  readonly key: string;
  readonly cid: Uint8Array | null;
  readonly prev: Uint8Array | null;
}

/** The proof of the operations of a commit whose tree has the root `data`, a binary CID. Never throws on what it holds. */
export function prove({ ops, prevData }: Pick<Claims, "ops" | "prevData">, data: Uint8Array, archive: Archive): Proof {
  const { bytes } = archive;
  const stated = ops === NOWHERE ? "op-mismatch" : readOps(bytes, ops);
  if (typeof stated === "string") return stated;
  const saysBefore = prevData !== NOWHERE && stated.every(({ action, prev }) => action === "create" || prev !== null);
  const before = bytes.subarray(prevData.start, prevData.end);
  // A commit of nothing need not bring any of the tree.
  if (stated.length === 0 && saysBefore) return isSame(data, before) ? "proved" : "prev-data-mismatch";
  try {
    const tree = new PartialTree(archive, data);
    if (!isAsStated(tree, stated)) return "op-mismatch";
    if (!saysBefore) return "prev-data-missing";
    if (!takeBack(tree, stated)) return "op-mismatch";
    return isSame(tree.rootCid(), before) ? "proved" : "prev-data-mismatch";
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    if (error.problem === "mismatch") return "op-mismatch";
    if (error.problem === "invalid") return "tree-invalid";
    // Commits from before Sync 1.1 have less of the tree.
    return saysBefore ? "tree-missing" : "prev-data-missing";
  }
}

function readOps(bytes: Uint8Array, span: Span): Op[] | "op-mismatch" | "op-unknown" {
  const found: Op[] = [];
  const reader = new OpReader(bytes, span);
  if (reader.size > MAX_OPS) return "op-mismatch";
  while (reader.next()) {
    if (reader.problem !== null) return "op-mismatch";
    const { action, path, cid, prev } = reader;
    if (action === "unknown") return "op-unknown";
    const key = path.end - path.start > MAX_KEY_BYTES ? null : keyOf(bytes, path);
    const isWhole = action === "delete" || cid !== null;
    if (key === null || !isWhole) return "op-mismatch";
    found.push({ action, key, cid: cid && bytes.subarray(cid.start, cid.end), prev: linkOf(bytes, prev) });
  }
  return found;
}

/** Keys are compared by their bytes, which of ASCII are its characters. */
function keyOf(bytes: Uint8Array, { start, end }: Span): string | null {
  let key = "";
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte >= 0x80) return null;
    key += String.fromCharCode(byte);
  }
  return key;
}

function linkOf(bytes: Uint8Array, item: Span | null): Uint8Array | null {
  if (item === null || bytes[item.start] !== TAG_42) return null;
  const cid = cidAt(new CborReader(bytes, item.start, item.end));
  return cid === NOWHERE ? null : bytes.subarray(cid.start, cid.end);
}

const TAG_42 = 0xd8;

/** Whether what the last operation of each key says is in the tree. */
function isAsStated(tree: PartialTree, ops: readonly Op[]): boolean {
  const last = new Map<string, Op>();
  for (const op of ops) last.set(op.key, op);
  return last.values().every(({ action, key, cid }) => isSame(tree.get(key), action === "delete" ? null : cid));
}

/** Takes the operations back; whether each was what it says. */
function takeBack(tree: PartialTree, ops: readonly Op[]): boolean {
  for (const { action, key, cid, prev } of backwards(ops)) {
    if (action === "create") {
      if (!isSame(tree.remove(key), cid)) return false;
    } else if (prev === null) return false;
    else if (action === "update") {
      if (!isSame(tree.update(key, prev), cid)) return false;
    } else tree.insert(key, prev);
  }
  return true;
}

/**
 * What was deleted is put back first: what was created goes out of a tree whose parts around it are then at hand. The order
 * makes no other difference, unless one key has several operations.
 */
function backwards(ops: readonly Op[]): readonly Op[] {
  const hasRepeats = new Set(ops.map(({ key }) => key)).size < ops.length;
  if (hasRepeats) return ops.toReversed();
  return ops.toSorted((a, b) => Number(a.action !== "delete") - Number(b.action !== "delete"));
}

function isSame(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b;
  if (a.length !== b.length) return false;
  for (let i = a.length - 1; i >= 0; i--) if (a[i] !== b[i]) return false;
  return true;
}
