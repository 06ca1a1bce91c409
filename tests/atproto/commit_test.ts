import { assert, assertEquals } from "@std/assert";
import { cidForLex, decodeAll, encode } from "@atproto/lex-cbor";
import { parseCommitUnauthenticated } from "@atproto/sync";
import { Cid } from "../../src/atproto/cid.ts";
import { decodeFrame } from "../../src/atproto/frame.ts";
import type { CommitFrame } from "../../src/atproto/frame.ts";
import { MAX_OPS, MAX_RECORD_BYTES, type OpSelector, readCommit } from "../../src/atproto/commit.ts";
import type { Rejected } from "../../src/atproto/rejected.ts";
import type { RecordDelete, RecordWrite, RepoRecord } from "../../src/atproto/repo_op.ts";
import { createWorld } from "../../src/simulator/world.ts";
import { commitFrame, RECORDED, recorded } from "../support/messages.ts";

const POST = "app.bsky.feed.post";

/** Takes every operation on every collection, but those that are said. */
function selector({ kinds = ["create", "update", "delete"], only = "" }: {
  readonly kinds?: readonly string[];
  readonly only?: string;
} = {}): OpSelector {
  return {
    begin: () => {},
    collection(kind, bytes, start, end) {
      const name = new TextDecoder().decode(bytes.subarray(start, end));
      return kinds.includes(kind) && (only === "" || name === only) ? name : null;
    },
    record: () => true,
    unknownKind: () => {},
  };
}

const ALL = selector();
const POSTS = selector({ kinds: ["create", "update"], only: POST });

type Decoded =
  | { readonly kind: "record"; readonly op: RecordWrite; readonly record: RepoRecord }
  | RecordDelete
  | Rejected;

/** The results with their records decoded. */
function decoded(frame: CommitFrame, selector: OpSelector): Decoded[] {
  return readCommit(frame, selector).map((each) => {
    if (each.kind === "rejected" || each.kind === "delete") return each;
    const result = each.decode();
    return result.kind === "rejected" ? result : { ...result, op: each };
  });
}

/** In short: the record key, `delete` and the record key, or the reason and the path. */
function outcome(each: Decoded): string {
  if (each.kind === "rejected") return `${each.reason} ${each.path}`;
  return each.kind === "record" ? each.op.rkey : `delete ${each.rkey}`;
}

Deno.test("readCommit() gives one record for each wanted create and update, in order", async () => {
  const frame = await commitFrame([
    { path: `${POST}/1`, record: { text: "one" } },
    { path: "app.bsky.feed.like/2", record: { text: "two" } },
    { action: "delete", path: `${POST}/3` },
    { action: "update", path: `${POST}/4`, record: { text: "four" } },
    { action: "rename", path: `${POST}/5`, record: { text: "five" } },
  ]);
  assertEquals(
    decoded(frame, POSTS).map((each) =>
      each.kind === "record" ? [each.op.kind, each.op.rkey, each.record["text"], each.op.uri] : each
    ),
    [
      ["create", "1", "one", `at://${frame.did}/${POST}/1`],
      ["update", "4", "four", `at://${frame.did}/${POST}/4`],
    ],
  );
});

Deno.test("readCommit() refuses a commit of more operations than the bound, and takes one of as many", async () => {
  const ops = Array.from({ length: MAX_OPS }, (_, i) => ({ path: `${POST}/${i}`, record: { text: "same" } }));
  assertEquals(decoded(await commitFrame(ops), POSTS).filter(({ kind }) => kind === "record").length, MAX_OPS);
  const frame = await commitFrame([...ops, { path: `${POST}/more`, record: {} }]);
  const [rejected, ...others] = decoded(frame, POSTS);
  const told = rejected?.kind === "rejected"
    ? [rejected.reason, rejected.seq, rejected.did, rejected.detail]
    : rejected;
  const detail = `a commit of ${MAX_OPS + 1} operations, more than ${MAX_OPS}`;
  assertEquals([told, others], [["frame-invalid", frame.seq, frame.did, detail], []]);
});

