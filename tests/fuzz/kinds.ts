/**
 * The kinds of cases, each a way to make one message by chance.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { MAX_ITEMS } from "../../src/atproto/cbor.ts";
import { COLLECTIONS } from "../../src/events/registry.ts";
import { decodeFrame, MAX_FRAME_BYTES } from "../../src/atproto/frame.ts";
import { MAX_OPS, MAX_RECORD_BYTES } from "../../src/atproto/commit.ts";
import { RecordWrite } from "../../src/atproto/repo_op.ts";
import { rulesOf } from "../../src/filter/collections.ts";
import { Filter, UNFILTERED } from "../../src/filter/filter.ts";
import type { Random } from "../../src/simulator/random.ts";
import { RECORDED, recorded } from "../support/messages.ts";
import { networkFrames } from "../support/network_events.ts";
import * as b from "./bytes.ts";
import { Grammar, TIMES } from "./grammar.ts";
import { mutate } from "./mutate.ts";

/** A way to make cases. */
export interface Kind {
  /** How often it is chosen, against the others. */
  readonly weight: number;
  /** The least events that a hundred cases of it must give, or the fuzzing shows nothing. */
  readonly events: number;
  /** The least events that the core must make of a hundred cases. */
  readonly core: number;
  /** The least share of its messages, in per cent, that must be read as commits. */
  readonly commits: number;
  readonly make: (random: Random, seeds: Seeds) => Uint8Array;
}

/** What mutations begin with. */
export interface Seeds {
  readonly messages: readonly Uint8Array[];
  /** Messages with a record, and where its block and its CID stand. */
  readonly blocks: readonly RecordWrite[];
}

/** Collections with a type of their own, and one without. */
const NAMES = [...COLLECTIONS, "com.example.thing"];
const SMALL_FRAME_BYTES = 6000;

/** Recorded messages, and some that the simulator makes. */
export async function gatherSeeds(): Promise<Seeds> {
  const messages: Uint8Array[] = [];
  for (const file of RECORDED) messages.push(...await recorded(file));
  for (const { bytes } of await networkFrames(300)) messages.push(bytes);
  const reader = new Filter({ collections: rulesOf(["*"]), ...UNFILTERED });
  const blocks = messages.flatMap((bytes) => {
    const frame = decodeFrame(bytes);
    return frame.kind === "commit" ? reader.read(frame).filter((each) => each instanceof RecordWrite) : [];
  });
  // Large ones would take most of the time, and have nothing that small ones do not.
  return {
    messages: messages.filter(({ length }) => length <= SMALL_FRAME_BYTES),
    blocks: blocks.filter(({ frame }) => frame.bytes.length <= SMALL_FRAME_BYTES),
  };
}

function some<T>(random: Random, items: readonly T[]): T {
  return items[random.below(items.length)] as T;
}

/** The message with this in the place of a record's block, which has as many bytes, and with its CID put right. */
function withBlock({ frame, cid, block }: RecordWrite, record: Uint8Array): Uint8Array {
  const bytes = Buffer.from(frame.bytes);
  const old = frame.bytes.slice(cid.start, cid.end);
  bytes.set(record, block.start);
  const right = b.cidOf(record);
  for (let at = bytes.indexOf(old); at >= 0; at = bytes.indexOf(old, at + 1)) bytes.set(right, at);
  return new Uint8Array(bytes);
}

/** A deep item: arrays, maps, links or arrays that each hold a map. */
function nested(random: Random, depth: number): Uint8Array {
  const opening = some(random, [[0x81], [0xa1, 0x61, 0x61], [0xd8, 0x2a], [0x81, 0xa1, 0x60], [0x9f], [0xc1]]);
  const bytes = new Uint8Array(depth * opening.length + 1);
  for (let at = 0; at < bytes.length - 1; at++) bytes[at] = opening[at % opening.length] ?? 0;
  return bytes;
}

/** Operations and an archive for them, with records of every collection. */
function manyOps(random: Random, count: number): Uint8Array {
  const grammar = new Grammar(random, 0.02);
  const ops: Uint8Array[] = [];
  const sections: Uint8Array[] = [];
  let root = b.cidOf(new Uint8Array());
  for (let i = 0; i < count; i++) {
    const collection = some(random, NAMES);
    const record = grammar.record(collection);
    const cid = random.below(20) === 0 ? root : b.cidOf(record);
    root = cid;
    ops.push(
      random.below(30) === 0
        ? grammar.op()
        : b.op(some(random, ["create", "update", "delete"]), `${collection}/${i}`, cid),
    );
    if (random.below(20) > 0) sections.splice(random.below(sections.length + 1), 0, b.section(cid, record));
    if (random.below(30) === 0) sections.push(b.section(cid, random.bytes(10)));
  }
  return b.commit(ops, b.car(root, sections));
}

