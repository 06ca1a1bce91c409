import { assert, assertEquals } from "@std/assert";
import { cidForLex } from "@atproto/lex-cbor";
import type { RecordDelete, RepoOp } from "../../src/atproto/repo_op.ts";
import { rulesOf } from "../../src/filter/collections.ts";
import { Filter, UNFILTERED } from "../../src/filter/filter.ts";
import { restoreSubject, SubjectMemory, subjectTable } from "../../src/memory/subject_memory.ts";
import { commitMessage, frameOf } from "../support/messages.ts";
import { networkFrames } from "../support/network_events.ts";

const DID = "did:plc:z72i7hdynmk6r22z27h6tvur";
const CID = "bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";
const LIKE = "app.bsky.feed.like/3lzzzzzzzzz2a";
const filter = new Filter({ collections: rulesOf(["*"]), ...UNFILTERED, events: ["records", "deletes"] });

function like(rkey: string) {
  return { subject: { uri: `at://${DID}/app.bsky.feed.post/${rkey}`, cid: CID } };
}

/** A memory, and what its deletes find. */
class Remembered {
  readonly recalls: boolean[] = [];
  readonly memory: SubjectMemory;

  constructor(table = subjectTable(100, 1), log: ConstructorParameters<typeof SubjectMemory>[1] = null) {
    this.memory = new SubjectMemory(table, log, (isKnown) => void this.recalls.push(isKnown));
  }

  /** Takes one operation; gives the subject of a delete. */
  async take(action: string, path: string, record: unknown, fields: Record<string, unknown> = {}) {
    const ops = action === "delete" ? [{ action, path }] : [{ action, path, record }];
    const op = (await operations(ops, fields))[0];
    if (op === undefined) throw new TypeError("no operation");
    this.memory.follow(op, "h");
    return op.kind === "delete" ? op.subject : null;
  }
}

async function operations(
  ops: Parameters<typeof commitMessage>[0],
  fields: Record<string, unknown>,
): Promise<RepoOp[]> {
  const frame = frameOf(await commitMessage(ops, fields), "commit");
  return filter.read(frame).filter((each) => each.kind !== "rejected");
}

Deno.test("SubjectMemory gives a delete the subject that the record had, each time that it comes", async () => {
  const { memory, take, recalls } = bound(new Remembered());
  const records = {
    [LIKE]: like("a"),
    "app.bsky.feed.repost/3lzzzzzzzzz2a": like("b"),
    "app.bsky.graph.follow/3lzzzzzzzzz2a": { subject: DID },
    "app.bsky.graph.block/odd-key": { subject: DID },
  };
  for (const [path, record] of Object.entries(records)) await take("create", path, record);
  assertEquals(memory.size, 4);
  for (const [path, { subject }] of Object.entries(records)) {
    const expected = typeof subject === "string" ? { kind: "account", did: subject } : { kind: "record", ...subject };
    for (let i = 0; i < 2; i++) assertEquals(await take("delete", path, null), expected as never);
  }
  assertEquals(recalls, new Array(8).fill(true));
});

Deno.test("SubjectMemory gives no subject to deletes of other accounts, records and collections", async () => {
  const { take, recalls } = bound(new Remembered());
  await take("create", LIKE, like("a"));
  await take("create", "app.bsky.feed.post/3lzzzzzzzzz2a", like("a"));
  assertEquals(await take("delete", LIKE, null, { repo: "did:web:a" }), null);
  assertEquals(await take("delete", "app.bsky.feed.like/3lzzzzzzzzz2b", null), null);
  assertEquals(await take("delete", "app.bsky.feed.repost/3lzzzzzzzzz2a", null), null);
  assertEquals(await take("delete", "app.bsky.feed.post/3lzzzzzzzzz2a", null), null);
  assertEquals(recalls, [false, false, false]);
});

Deno.test("SubjectMemory gives the subject of the last version, and none where that did not fit", async () => {
  const { take } = bound(new Remembered());
  await take("create", LIKE, like("a"));
  await take("update", LIKE, like("b"));
  assertEquals(await take("delete", LIKE, null), { kind: "record", ...like("b").subject });
  await take("update", LIKE, { subject: "odd" });
  assertEquals(await take("delete", LIKE, null), null);
});

Deno.test("SubjectMemory gives none where the delete names another version as the one that is gone", async () => {
  const { memory, take } = bound(new Remembered());
  await take("create", LIKE, like("a"));
  for (const [record, isKnown] of [[like("a"), true], [like("b"), false]] as const) {
    const ops = [{ action: "delete", path: LIKE, cid: null, prev: await cidForLex(record) }];
    const [op] = await operations([], { ops });
    memory.follow(op as RecordDelete, "h");
    assertEquals((op as RecordDelete).subject !== null, isKnown);
  }
});

Deno.test("SubjectMemory remembers so many records, the last ones, and is restored from what it logged", async () => {
  const table = subjectTable(3, 1);
  const logged: Uint32Array[] = [];
  const add = (words: Uint32Array, at: number) => void logged.push(words.slice(at, at + table.entryWords));
  const { take } = bound(new Remembered(table, { reach: () => {}, add }));
  const path = (i: number) => `app.bsky.feed.like/3lzzzzzzzzz2${"abcde".charAt(i)}`;
  for (let i = 0; i < 5; i++) await take("create", path(i), like(`${i}`));
  await take("update", path(4), { subject: 5 });
  const restored = subjectTable(3, 9);
  for (const words of logged) restoreSubject(restored, words, 0);
  for (const each of [take, bound(new Remembered(restored)).take]) {
    const found = [];
    for (let i = 0; i < 5; i++) found.push(await each("delete", path(i), null));
    assertEquals(found.map((subject) => subject !== null), [false, false, true, true, false]);
  }
});

Deno.test("SubjectMemory knows every subject of a network's deletes of records that it saw, and no other", async () => {
  const run = new Remembered(subjectTable(100_000, 1));
  const truth = new Map<string, unknown>();
  let [known, unknown] = [0, 0];
  for (const { bytes, type } of await networkFrames(900)) {
    if (type !== "#commit") continue;
    for (const op of filter.read(frameOf(bytes, "commit"))) {
      if (op.kind === "rejected") continue;
      run.memory.follow(op, "h");
      if (!/^app\.bsky\.(?:feed\.(?:like|repost)|graph\.(?:follow|block))$/.test(op.collection)) continue;
      if (op.kind !== "delete") {
        const decoded = op.decode();
        if (decoded.kind === "record") truth.set(op.uri, decoded.record["subject"]);
        continue;
      }
      const subject = truth.get(op.uri);
      if (op.subject === null) unknown++;
      else {
        known++;
        assertEquals(
          op.subject.kind === "account" ? op.subject.did : { uri: op.subject.uri, cid: op.subject.cid },
          subject as never,
        );
      }
    }
  }
  assert(known > 10 && unknown > 10, `${known} known, ${unknown} not`);
});

function bound(run: Remembered) {
  return { memory: run.memory, recalls: run.recalls, take: run.take.bind(run) };
}
