import { assert, assertEquals } from "@std/assert";
import { decodeAll, encode } from "@atproto/lex-cbor";
import { readCarWithRoot } from "@atproto/repo";
import { Archive } from "../../src/atproto/archive.ts";
import { NOWHERE } from "../../src/atproto/bytes/span.ts";
import { readClaims } from "../../src/atproto/claims.ts";
import { MAX_OPS } from "../../src/atproto/commit.ts";
import { type Proof, prove } from "../../src/atproto/inversion.ts";
import { Account, makePast, type Write } from "../../src/simulator/account.ts";
import { encodeMessage, type Lex } from "../../src/simulator/frames.ts";
import { commitFrame } from "../../src/simulator/messages.ts";
import { createRandom } from "../../src/simulator/random.ts";
import { tidOf } from "../../src/simulator/tid.ts";
import { networkFrames } from "../support/network_events.ts";
import { assertInvertible } from "../support/simulated_commits.ts";

const NOW_MS = Date.UTC(2026, 0, 1);

type Body = { [field: string]: Lex };

async function proofOf(bytes: Uint8Array): Promise<Proof> {
  const claims = readClaims(bytes);
  if (claims === null) throw new Error("no claims");
  const [, body] = [...decodeAll(bytes)] as unknown as [unknown, { blocks: Uint8Array }];
  const { root, blocks } = await readCarWithRoot(body.blocks);
  const [{ data }] = [...decodeAll(blocks.get(root) ?? new Uint8Array())] as unknown as [
    { data: { bytes: Uint8Array } },
  ];
  return prove(claims, data.bytes, new Archive(bytes, claims.blocks));
}

function changed(bytes: Uint8Array, change: (body: Body, ops: Body[]) => void): Uint8Array {
  const [, body] = [...decodeAll(bytes)] as unknown as [unknown, Body];
  change(body, body["ops"] as Body[]);
  return encodeMessage("#commit", body);
}

let clock = 0;

async function commit(account: Account, writes: readonly Write[]): Promise<Uint8Array> {
  const timeMs = NOW_MS + ++clock * 1000;
  const made = await account.commit(writes, tidOf(timeMs, 1));
  const moment = { seq: clock, time: new Date(timeMs).toISOString(), rev: made.rev, count: clock, keyAt: () => "" };
  return commitFrame(account.did, made, moment).bytes;
}

const PAST = await makePast(300, NOW_MS, createRandom(1));
const newAccount = () => Account.create(1, createRandom(2), PAST);
const create = (path: string): Write => ({ action: "create", path, record: { path } });
const [FIRST = "", SECOND = ""] = PAST.paths;

Deno.test("prove() proves each commit of a simulated network that the reference library can take back", async () => {
  let [proved, operations] = [0, 0];
  for (const frame of await networkFrames(500)) {
    if (frame.type !== "#commit") continue;
    await assertInvertible(frame);
    assertEquals(await proofOf(frame.bytes), "proved");
    proved++;
    operations += frame.ops.length;
  }
  assert(proved > 250 && operations > proved, `${proved} ${operations}`);
});

Deno.test("prove() proves commits of many operations, of none, and of the first and the last record", async () => {
  const account = await newAccount();
  const many = Array.from({ length: 150 }, (_, n) => create(`app.bsky.graph.follow/k${n}`));
  assertEquals(await proofOf(await commit(account, many)), "proved");
  assertEquals(await proofOf(await commit(account, [])), "proved");
  const deletes = many.slice(0, 140).map(({ path }): Write => ({ action: "delete", path, record: null }));
  assertEquals(await proofOf(await commit(account, deletes)), "proved");
  const past = await makePast(0, NOW_MS, createRandom(1));
  const fresh = await Account.create(2, createRandom(3), past);
  assertEquals(await proofOf(await commit(fresh, [create("a.b.c/1")])), "proved");
  assertEquals(await proofOf(await commit(fresh, [{ action: "delete", path: "a.b.c/1", record: null }])), "proved");
});