const HUGE: readonly ((random: Random, bytes: number) => Uint8Array)[] = [
  // One item that holds all of it.
  (_, bytes) => b.commitOf("app.bsky.feed.post", b.map([["text", b.concat(b.head(3, bytes), b.fill(bytes, 0x22))]])),
  (_, bytes) => b.commitOf("app.bsky.feed.post", b.map([["text", b.concat(b.head(3, bytes), b.fill(bytes, 0x01))]])),
  // As many items as there are bytes: in a field of the message, the operations, a record, and what becomes JSON.
  (_, bytes) => b.commit([], b.fill(0, 0), { more: b.concat(b.head(4, bytes), b.fill(bytes, 0)) }),
  (_, bytes) => b.commit([], b.fill(0, 0), { ops: b.concat(b.head(4, bytes), b.fill(bytes, 0)) }),
  (_, bytes) => b.commit([], b.fill(0, 0), { ops: b.concat(b.head(4, bytes), b.fill(bytes, 0xa0)) }),
  (_, bytes) => b.commitOf("app.bsky.feed.like", b.map([["more", b.concat(b.head(4, bytes), b.fill(bytes, 0x60))]])),
  (_, bytes) => b.commitOf("app.bsky.feed.post", b.map([["facets", b.concat(b.head(4, bytes), b.fill(bytes, 0))]])),
  (_, bytes) => b.commitOf("app.bsky.feed.post", b.map([["langs", b.concat(b.head(4, bytes), b.fill(bytes, 0x60))]])),
  (_, bytes) => b.commitOf("app.bsky.feed.post", b.map([["labels", b.map([["x", byteBlob(bytes)]])]])),
  (_, bytes) => b.commitOf("app.bsky.graph.follow", b.concat(b.head(5, Math.floor(bytes / 2)), b.fill(bytes, 0x60))),
  (_, bytes) =>
    b.commitOf(
      "app.bsky.feed.post",
      b.map([["facets", b.concat(b.head(4, Math.floor(bytes / 9)), bigIntegers(bytes / 9))]]),
    ),
  // One record, named by as many operations as there may be.
  (random, bytes) => {
    const record = b.map([["text", b.concat(b.head(3, bytes), b.fill(bytes, some(random, [0x01, 0x22, 0x61])))]]);
    const cid = b.cidOf(record);
    const ops = Array.from({ length: MAX_OPS }, (_, i) => b.op("create", `app.bsky.feed.post/${i}`, cid));
    return b.commit(ops, b.car(cid, [b.section(cid, record)]));
  },
  // Archives of tiny sections, and wanted CIDs that all end alike.
  (_, bytes) => sharedTails(Math.min(MAX_OPS, bytes / 200), 3, bytes),
  (_, bytes) => sharedTails(Math.min(MAX_OPS, bytes / 200), 36, bytes),
  (_, bytes) => sharedTails(8, 3, bytes),
  (random, bytes) => manyOps(random, Math.min(MAX_OPS, Math.floor(bytes / 1000))),
  (random, bytes) => mutate(b.fill(bytes, some(random, [0x00, 0x60, 0x81, 0xa0, 0xff])), random, false),
  (random, bytes) => random.bytes(Math.min(bytes, 1_000_000)),
];

function bigIntegers(count: number): Uint8Array {
  const one = b.head(0, 2n ** 64n - 1n);
  const all = new Uint8Array(Math.floor(count) * one.length);
  for (let at = 0; at < all.length; at += one.length) all.set(one, at);
  return all;
}

function byteBlob(bytes: number): Uint8Array {
  return b.byteString(b.fill(bytes, 0xff));
}

/** Operations whose CIDs have the same last bytes, and sections with yet others of that kind. */
function sharedTails(wanted: number, same: number, bytes: number): Uint8Array {
  const cid = (i: number) => {
    const made = b.cidOf(b.fill(1, 0));
    if (same < 36) new DataView(made.buffer).setUint32(8, i);
    return made;
  };
  const ops = Array.from({ length: wanted }, (_, i) => b.op("create", `app.bsky.feed.like/${i}`, cid(i)));
  const left = bytes - ops.reduce((sum, { length }) => sum + length, 0);
  const one = b.section(cid(0), b.fill(0, 0));
  const sections = new Uint8Array(Math.max(1, Math.floor(left / one.length)) * one.length);
  for (let at = 0, i = 0; at < sections.length; at += one.length, i++) {
    sections.set(b.section(cid(1_000_000 + i), b.fill(0, 0)), at);
  }
  return b.commit(ops, b.car(cid(0), [sections]));
}

