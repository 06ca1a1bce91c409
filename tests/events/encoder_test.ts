import { decodeHeaders } from "../../src/record/headers.ts";
import type { AboutAccount } from "../../src/events/account_event.ts";
import { assertEquals, assertThrows } from "@std/assert";
import { EventEncoder } from "../../src/events/encoder.ts";
import { encodeEvent } from "../../src/events/cloudevent.ts";
import { RECORD_TYPES } from "../../src/events/registry.ts";
import { POST } from "../../src/events/types/post.ts";
import { toEvent } from "../../src/events/envelope.ts";
import { RecordDelete, RecordWrite } from "../../src/atproto/repo_op.ts";
import { blockOf, encoderOptions, layoutOf, placeOf, SOURCE } from "../support/events.ts";
import { commitFrame } from "../support/messages.ts";

Deno.test("encodeEvent() gives the DID as key, the envelope as UTF-8 JSON, and URI and type for reports", async () => {
  const collection = "app.bsky.feed.post";
  const frame = await commitFrame([{ path: `${collection}/x`, record: { $type: collection, text: 'é 🦋 "\n' } }]);
  const op = blockOf(frame);
  const decoded = op.decode();
  if (decoded.kind !== "record") throw new Error("a record was expected");
  const event = toEvent(POST, op, decoded.record, "wss://h/p", "2026-01-01T00:00:00.000Z", null, null);
  const record = encodeEvent({ ...event }, placeOf(op.uri), layoutOf("structured"), 0);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  assertEquals(decoder.decode(record.key), frame.did);
  const value = decoder.decode(record.value);
  assertEquals(JSON.parse(value), JSON.parse(JSON.stringify(event)));
  assertEquals(value.includes("\n"), false);
  assertEquals(JSON.parse(value).data.text, 'é 🦋 "\n');
  assertEquals([record.uri, record.type], [`at://${frame.did}/${collection}/x`, "Bluesky.Feed.Post"]);
});

Deno.test("EventEncoder.encode() gives events of usual and of unusual records, the reason where there is none, and throws without a type", async () => {
  const encoder = new EventEncoder(encoderOptions(RECORD_TYPES.slice(0, 2), "structured", "wss://h/p"));
  const path = "app.bsky.feed.like/x";
  const encode = async (record: unknown, fields = {}) =>
    encoder.encode(blockOf(await commitFrame([{ path, record }], fields)), Date.UTC(2026, 0, 2));
  const usual = await encode({ subject: { uri: "at://a", cid: "b" }, createdAt: "c" });
  const unusual = await encode({ subject: 5, createdAt: "c" }, { time: "soon" });
  if ("kind" in usual || "kind" in unusual) {
    throw new Error("events were expected");
  }
  const event = JSON.parse(new TextDecoder().decode(unusual.value));
  assertEquals([event.time, event.data.subject_uri, event.data.indexed_at], ["2026-01-02T00:00:00.000Z", "", "soon"]);
  assertEquals(JSON.parse(new TextDecoder().decode(usual.value)).data.subject_uri, "at://a");
  assertEquals([usual.uri, usual.type], [unusual.uri, unusual.type]);
  const rejected = await encode([1]);
  assertEquals("kind" in rejected && rejected.reason, "record-not-object");
  const { kind, frame, path: place, cid, block } = blockOf(await commitFrame([{ path, record: {} }]));
  const other = new RecordWrite(kind, frame, "app.bsky.feed.threadgate", place, cid, block);
  assertThrows(() => encoder.encode(other, 0), TypeError, "the create of a record: app.bsky.feed.threadgate");
  const deleted = encoder.encode(new RecordDelete(frame, "app.bsky.feed.threadgate", place), 0);
  assertEquals("kind" in deleted || deleted.type, "Atproto.Record.Deleted");
});