Deno.test("prove() takes several operations on one record back in their order", async () => {
  const account = await newAccount();
  const made = await commit(account, [
    { action: "delete", path: FIRST, record: null },
    { action: "create", path: FIRST, record: { again: 1 } },
    { action: "update", path: FIRST, record: { again: 2 } },
  ]);
  // The simulator says of each what was before the commit.
  const bytes = changed(made, (_, [, create, update]) => {
    delete create?.["prev"];
    if (update !== undefined) update["prev"] = create?.["cid"] ?? null;
  });
  assertEquals(await proofOf(bytes), "proved");
  assertEquals(await proofOf(changed(bytes, (_, ops) => void ops.reverse())), "op-mismatch");
});

Deno.test("prove() says op-mismatch of an operation that the tree does not have", async () => {
  const account = await newAccount();
  const bytes = await commit(account, [create("a.b.c/1"), { action: "update", path: FIRST, record: { n: 1 } }]);
  assertEquals(await proofOf(bytes), "proved");
  const cases: Record<string, (body: Body, ops: Body[]) => void> = {
    "another record": (body, [op]) => op !== undefined && (op["cid"] = body["prevData"] ?? null),
    "a delete of what is there": (_, [op]) => op !== undefined && Object.assign(op, { action: "delete", cid: null }),
    "no record": (_, [op]) => op !== undefined && (op["cid"] = null),
    "no path": (_, [op]) => op !== undefined && delete op["path"],
    "a path that is not ASCII": (_, [op]) => op !== undefined && (op["path"] = "å/1"),
    "a path without end": (_, [op]) => op !== undefined && (op["path"] = "a".repeat(5000)),
    "no operations": (body) => delete body["ops"],
    "operations without end": (_, ops) => void ops.push(...Array(MAX_OPS).fill(ops[0])),
  };
  for (const [name, change] of Object.entries(cases)) {
    assertEquals(await proofOf(changed(bytes, (body, ops) => void change(body, ops))), "op-mismatch", name);
  }
});

Deno.test("prove() says prev-data-mismatch where the tree before is another one", async () => {
  const account = await newAccount();
  const bytes = await commit(account, [create("a.b.c/1"), { action: "update", path: FIRST, record: { n: 1 } }]);
  const cases: Record<string, (body: Body, ops: Body[]) => void> = {
    "left out": (_, ops) => void ops.pop(),
    "another record before": (body, ops) => ops[1] !== undefined && (ops[1]["prev"] = body["prevData"] ?? null),
    "a create that was an update": (_, ops) => ops[1] !== undefined && Object.assign(ops[1], { action: "create" }),
    "another tree": (body) => void (body["prevData"] = body["commit"] ?? null),
  };
  for (const [name, change] of Object.entries(cases)) {
    assertEquals(await proofOf(changed(bytes, (body, ops) => void change(body, ops))), "prev-data-mismatch", name);
  }
});

Deno.test("prove() says prev-data-missing where nothing says what was before, but not of what the tree denies", async () => {
  const account = await newAccount();
  const bytes = await commit(account, [create("a.b.c/1"), { action: "delete", path: SECOND, record: null }]);
  for (const value of [null, "text", 42]) {
    assertEquals(await proofOf(changed(bytes, (body) => void (body["prevData"] = value))), "prev-data-missing");
    assertEquals(await proofOf(changed(bytes, (_, ops) => ops[1] && (ops[1]["prev"] = value))), "prev-data-missing");
  }
  const denied = changed(bytes, (body, [op]) => {
    delete body["prevData"];
    if (op !== undefined) op["cid"] = body["commit"] ?? null;
  });
  assertEquals(await proofOf(denied), "op-mismatch");
});

Deno.test("prove() says nothing of an operation of another kind, and that a node is missing", async () => {
  const account = await newAccount();
  const bytes = await commit(account, [create("a.b.c/1")]);
  assertEquals(
    await proofOf(changed(bytes, (_, ops) => void ops.push({ action: "move", path: "a.b.c/2" }))),
    "op-unknown",
  );
  const claims = readClaims(bytes);
  if (claims === null) throw new Error("no claims");
  const root = encode({ e: [], l: null });
  assertEquals(
    prove(claims, Uint8Array.of(1, 0x71, 0x12, 0x20, ...root), new Archive(bytes, claims.blocks)),
    "tree-missing",
  );
  assertEquals(prove({ ...claims, prevData: NOWHERE }, root, new Archive(bytes, claims.blocks)), "prev-data-missing");
});
