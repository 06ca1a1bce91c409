import { assert, assertEquals } from "@std/assert";
import { cidForLex, decode, decodeAll, encode } from "@atproto/lex-cbor";
import { parseCommitUnauthenticated } from "@atproto/sync";
import { Cid } from "../../src/atproto/cid.ts";
import { decodeFrame } from "../../src/atproto/frame.ts";
import type { CommitFrame } from "../../src/atproto/frame.ts";
import {
  CommitReader,
  type CommitRecords,
  MAX_OPS,
  MAX_RECORD_BYTES,
  type RecordOp,
} from "../../src/atproto/commit.ts";
import type { Rejected } from "../../src/atproto/rejected.ts";
import type { Selection } from "../../src/filter/selection.ts";
import { createWorld } from "../../src/simulator/world.ts";
import { commitFrame, RECORDED, recorded } from "../support/messages.ts";

const POST = "app.bsky.feed.post";
const ALL = { collections: null, sampleRate: 1 };
const POSTS = { collections: new Set([POST]), sampleRate: 1 };

function read(frame: CommitFrame, selection: Selection): CommitRecords {
  return new CommitReader(selection).read(frame);
}

/** The results with their records decoded. */
function decoded(frame: CommitFrame, selection: Selection): (RecordOp | Rejected)[] {
  return read(frame, selection).results.map((each) => each.kind === "block" ? each.decode() : each);
}

Deno.test("CommitReader.read() gives one record for each wanted create and update, in order", async () => {
  const frame = await commitFrame([
    { path: `${POST}/1`, record: { text: "one" } },
    { path: "app.bsky.feed.like/2", record: { text: "two" } },
    { action: "delete", path: `${POST}/3` },
    { action: "update", path: `${POST}/4`, record: { text: "four" } },
    { action: "rename", path: `${POST}/5`, record: { text: "five" } },
  ]);
  assertEquals(
    decoded(frame, POSTS).map((each) =>
      each.kind === "record" ? [each.action, each.rkey, each.record["text"], each.uri] : each
    ),
    [
      ["create", "1", "one", `at://${frame.did}/${POST}/1`],
      ["update", "4", "four", `at://${frame.did}/${POST}/4`],
    ],
  );
});

Deno.test("CommitReader.read() refuses a commit of more operations than the bound, and takes one of as many", async () => {
  const ops = Array.from({ length: MAX_OPS }, (_, i) => ({ path: `${POST}/${i}`, record: { text: "same" } }));
  assertEquals(read(await commitFrame(ops), POSTS).results.filter(({ kind }) => kind === "block").length, MAX_OPS);
  const frame = await commitFrame([...ops, { path: `${POST}/more`, record: {} }]);
  const [rejected, ...others] = decoded(frame, POSTS);
  const told = rejected?.kind === "rejected"
    ? [rejected.reason, rejected.seq, rejected.did, rejected.detail]
    : rejected;
  const detail = `a commit of ${MAX_OPS + 1} operations, more than ${MAX_OPS}`;
  assertEquals([told, others], [["frame-invalid", frame.seq, frame.did, detail], []]);
});

Deno.test("CommitReader.read() takes records until they have too many bytes together, though one block has them all", async () => {
  const record = { text: "x".repeat(MAX_RECORD_BYTES / 4 - 100) };
  const frame = await commitFrame(Array.from({ length: 6 }, (_, i) => ({ path: `${POST}/${i}`, record })));
  assertEquals(
    decoded(frame, POSTS).map((each) => each.kind === "record" ? each.rkey : `${each.reason} ${each.path}`),
    ["0", "1", "2", "3", `record-too-large ${POST}/4`, `record-too-large ${POST}/5`],
  );
});

Deno.test("CommitReader.read() loses one record to one bad block, never the commit", async () => {
  const frame = await commitFrame([
    { path: `${POST}/1`, missing: true, record: { a: 1 } },
    { path: `${POST}/2`, bytes: encode({ text: "not what the CID says" }) },
    { path: `${POST}/3`, record: [1, 2] },
    { path: `${POST}/4`, record: "text" },
    { path: `${POST}/a b`, record: {} },
    { path: `${POST}`, record: {} },
    { path: `${POST}/..`, record: {} },
    { path: `${POST}/good`, record: {} },
  ]);
  const outcomes = decoded(frame, POSTS).map((each) =>
    each.kind === "record" ? each.rkey : `${each.reason} ${each.path}`
  );
  assertEquals(outcomes, [
    `op-invalid ${POST}/a b`,
    `op-invalid ${POST}`,
    `op-invalid ${POST}/..`,
    `block-missing ${POST}/1`,
    `block-mismatch ${POST}/2`,
    `record-not-object ${POST}/3`,
    `record-not-object ${POST}/4`,
    "good",
  ]);
});