Deno.test("readCommit() takes records until they have too many bytes together, though one block has them all", async () => {
  const record = { text: "x".repeat(MAX_RECORD_BYTES / 4 - 100) };
  const frame = await commitFrame(Array.from({ length: 6 }, (_, i) => ({ path: `${POST}/${i}`, record })));
  assertEquals(
    decoded(frame, POSTS).map(outcome),
    ["0", "1", "2", "3", `record-too-large ${POST}/4`, `record-too-large ${POST}/5`],
  );
});

Deno.test("readCommit() loses one record to one bad block, never the commit", async () => {
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
  const outcomes = decoded(frame, POSTS).map(outcome);
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

Deno.test("readCommit() reports a damaged archive, an op without a CID and an op of the wrong shape", async () => {
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

Deno.test("readCommit() gives deletes between the records, in the order of the operations", async () => {
  const frame = await commitFrame([
    { path: `${POST}/1`, record: { text: "one" } },
    { action: "delete", path: `${POST}/2` },
    { path: `${POST}/3`, record: { text: "three" } },
    { action: "delete", path: `${POST}/a b` },
  ]);
  assertEquals(decoded(frame, ALL).map(outcome), [`op-invalid ${POST}/a b`, "1", "delete 2", "3"]);
  const deletes = decoded(frame, selector({ kinds: ["delete"] }));
  assertEquals(deletes.map(outcome), [`op-invalid ${POST}/a b`, "delete 2"]);
});

Deno.test("readCommit() asks for a collection, then for a record of it, and looks for no block of what is not wanted", async () => {
  const frame = await commitFrame([
    { path: `${POST}/1`, missing: true },
    { path: "app.bsky.feed.like/2", missing: true },
    { action: "rename", path: `${POST}/3` },
    { path: `${POST}/..` },
  ]);
  const asked: string[] = [];
  const results = readCommit(frame, {
    ...POSTS,
    record(_, path) {
      asked.push(new TextDecoder().decode(frame.bytes.subarray(path.start, path.end)));
      return false;
    },
    unknownKind: () => asked.push("unknown"),
  });
  assertEquals(asked, [`${POST}/1`, "unknown"]);
  assertEquals(results.map(({ kind }) => kind), ["rejected"]);
});

/** Whether our operations are those of parseCommitUnauthenticated; how many were compared. */
async function compare(bytes: Uint8Array): Promise<number> {
  const frame = decodeFrame(bytes);
  if (frame.kind !== "commit" || frame.spans.blocks.start === frame.spans.blocks.end) return 0;
  const body = [...decodeAll(bytes)][1];
  const oracle = await parseCommitUnauthenticated(body as Parameters<typeof parseCommitUnauthenticated>[0]);
  const theirs = oracle.map((event) => ({
    action: event.event,
    uri: event.uri.toString(),
    rev: event.rev,
    seq: event.seq,
    ...(event.event === "delete" ? {} : { cid: event.cid.toString(), record: plain(event.record) }),
  }));
  const ours = decoded(frame, ALL).map((each) => {
    if (each.kind === "rejected") throw new Error(`${each.reason}: ${each.detail}`);
    const { kind, uri, rev, seq } = each.kind === "record" ? each.op : each;
    const written = each.kind === "record" ? { cid: each.op.cidText, record: plain(each.record) } : {};
    return { action: kind, uri, rev, seq, ...written };
  });
  assertEquals(ours, theirs);
  return ours.length;
}

Deno.test("readCommit() agrees with parseCommitUnauthenticated on every recorded commit", async () => {
  let records = 0;
  for (const file of RECORDED) for (const bytes of await recorded(file)) records += await compare(bytes);
  assert(records >= 60, `only ${records} records`);
});

Deno.test("readCommit() agrees with parseCommitUnauthenticated on every commit of the simulator", async () => {
  const world = await createWorld({
    seed: 3,
    accounts: 20,
    firstSeq: 31_500_000_000,
    startMs: 1_767_225_600_000,
    stepMs: 5,
    pastRecords: 300,
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
