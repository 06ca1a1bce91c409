import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { eventFieldsMarkdown, eventTypesMarkdown } from "../../scripts/docs.ts";
import { RecordWrite } from "../../src/atproto/repo_op.ts";
import { commandHelp } from "../../src/cli/help.ts";
import { STREAM } from "../../src/cli/stream.ts";
import { collectionsOption } from "../../src/filter/options.ts";
import { EVERY_OTHER, type RecordDefinition } from "../../src/events/definition.ts";
import { EventEncoder } from "../../src/events/encoder.ts";
import { CompiledTypes } from "../../src/events/compiled.ts";
import { FastEncoder } from "../../src/events/fast_path.ts";
import {
  arrayJson,
  blob,
  choice,
  CID,
  CREATED_AT,
  DID,
  HANDLE,
  INDEXED_AT,
  objectJson,
  optionalText,
  SEQ,
  text,
  texts,
  URI,
} from "../../src/events/fields.ts";
import { COLLECTIONS, DELETE_TYPES, EVENT_TYPES, RECORD_TYPES } from "../../src/events/registry.ts";
import { rulesOf } from "../../src/filter/collections.ts";
import { Filter, UNFILTERED } from "../../src/filter/filter.ts";
import { FORMS } from "../../src/schemas/forms.ts";
import { jsonSchema } from "../../src/schemas/json_schema.ts";
import type { Lex } from "../../src/simulator/frames.ts";
import { commitFrame } from "../support/messages.ts";
import { textOf } from "../support/records.ts";
import { createAjv } from "../support/schemas.ts";
import { encoderOptions } from "../support/events.ts";

/** What consumers rely on: the types and their collections. */
const PROMISED = [
  ["Bluesky.Feed.Post", "app.bsky.feed.post"],
  ["Bluesky.Feed.Like", "app.bsky.feed.like"],
  ["Bluesky.Feed.Repost", "app.bsky.feed.repost"],
  ["Bluesky.Graph.Follow", "app.bsky.graph.follow"],
  ["Bluesky.Graph.Block", "app.bsky.graph.block"],
  ["Bluesky.Actor.Profile", "app.bsky.actor.profile"],
  ["Atproto.Record", EVERY_OTHER],
  ["Bluesky.Feed.Post.Deleted", "app.bsky.feed.post"],
  ["Bluesky.Feed.Like.Deleted", "app.bsky.feed.like"],
  ["Bluesky.Feed.Repost.Deleted", "app.bsky.feed.repost"],
  ["Bluesky.Graph.Follow.Deleted", "app.bsky.graph.follow"],
  ["Bluesky.Graph.Block.Deleted", "app.bsky.graph.block"],
  ["Bluesky.Actor.Profile.Deleted", "app.bsky.actor.profile"],
  ["Atproto.Record.Deleted", EVERY_OTHER],
  ["Atproto.Identity", null],
  ["Atproto.Account", null],
  ["Atproto.Sync", null],
  ["Bluesky.Stream.Gap", null],
  ["Bluesky.Stream.RepoGap", null],
  ["Bluesky.Stream.DeadLetter", null],
];

Deno.test("EVENT_TYPES has the promised types, of each collection one for writes and one for deletes", () => {
  assertEquals(EVENT_TYPES.map(({ type, collection }) => [type, collection]), PROMISED);
  for (const types of [RECORD_TYPES, DELETE_TYPES]) {
    assertEquals([...COLLECTIONS, EVERY_OTHER], types.map(({ collection }) => collection));
  }
  assertEquals(new Set(COLLECTIONS).size, COLLECTIONS.length);
});

Deno.test("EVENT_TYPES names each record by its uri, and else an event by its first field", () => {
  for (const { type, collection, key, fields } of EVENT_TYPES) {
    const names = Object.keys(fields);
    if (collection !== null) assertEquals(key, "uri", type);
    if (collection === null) assertEquals(names[0], key, type);
  }
});

Deno.test("RECORD_TYPES ends each event with created_at, indexed_at and seq, and names the account in each", () => {
  for (const { type, fields } of RECORD_TYPES) {
    const names = Object.keys(fields);
    assertEquals(names.slice(-3), ["created_at", "indexed_at", "seq"], type);
    for (const name of ["did", "handle"]) assertEquals(names.includes(name), true, `${type}: ${name}`);
  }
});

Deno.test("EVENT_TYPES describes each type by a sentence and each field by a phrase, in names of one form", () => {
  let count = 0;
  for (const { doc, fields } of EVENT_TYPES) {
    assertMatch(doc, /^[A-Z].*\.$/);
    for (const [name, spec] of Object.entries(fields)) {
      assertMatch(name, /^[a-z]+(?:_[a-z]+)*$/);
      assertMatch(spec.doc, /[^.]$/);
      count++;
    }
  }
  assertEquals(count > 50, true, `${count}`);
});

