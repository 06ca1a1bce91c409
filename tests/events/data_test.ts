import { assertEquals } from "@std/assert";
import { cidForLex } from "@atproto/lex-cbor";
import { eventData } from "../../src/events/data.ts";
import { RECORD_TYPES } from "../../src/events/registry.ts";
import { BLOCK } from "../../src/events/types/block.ts";
import { FOLLOW } from "../../src/events/types/follow.ts";
import { LIKE } from "../../src/events/types/like.ts";
import { POST } from "../../src/events/types/post.ts";
import { PROFILE } from "../../src/events/types/profile.ts";
import { REPOST } from "../../src/events/types/repost.ts";
import type { RepoRecord } from "../../src/atproto/repo_op.ts";
import type { EventData, RecordDefinition } from "../../src/events/definition.ts";
import { encodeRecord } from "../../src/simulator/dag_cbor.ts";
import { blocksOf } from "../support/events.ts";
import * as b from "../fuzz/bytes.ts";

const cid = await cidForLex({});
const TIME = "2026-07-01T12:00:00Z";

/** The data of a record's event, as that of one operation whatever its type. */
function data<D extends RecordDefinition>(definition: D, record: RepoRecord): EventData<D> {
  return dataOf(definition, encodeRecord(record));
}

/** The same of a record's block. */
function dataOf<D extends RecordDefinition>(definition: D, block: Uint8Array): EventData<D> {
  const [op] = blocksOf(b.commitOf("app.bsky.feed.post", block));
  const decoded = op?.decode();
  if (op === undefined || decoded?.kind !== "record") throw new Error(`No record: ${block.toHex()}`);
  return eventData(definition, op, decoded.record, TIME, null);
}

Deno.test("eventData() has every field of the definition, in its order, of its type, whatever the record holds", () => {
  const strange = [null, 42, "text", [], [null], {}, { uri: 1, cid: [], $type: 5 }, true, 9007199254740993n];
  const names = ["text", "langs", "reply", "embed", "facets", "labels", "tags", "createdAt", "subject", "displayName"]
    .concat(["description", "avatar", "banner"]);
  for (const definition of RECORD_TYPES) {
    const { type, fields } = definition;
    for (const value of strange) {
      const made = data(definition, Object.fromEntries(names.map((name) => [name, value])));
      assertEquals(Object.keys(made), Object.keys(fields));
      for (const [name, spec] of Object.entries(fields)) {
        const found: unknown = Reflect.get(made, name);
        const kind = found === null ? "null" : Array.isArray(found) ? "string[]" : typeof found;
        const wanted = spec.type === "integer" ? "number" : spec.type;
        assertEquals(kind === "null" ? spec.nullable : kind === wanted, true, `${type}.${name} is ${kind}`);
      }
    }
  }
});

Deno.test("eventData() maps a post with all its parts", () => {
  const post = data(
    POST,
    {
      text: "hello",
      langs: ["en"],
      reply: { parent: { uri: "at://p", cid: "pc" }, root: { uri: "at://r", cid: "rc" } },
      embed: { $type: "app.bsky.embed.external", external: { uri: "https://e" } },
      facets: [{ index: { byteStart: 0 } }],
      labels: { values: [{ val: "nudity" }] },
      tags: ["t"],
      createdAt: "2026",
    },
  );
  const [op] = blocksOf(b.commitOf("app.bsky.feed.post", encodeRecord({})));
  if (op === undefined) throw new Error("No record");
  const { did, time, seq, uri } = op;
  assertEquals({ ...post, cid: "" }, {
    uri,
    cid: "",
    did,
    handle: null,
    text: "hello",
    langs: ["en"],
    reply_parent: "at://p",
    reply_parent_cid: "pc",
    reply_root: "at://r",
    reply_root_cid: "rc",
    embed_type: "app.bsky.embed.external",
    embed_uri: "https://e",
    facets: '[{"index":{"byteStart":0}}]',
    labels: '{"values":[{"val":"nudity"}]}',
    tags: ["t"],
    created_at: "2026",
    indexed_at: time,
    seq,
  });
});

Deno.test("eventData() finds what an embed points to", () => {
  const embeds: [unknown, string | null, string | null][] = [
    [{ $type: "app.bsky.embed.record", record: { uri: "at://q" } }, "app.bsky.embed.record", "at://q"],
    [
      { $type: "app.bsky.embed.recordWithMedia", record: { record: { uri: "at://m" } } },
      "app.bsky.embed.recordWithMedia",
      "at://m",
    ],
    [{ $type: "app.bsky.embed.images", images: [] }, "app.bsky.embed.images", null],
    [{ $type: "app.bsky.embed.gallery" }, "app.bsky.embed.gallery", null],
    [{ $type: "constructor", external: { uri: "x" } }, "constructor", null],
    [null, null, null],
    ["text", null, null],
  ];
  for (const [embed, type, uri] of embeds) {
    const post = data(POST, { embed });
    assertEquals([post.embed_type, post.embed_uri], [type, uri]);
  }
});

Deno.test("eventData() maps likes, reposts, follows, blocks and profiles", () => {
  const subject = { uri: "at://s", cid: "sc" };
  for (const type of [LIKE, REPOST] as const) {
    const like = data(type, { subject, createdAt: "c" });
    assertEquals([like.subject_uri, like.subject_cid, like.created_at], ["at://s", "sc", "c"]);
  }
  for (const type of [FOLLOW, BLOCK] as const) {
    const follow = data(type, { subject: "did:plc:b" });
    assertEquals([follow.subject, follow.subject_handle, follow.created_at], ["did:plc:b", null, ""]);
  }
  const profile = data(PROFILE, { displayName: "", description: "d", avatar: { cid: "a" } });
  assertEquals([profile.display_name, profile.description, profile.avatar, profile.banner], ["", "d", "a", null]);
});

Deno.test("eventData() writes parts as JSON from their bytes: every digit, keys in their order, of a name that stands twice the last", () => {
  const facet = b.map([
    ["10", b.head(0, 1)],
    ["9", Uint8Array.fromHex("1b0020000000000001")],
    ["link", b.link(b.cidOf(b.map([])))],
    ["bytes", b.byteString(new Uint8Array([1, 2, 3, 4]))],
    ["nan", Uint8Array.fromHex("f97e00")],
  ]);
  const bytes = b.map([["facets", b.array([])], ["labels", b.map([])], ["facets", b.array([facet])]]);
  const post = dataOf(POST, bytes);
  const facets = `[{"10":1,"9":9007199254740993,"link":{"$link":"${cid}"},"bytes":{"$bytes":"AQIDBA"},"nan":null}]`;
  assertEquals([post.facets, post.labels], [facets, "{}"]);
});

Deno.test("eventData() gives null for a part of the wrong type", () => {
  for (const value of ["[]", null, 5, {}, cid, new Uint8Array(1)]) {
    assertEquals((data(POST, { facets: value })).facets, null);
  }
  for (const value of ["{}", null, 5, [], cid, new Uint8Array(1)]) {
    assertEquals((data(POST, { labels: value })).labels, null);
  }
});
