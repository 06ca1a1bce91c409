/**
 * A Merkle search tree of which some nodes are at hand, changed in memory. Nodes are read, and their hashes checked, when a
 * change needs them. Nothing is followed without end: a level is below the one before, and what is read is counted.
 *
 * @module
 */
import type { Archive } from "./archive.ts";
import { decodeNode, levelOf, type MstNode, NodeEncoder } from "./mst_node.ts";

/** The most nodes and entries that are read, or made, for one commit: a thousand operations over a tree of billions. */
export const MAX_TREE_ITEMS = 100_000;
/** SHA-256 has no more pairs of bits. */
const MOST_LEVELS = 128;

/** What it holds is of no use once a CID is made, so all trees share it. */
const ENCODER = new NodeEncoder();

/** Why a tree is none, or is not what is said of it. */
export type TreeProblem = "missing" | "invalid" | "mismatch";

/** Thrown by the tree, and caught at the edge of its proof. */
export class TreeError extends Error {
  override readonly name = "TreeError";
  readonly problem: TreeProblem;

  constructor(problem: TreeProblem, detail: string) {
    super(detail);
    this.problem = problem;
  }
}

type Child = MstNode["children"][number];

/** The tree with the root `root`, as far as its nodes are in an archive. All but the constructor throws {@linkcode TreeError}. */
export class PartialTree {
  readonly #archive: Archive;
  /** It may have no keys after a removal; what it has below is then the tree. */
  #root: MstNode;
  #items = 0;

  /** @throws {TreeError} where the root is missing or is no node */
  constructor(archive: Archive, root: Uint8Array) {
    this.#archive = archive;
    this.#root = this.#read(root, null);
  }

  /** The value of a key; null where the tree has none. */
  get(key: string): Uint8Array | null {
    let node = this.#root;
    while (true) {
      const place = placeOf(node, key);
      if (node.keys[place] === key) return node.values[place] ?? null;
      const child = this.#child(node, place);
      if (child === null) return null;
      node = child;
    }
  }

  /** Gives a key another value; returns the one before. */
  update(key: string, value: Uint8Array): Uint8Array {
    const { node, place } = this.#find(key);
    const before = node.values[place];
    if (before === undefined) throw notThere(key);
    node.values[place] = value;
    return before;
  }

  /** Adds a key that is not there. */
  insert(key: string, value: Uint8Array): void {
    const level = levelOf(key);
    if (level > this.#root.level) {
      const root = this.#root;
      const [left, right] = this.#split(root, key);
      this.#root = this.#make(level, [key], [value], [this.#lift(left, level - 1), this.#lift(right, level - 1)]);
      return;
    }
    let node = this.#root;
    node.cid = null;
    while (node.level > level) {
      const place = placeOf(node, key);
      const child = node.keys[place] === key ? null : this.#child(node, place);
      if (node.keys[place] === key) throw isThere(key);
      if (child === null) {
        node.children[place] = this.#lift(this.#make(level, [key], [value], [null, null]), node.level - 1);
        return;
      }
      child.cid = null;
      node = child;
    }
    const place = placeOf(node, key);
    if (node.keys[place] === key) throw isThere(key);
    const child = this.#child(node, place);
    const [left, right] = child === null ? [null, null] : this.#split(child, key);
    node.keys.splice(place, 0, key);
    node.values.splice(place, 0, value);
    node.children.splice(place, 1, left, right);
  }

  /** Removes a key; returns its value. */
  remove(key: string): Uint8Array {
    const { node, place, path } = this.#find(key);
    const value = node.values[place];
    if (value === undefined) throw notThere(key);
    const merged = this.#merge(node.children[place] ?? null, node.children[place + 1] ?? null, node.level - 1);
    node.keys.splice(place, 1);
    node.values.splice(place, 1);
    node.children.splice(place, 2, merged);
    // What has nothing left in it goes, and so may what it stood in.
    let empty = node;
    for (let up = path.pop(); up !== undefined && isEmpty(empty); up = path.pop()) {
      up.node.children[up.place] = null;
      empty = up.node;
    }
    return value;
  }

