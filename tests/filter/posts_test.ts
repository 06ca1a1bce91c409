import { assert, assertEquals } from "@std/assert";
import { RecordWrite } from "../../src/atproto/repo_op.ts";
import { parseLanguages } from "../../src/filter/languages.ts";
import { postFilter, type PostRules } from "../../src/filter/posts.ts";
import { blockOf, recordedEvents, simulatedEvents } from "../support/events.ts";
import { commitFrame } from "../support/messages.ts";

const POST = "app.bsky.feed.post";
const REPLY = { root: { uri: "at://did:plc:x/a.b.c/1" }, parent: { uri: "at://did:plc:x/a.b.c/1" } };

function drops(rules: Partial<PostRules>, op: RecordWrite) {
  const filter = postFilter({ langs: null, posts: "all", ...rules });
  if (filter === null) throw new Error("no filter");
  return filter.drops(op);
}

async function postOf(record: unknown, path = `${POST}/1`): Promise<RecordWrite> {
  return blockOf(await commitFrame([{ path, record }]));
}

async function kept(rules: Partial<PostRules>, records: readonly unknown[]): Promise<boolean[]> {
  return await Promise.all(records.map(async (record) => drops(rules, await postOf(record)) === null));
}

Deno.test("postFilter() is none where every post is wanted", () => {
  assertEquals(postFilter({ langs: null, posts: "all" }), null);
});

Deno.test("PostFilter.drops() keeps posts with one wanted language; what is no text in langs is no language", async () => {
  const records = [
    { langs: ["en"] },
    { langs: ["de", "pt-BR"] },
    { langs: ["ptx"] },
    { langs: [5, "pt"] },
    { langs: [5] },
    { langs: "pt" },
    { langs: [] },
    {},
  ];
  const [yes, no] = [true, false];
  assertEquals(await kept({ langs: ["pt"] }, records), [no, yes, no, yes, no, no, no, no]);
  assertEquals(await kept({ langs: ["pt", "und"] }, records), [no, yes, no, yes, yes, yes, yes, yes]);
  assertEquals(await kept({ langs: ["*"] }, records), [yes, yes, yes, yes, no, no, no, no]);
});

Deno.test("PostFilter.drops() takes a post for a reply if it names its parent", async () => {
  const records = [{ reply: REPLY }, {}, { reply: null }, { reply: { parent: { uri: 5 } } }, {
    reply: { parent: null },
  }];
  assertEquals(await kept({ posts: "replies" }, records), [true, false, false, false, false]);
  assertEquals(await kept({ posts: "root" }, records), [false, true, true, true, true]);
  assertEquals(drops({ posts: "root", langs: ["en"] }, await postOf({ reply: REPLY, langs: ["de"] })), "reply");
  assertEquals(drops({ posts: "replies", langs: ["en"] }, await postOf({ langs: ["de"], reply: REPLY })), "language");
});

Deno.test("PostFilter.drops() passes what is no post, and what the next stage reports as no record", async () => {
  assertEquals(drops({ langs: ["en"] }, await postOf({}, "app.bsky.feed.like/1")), null);
  assertEquals(drops({ langs: ["en"] }, await postOf(["langs"])), null);
  const { frame, path, cid, block } = await postOf({ langs: ["de"], text: "a text that is cut off" });
  const cut = new RecordWrite("create", frame, POST, path, cid, { start: block.start, end: block.end - 5 });
  assertEquals(drops({ langs: ["en"] }, cut), null);
});

Deno.test("PostFilter.drops() decides by what the events say", async () => {
  const parsed = parseLanguages("en,ja");
  assert(parsed.kind === "value");
  let [count, replies, spoken] = [0, 0, 0];
  for (const { event, op } of [...await recordedEvents(), ...await simulatedEvents(700)]) {
    const { langs, reply_parent } = event.data as {
      readonly langs?: readonly string[];
      readonly reply_parent?: unknown;
    };
    if (langs === undefined) {
      assertEquals([drops({ langs: ["en"] }, op), drops({ posts: "root" }, op)], [null, null]);
      continue;
    }
    const isSpoken = langs.some((tag) => /^(?:en|ja)(?:-|$)/i.test(tag));
    assertEquals(drops({ langs: parsed.value }, op), isSpoken ? null : "language", op.uri);
    assertEquals(drops({ posts: "root" }, op), reply_parent === null ? null : "reply", op.uri);
    assertEquals(drops({ posts: "replies" }, op), reply_parent === null ? "reply" : null, op.uri);
    count++;
    replies += Number(reply_parent !== null);
    spoken += Number(isSpoken);
  }
  assert(
    count > 50 && replies > 5 && replies < count && spoken > 5 && spoken < count,
    `${count} ${replies} ${spoken}`,
  );
});