Deno.test("EventEncoder.encode() keys by what the event is about where it is to, and partitions by the account in any case", async () => {
  const collection = "app.bsky.graph.follow";
  const frame = await commitFrame([{ path: `${collection}/x`, record: { subject: "did:web:b", createdAt: "c" } }]);
  const deleted = new RecordDelete(frame, collection, blockOf(frame).path);
  for (const mode of ["structured", "binary"] as const) {
    const layout = { ...layoutOf(mode), key: "uri" } as const;
    const encoder = new EventEncoder({ ...encoderOptions(RECORD_TYPES, mode), layout });
    for (const op of [blockOf(frame), deleted]) {
      const record = encoder.encode(op, 0);
      if ("kind" in record) throw new Error(record.detail);
      const texts = [record.key, record.partitionKey].map((bytes) => new TextDecoder().decode(bytes));
      assertEquals(texts, [`at://${frame.did}/${collection}/x`, frame.did]);
      assertEquals(record.uri, texts[0]);
    }
    const keyOf = (kind: "account" | "identity") => {
      const about = { ...ABOUT, kind } as unknown as AboutAccount;
      return new TextDecoder().decode(encoder.encodeAccount(about, 0).key);
    };
    // A compacted topic keeps the last of each kind.
    assertEquals([keyOf("account"), keyOf("identity")], ["at://did:web:a#account", "at://did:web:a#identity"]);
  }
});

const ABOUT = { did: "did:web:a", time: "2026-01-01T00:00:00Z", seq: 5, active: true, status: null, handle: null };

Deno.test("EventEncoder.encode() writes deletes without a value where they are to be tombstones, with all attributes", async () => {
  const collection = "app.bsky.graph.follow";
  const frame = await commitFrame([{ path: `${collection}/x` }], { time: "2026-01-01T00:00:00Z" });
  const deleted = new RecordDelete(frame, collection, blockOf(frame).path);
  for (const mode of ["structured", "binary"] as const) {
    const layout = { ...layoutOf(mode), key: "uri", tombstones: true } as const;
    const encoder = new EventEncoder({ ...encoderOptions(RECORD_TYPES, mode), layout });
    const record = encoder.encode(deleted, 0);
    if ("kind" in record) throw new Error(record.detail);
    assertEquals([record.isTombstone, record.value.length], [true, 0]);
    assertEquals(decodeHeaders(record.headers ?? new Uint8Array()), {
      ce_specversion: "1.0",
      ce_type: "Bluesky.Graph.Follow.Deleted",
      ce_source: SOURCE,
      ce_subject: frame.did,
      ce_id: `${frame.did}/${frame.rev}/${collection}/x`,
      ce_time: "2026-01-01T00:00:00Z",
      "content-type": "application/json",
      ce_action: "delete",
      ce_rev: frame.rev,
      ce_collection: collection,
    });
    const written = encoder.encode(blockOf(frame), 0);
    assertEquals("kind" in written || written.isTombstone, false);
  }
});

Deno.test("EventEncoder.encode() gives records the time of their event by either path, but none in the future", async () => {
  const path = "app.bsky.feed.like/x";
  const nowMs = Date.UTC(2026, 0, 2);
  const encoder = (time: "event" | "send") =>
    new EventEncoder({ ...encoderOptions(RECORD_TYPES, "structured"), layout: { ...layoutOf("structured"), time } });
  const timeOf = async (time: string, of: "event" | "send" = "event") => {
    const record = encoder(of).encode(blockOf(await commitFrame([{ path }], { time })), nowMs);
    if ("kind" in record) throw new Error(record.detail);
    return record.timestampMs;
  };
  assertEquals(await timeOf("2026-01-01T10:00:00.5219Z"), Date.UTC(2026, 0, 1, 10, 0, 0, 521));
  // The generic path takes those.
  assertEquals(await timeOf("2026-01-01T10:00:00.521+01:00"), Date.UTC(2026, 0, 1, 9, 0, 0, 521));
  for (const odd of ["2026-01-02T00:00:00.001Z", "1969-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "soon"]) {
    assertEquals(await timeOf(odd), nowMs, odd);
  }
  assertEquals(await timeOf("2026-01-01T10:00:00Z", "send"), null);
});