/** A type that there is not, with every form, in one object as in one file of types/. */
const LIST: RecordDefinition = {
  type: "Bluesky.Graph.List",
  kind: "records",
  collection: "app.bsky.graph.list",
  key: "uri",
  doc: "An account made a list.",
  fields: {
    list_name: text("name", "its name"),
    uri: URI,
    cid: CID,
    did: DID,
    list_owner: HANDLE,
    purpose: optionalText("purpose", "what it is for"),
    members: texts("members", "who is in it"),
    avatar: blob("avatar", "CID of its image"),
    description_facets: arrayJson("descriptionFacets", "facets as JSON"),
    labels: objectJson("labels", "labels as JSON"),
    first: choice("more.$type", { "x.a": "more.a.uri", "x.b": "purpose" }, "what more means"),
    created_at: CREATED_AT,
    indexed_at: INDEXED_AT,
    seq: SEQ,
  },
};
const TYPES = [...EVENT_TYPES, LIST];

Deno.test("a seventh type in one object is what both paths write, and its schema takes", async () => {
  const usual: Lex = {
    name: 'a "name"',
    purpose: "app.bsky.graph.defs#curatelist",
    members: ["did:plc:b", "did:plc:c"],
    avatar: { cid: "bafy" },
    descriptionFacets: [{ index: { byteStart: 0 } }],
    labels: { values: [] },
    more: { $type: "x.b", a: { uri: "at://a" } },
    createdAt: "2026",
    other: { deep: [1] },
  };
  const records: { record: Lex; isFast: boolean; first: string | null }[] = [
    { record: usual, isFast: true, first: "app.bsky.graph.defs#curatelist" },
    { record: { ...usual, more: { $type: "x.a", a: { uri: "at://a" } } }, isFast: true, first: "at://a" },
    { record: { ...usual, more: { $type: "x.c" } }, isFast: true, first: null },
    { record: {}, isFast: true, first: null },
    { record: { ...usual, members: "did:plc:b" }, isFast: false, first: "app.bsky.graph.defs#curatelist" },
    { record: { ...usual, more: 5 }, isFast: false, first: null },
  ];
  const types = [...RECORD_TYPES, LIST];
  const reader = new Filter({ collections: rulesOf([LIST.collection]), ...UNFILTERED });
  const takes = createAjv().compile(jsonSchema([LIST]));
  for (const mode of ["structured", "binary"] as const) {
    const fast = new FastEncoder(new CompiledTypes(encoderOptions(types, mode, "wss://h/p")));
    const encoder = new EventEncoder(encoderOptions(types, mode, "wss://h/p"));
    for (const { record, isFast, first } of records) {
      const frame = await commitFrame([{ path: `${LIST.collection}/1`, record }]);
      const [op] = reader.read(frame);
      if (!(op instanceof RecordWrite)) throw new Error(JSON.stringify(op));
      const generic = encoder.encodeGeneric(op, 0);
      if ("kind" in generic) throw new Error(generic.detail);
      const short = fast.encode(op, 0);
      assertEquals(short !== null, isFast, JSON.stringify(record));
      if (short !== null) assertEquals([textOf(short.value), short.headers], [textOf(generic.value), generic.headers]);
      const parsed = JSON.parse(textOf(generic.value));
      const data = mode === "binary" ? parsed : parsed.data;
      assertEquals(Object.keys(data), Object.keys(LIST.fields));
      assertEquals([data.first, data.list_owner], [first, null]);
      if (mode === "structured") assert(takes(parsed), JSON.stringify(takes.errors));
    }
  }
});

Deno.test("a seventh type in one object is in the documents, every form of the schemas, and --help", () => {
  assertStringIncludes(eventTypesMarkdown(TYPES), `| \`${LIST.type}\` | \`${LIST.collection}\` | ${LIST.doc} |`);
  const fields = eventFieldsMarkdown(TYPES);
  assertStringIncludes(fields, `### ${LIST.type}\n`);
  for (const [form, { print }] of Object.entries(FORMS)) {
    for (const name of Object.keys(LIST.fields)) assertStringIncludes(print(TYPES), name, form);
    assert(print(TYPES).length > print(EVENT_TYPES).length + 300, form);
  }
  for (const name of Object.keys(LIST.fields)) assertStringIncludes(fields, `| \`${name}\` |`);
  const types = [...RECORD_TYPES, LIST];
  const help = commandHelp({ ...STREAM, options: { collections: collectionsOption(types) } }, 200);
  assertStringIncludes(help.replace(/\s+/g, " "), LIST.collection);
  assertEquals(collectionsOption(types).empty, [...COLLECTIONS, LIST.collection].join());
});