  /** The binary CID of the root as the tree is now. */
  rootCid(): Uint8Array {
    let root: MstNode = this.#root;
    while (root.keys.length === 0) {
      const [child = null] = root.children;
      if (child === null) return this.#cidOf(this.#make(0, [], [], [null]));
      if (!(child instanceof Uint8Array)) root = child;
      // It is the root whatever is in it, unless it has no keys itself.
      else if (this.#archive.find(child) === null) return child;
      else root = this.#read(child, root.level - 1);
    }
    return this.#cidOf(root);
  }

  /** The node with a key, which will be changed, and the nodes above it with the places at which the path continues. */
  #find(key: string) {
    const path: { readonly node: MstNode; readonly place: number }[] = [];
    let node = this.#root;
    node.cid = null;
    while (true) {
      const place = placeOf(node, key);
      if (node.keys[place] === key) return { node, place, path };
      const child = this.#child(node, place);
      if (child === null) throw notThere(key);
      path.push({ node, place });
      child.cid = null;
      node = child;
    }
  }

  /** What of a node is before a key that is not in it, and what after; null for nothing. */
  #split(node: MstNode, key: string): [MstNode | null, MstNode | null] {
    const place = placeOf(node, key);
    if (node.keys[place] === key) throw isThere(key);
    const child = this.#child(node, place);
    // A level down each time.
    const [left, right] = child === null ? [null, null] : this.#split(child, key);
    const { level, keys, values, children } = node;
    const before = this.#make(level, keys.slice(0, place), values.slice(0, place), [...children.slice(0, place), left]);
    const after = this.#make(level, keys.slice(place), values.slice(place), [right, ...children.slice(place + 1)]);
    return [isEmpty(before) ? null : before, isEmpty(after) ? null : after];
  }

  /** What stood on both sides of a removed key, on one level, as one. */
  #merge(left: Child, right: Child, level: number): Child {
    if (left === null || right === null) return left ?? right;
    const before = left instanceof Uint8Array ? this.#read(left, level) : left;
    const after = right instanceof Uint8Array ? this.#read(right, level) : right;
    const middle = this.#merge(before.children.at(-1) ?? null, after.children[0] ?? null, level - 1);
    return this.#make(
      level,
      [...before.keys, ...after.keys],
      [...before.values, ...after.values],
      [...before.children.slice(0, -1), middle, ...after.children.slice(1)],
    );
  }

  /** A node as it stands on a level above its own: below nodes without keys. */
  #lift(node: MstNode | null, level: number): MstNode | null {
    if (node === null) return null;
    let lifted = node;
    while (lifted.level < level) lifted = this.#make(lifted.level + 1, [], [], [lifted]);
    return lifted;
  }

  #make(level: number, keys: string[], values: Uint8Array[], children: Child[]): MstNode {
    this.#count(keys.length + 1);
    return { level, keys, values, children, cid: null };
  }

  /** A child of a node, read if it was not yet. */
  #child(node: MstNode, place: number): MstNode | null {
    const child = node.children[place] ?? null;
    if (!(child instanceof Uint8Array)) return child;
    const read = this.#read(child, node.level - 1);
    node.children[place] = read;
    return read;
  }

  #read(cid: Uint8Array, level: number | null): MstNode {
    const block = this.#archive.find(cid);
    if (block === null) throw new TreeError("missing", "a node of the tree is missing, or is not what its CID says");
    const node = decodeNode(this.#archive.bytes, block, cid, level);
    if (typeof node === "string") throw new TreeError("invalid", node);
    this.#count(node.keys.length + 1);
    if (node.level > MOST_LEVELS) throw new TreeError("invalid", "a level that no hash has");
    return node;
  }

  #count(items: number): void {
    this.#items += items;
    if (this.#items > MAX_TREE_ITEMS) throw new TreeError("invalid", `more than ${MAX_TREE_ITEMS} nodes and entries`);
  }

  #cidOf(node: MstNode): Uint8Array {
    if (node.cid !== null) return node.cid;
    // A level down each time.
    const children = node.children.map((child) =>
      child === null || child instanceof Uint8Array ? child : this.#cidOf(child)
    );
    node.cid = ENCODER.cidOf(node, children);
    return node.cid;
  }
}

function isEmpty({ keys, children }: MstNode): boolean {
  return keys.length === 0 && children[0] === null;
}

/** How many of a node's keys are before a key. */
function placeOf({ keys }: MstNode, key: string): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? "") < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function notThere(key: string): TreeError {
  return new TreeError("mismatch", `the tree has no ${key}`);
}

function isThere(key: string): TreeError {
  return new TreeError("mismatch", `the tree has ${key} already`);
}