/** Every kind of case, by its name. */
export const KINDS: { readonly [name: string]: Kind } = {
  "mutated-message": {
    weight: 300,
    events: 12,
    core: 4,
    commits: 15,
    make: (random, { messages }) => {
      const bytes = some(random, messages);
      if (random.below(10) > 0) return mutate(bytes, random, false);
      const other = some(random, messages);
      return b.concat(bytes.subarray(0, random.below(bytes.length)), other.subarray(random.below(other.length)));
    },
  },
  "mutated-block": {
    weight: 250,
    events: 30,
    core: 20,
    commits: 99,
    make: (random, { blocks }) => {
      const found = some(random, blocks);
      const { frame, block } = found;
      return withBlock(found, mutate(frame.bytes.subarray(block.start, block.end), random, true));
    },
  },
  "mutated-record": {
    weight: 150,
    events: 12,
    core: 7,
    commits: 99,
    make: (random, { blocks }) => {
      const { frame, block, collection } = some(random, blocks);
      return b.commitOf(collection, mutate(frame.bytes.subarray(block.start, block.end), random, false));
    },
  },
  "made-record": {
    weight: 200,
    events: 40,
    core: 20,
    commits: 99,
    make: (random) => {
      const collection = some(random, NAMES);
      const record = new Grammar(random, random.below(4) * 0.05).record(collection);
      const cid = b.cidOf(record);
      const op = b.op(some(random, ["create", "update"]), `${collection}/3lzzzzzzzzz2a`, cid);
      const time = b.text(some(random, TIMES));
      return b.commit([op], b.car(cid, [b.section(cid, record)]), random.below(4) === 0 ? { time } : {});
    },
  },
  "any-record": {
    weight: 50,
    events: 5,
    core: 4,
    commits: 99,
    make: (random) => b.commitOf(some(random, NAMES), new Grammar(random, 0.3).value(0)),
  },
  "made-message": {
    weight: 80,
    events: 0,
    core: 0,
    commits: 1,
    make: (random) => new Grammar(random, random.below(5) * 0.03).message(),
  },
  "about-account": {
    weight: 80,
    events: 40,
    core: 0,
    commits: 0,
    make: (random) => new Grammar(random, random.below(4) * 0.05).aboutAccount(),
  },
  "archive": {
    weight: 80,
    events: 20,
    core: 60,
    commits: 99,
    make: (random) => {
      const grammar = new Grammar(random, 0);
      const record = grammar.record("app.bsky.feed.like");
      const cid = random.below(8) === 0 ? grammar.cid() : b.cidOf(record);
      const sections = Array.from({ length: 1 + random.below(6) }, () =>
        some(random, [
          b.section(cid, record),
          b.section(grammar.cid(), random.bytes(random.below(20))),
          b.concat(b.varint(some(random, [0, 1, 35, 2 ** 31, 2 ** 53])), cid, record),
          b.concat(b.fill(random.below(12), 0x80), b.section(cid, record)),
        ]));
      sections.splice(random.below(sections.length + 1), 0, b.section(cid, record));
      const blocks = b.car(cid, sections);
      const ops = Array.from(
        { length: 1 + random.below(12) },
        (_, i) => b.op("create", `app.bsky.feed.like/${i}`, cid),
      );
      return b.commit(ops, random.below(5) === 0 ? mutate(blocks, random, false) : blocks);
    },
  },
  "nesting": {
    weight: 40,
    events: 1,
    core: 0,
    commits: 25,
    make: (random) => {
      const deep = nested(random, some(random, [3, 15, 30, 31, 32, 33, 64, 1000, 100_000]));
      switch (random.below(6)) {
        case 0:
          return b.concat(deep, b.map([]));
        case 1:
          return b.message("#commit", deep);
        case 2:
          return b.commit([], b.fill(0, 0), { more: deep });
        case 3:
          return b.commit([deep, b.map([["action", deep]])], b.fill(0, 0));
        case 4:
          return b.commitOf("app.bsky.feed.like", b.map([["more", deep]]));
        default:
          return b.commitOf("app.bsky.feed.post", b.map([["facets", b.array([deep])]]));
      }
    },
  },
  "length-lies": {
    weight: 100,
    events: 0,
    core: 0,
    commits: 40,
    make: (random, { messages, blocks }) => {
      const claim = some(random, [100, 65_536, 2 ** 31, 2 ** 32 - 1, 2 ** 53 - 1, 2 ** 53, 2n ** 64n - 1n]);
      const lie = b.head(some(random, [2, 3, 4, 5]), claim);
      const lied = (bytes: Uint8Array) => {
        const at = random.below(bytes.length);
        return b.concat(bytes.subarray(0, at), lie, bytes.subarray(at + 1));
      };
      if (random.below(2) === 0) return lied(some(random, messages));
      const { frame, block, collection } = some(random, blocks);
      return b.commitOf(collection, lied(frame.bytes.subarray(block.start, block.end)));
    },
  },
  "many-ops": {
    weight: 3,
    events: 3000,
    core: 0,
    commits: 99,
    make: (random) => manyOps(random, some(random, [1, 9, 200, 200, 300])),
  },
  "huge": {
    weight: 0.3,
    events: 0,
    core: 0,
    commits: 30,
    // At each of the limits, and beyond it.
    make: (random) =>
      some(random, HUGE)(
        random,
        some(random, [MAX_FRAME_BYTES, MAX_FRAME_BYTES - 2000, MAX_RECORD_BYTES - 2000, MAX_ITEMS - 200]),
      ),
  },
};
