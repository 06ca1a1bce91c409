import { assertEquals } from "@std/assert";
import { eventData } from "../../src/events/data.ts";
import { RECORD_TYPES } from "../../src/events/registry.ts";
import { BLOCK } from "../../src/events/types/block.ts";
import { FOLLOW } from "../../src/events/types/follow.ts";
import { LIKE } from "../../src/events/types/like.ts";
import { POST } from "../../src/events/types/post.ts";
import { PROFILE } from "../../src/events/types/profile.ts";
import { REPOST } from "../../src/events/types/repost.ts";
import type { RecordOp } from "../../src/atproto/commit.ts";

function op(record: { readonly [field: string]: unknown }): RecordOp {
  return {
    kind: "record",
    action: "create",
    did: "did:plc:a",
    rev: "3l",
    seq: 5,
    time: "2026-01-01T00:00:00Z",
    collection: "c",
    rkey: "r",
    uri: "at://did:plc:a/c/r",
    cid: "bafy",
    record,
  };
}

Deno.test("eventData() has every field of the definition, in its order, of its type, whatever the record holds", () => {
  const strange = [null, 42, "text", [], [null], {}, { uri: 1, cid: [], $type: 5 }, true, 9007199254740993n];
  const names = ["text", "langs", "reply", "embed", "facets", "labels", "tags", "createdAt", "subject", "displayName"]
    .concat(["description", "avatar", "banner"]);
  for (const definition of RECORD_TYPES) {
    const { type, fields } = definition;
    for (const value of strange) {
      const data = eventData(definition, op(Object.fromEntries(names.map((name) => [name, value]))));
      assertEquals(Object.keys(data), Object.keys(fields));
      for (const [name, spec] of Object.entries(fields)) {
        const found: unknown = Reflect.get(data, name);
        const kind = found === null ? "null" : Array.isArray(found) ? "string[]" : typeof found;
        const wanted = spec.type === "integer" ? "number" : spec.type;
        assertEquals(kind === "null" ? spec.nullable : kind === wanted, true, `${type}.${name} is ${kind}`);
      }
    }
  }
});

Deno.test("eventData() maps a post with all its parts", () => {
  const post = eventData(
    POST,
    op({
      text: "hello",
      langs: ["en"],
      reply: { parent: { uri: "at://p", cid: "pc" }, root: { uri: "at://r", cid: "rc" } },
      embed: { $type: "app.bsky.embed.external", external: { uri: "https://e" } },
      facets: [{ index: { byteStart: 0 } }],
      labels: { values: [{ val: "nudity" }] },
      tags: ["t"],
      createdAt: "2026",
    }),
  );
  assertEquals(post, {
    uri: "at://did:plc:a/c/r",
    cid: "bafy",
    did: "did:plc:a",
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
    indexed_at: "2026-01-01T00:00:00Z",
    seq: 5,
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
    const post = eventData(POST, op({ embed }));
    assertEquals([post.embed_type, post.embed_uri], [type, uri]);
  }
});

Deno.test("eventData() maps likes, reposts, follows, blocks and profiles", () => {
  const subject = { uri: "at://s", cid: "sc" };
  for (const type of [LIKE, REPOST] as const) {
    const data = eventData(type, op({ subject, createdAt: "c" }));
    assertEquals([data.subject_uri, data.subject_cid, data.created_at], ["at://s", "sc", "c"]);
  }
  for (const type of [FOLLOW, BLOCK] as const) {
    const data = eventData(type, op({ subject: "did:plc:b" }));
    assertEquals([data.subject, data.subject_handle, data.created_at], ["did:plc:b", null, ""]);
  }
  const profile = eventData(PROFILE, op({ displayName: "", description: "d", avatar: { cid: "a" } }));
  assertEquals([profile.display_name, profile.description, profile.avatar, profile.banner], ["", "d", "a", null]);
});