Deno.test("RecordBlock.decode() reports a record that is no UTF-8, or has a key twice as deep as allowed", async () => {
  const { createHash } = await import("node:crypto");
  const prefix = (await cidForLex({})).bytes.subarray(0, 4);
  const archive = (cid: Uint8Array, block: Uint8Array) => {
    const length = cid.length + block.length;
    const varint = length < 128 ? [length] : [(length & 0x7f) | 0x80, length >> 7];
    return new Uint8Array([1, 0xa0, ...varint, ...cid, ...block]);
  };
  for (
    const block of [
      new Uint8Array([0xa1, 0x61, 0x61, 0x62, 0xff, 0xfe]),
      new Uint8Array([0xa1, 0x61, 0x61, ...new Array(40).fill(0x81), 0]),
    ]
  ) {
    const cid = new Uint8Array([...prefix, ...createHash("sha256").update(block).digest()]);
    const op = {
      action: "create",
      path: `${POST}/1`,
      cid: decode(new Uint8Array([0xd8, 0x2a, 0x58, 0x25, 0, ...cid])),
    };
    const frame = await commitFrame([], { blocks: archive(cid, block), ops: [op] });
    const [result] = decoded(frame, POSTS);
    assertEquals(result?.kind === "rejected" ? result.reason : result?.kind, "record-undecodable");
  }
});

Deno.test("CommitReader.read() reports a damaged archive, an op without a CID and an op of the wrong shape", async () => {
  const cid = await cidForLex({});
  const path = `${POST}/1`;
  const ops = ["text", { action: "create", path, cid: null }, { action: "create", path, cid }];
  const frame = await commitFrame([], { ops, blocks: new Uint8Array(0) });
  assertEquals(decoded(frame, POSTS).map((each) => each.kind === "rejected" ? each.reason : each.kind), [
    "op-invalid",
    "op-invalid",
    "blocks-undecodable",
  ]);
});

Deno.test("CommitReader.read() samples before it looks for blocks, and counts what it leaves out", async () => {
  const frame = await commitFrame([{ path: `${POST}/1`, missing: true }, { path: `${POST}/2` }]);
  assertEquals(read(frame, { ...POSTS, sampleRate: 0 }), { results: [], sampledOut: 2 });
});

Deno.test("CommitReader counts the operations it saw, and those that nobody wants", async () => {
  const cid = await cidForLex({});
  const ops = [{ action: "delete", path: `${POST}/1`, cid: null }, { action: "create", path: "a.b.c/1", cid }, {
    action: "create",
    path: `${POST}/2`,
    cid,
  }];
  const reader = new CommitReader(POSTS);
  const frame = await commitFrame([], { ops, blocks: new Uint8Array(0) });
  reader.read(frame);
  reader.read(frame);
  assertEquals([reader.operations, reader.filtered], [6, 4]);
});

/** Whether our records are those of parseCommitUnauthenticated; how many were compared. */
async function compare(bytes: Uint8Array): Promise<number> {
  const frame = decodeFrame(bytes);
  if (frame.kind !== "commit" || frame.spans.blocks.start === frame.spans.blocks.end) return 0;
  const body = [...decodeAll(bytes)][1];
  const oracle = await parseCommitUnauthenticated(body as Parameters<typeof parseCommitUnauthenticated>[0]);
  const theirs = oracle.flatMap((event) =>
    event.event === "delete" ? [] : [{
      action: event.event,
      uri: event.uri.toString(),
      cid: event.cid.toString(),
      rev: event.rev,
      seq: event.seq,
      record: plain(event.record),
    }]
  );
  const ours = decoded(frame, ALL).map((each) => {
    if (each.kind === "rejected") throw new Error(`${each.reason}: ${each.detail}`);
    const { action, uri, cid, rev, seq, record } = each;
    return { action, uri, cid, rev, seq, record: plain(record) };
  });
  assertEquals(ours, theirs);
  return ours.length;
}

Deno.test("CommitReader.read() agrees with parseCommitUnauthenticated on every recorded commit", async () => {
  let records = 0;
  for (const file of RECORDED) for (const bytes of await recorded(file)) records += await compare(bytes);
  assert(records >= 60, `only ${records} records`);
});

Deno.test("CommitReader.read() agrees with parseCommitUnauthenticated on every commit of the simulator", async () => {
  const world = await createWorld({
    seed: 3,
    accounts: 20,
    firstSeq: 31_500_000_000,
    startMs: 1_767_225_600_000,
    stepMs: 5,
  });
  let records = 0;
  for (let i = 0; i < 600; i++) records += await compare((await world.next()).bytes);
  assert(records > 500, `only ${records} records`);
});

function plain(value: unknown): unknown {
  if (value instanceof Cid) return `cid:${value}`;
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return `bytes:${[...value]}`;
  if ("code" in value && "multihash" in value) return `cid:${value}`;
  if (Array.isArray(value)) return value.map(plain);
  if ("ref" in value && "mimeType" in value) return { ...value, ref: `cid:${value.ref}` };
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}
