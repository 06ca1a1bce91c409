import { assertEquals, assertThrows } from "@std/assert";
import { EventEncoder } from "../../src/events/encoder.ts";
import { encodeEvent } from "../../src/events/cloudevent.ts";
import { RECORD_TYPES } from "../../src/events/registry.ts";
import { POST } from "../../src/events/types/post.ts";
import { toEvent } from "../../src/events/envelope.ts";
import { RecordDelete, RecordWrite } from "../../src/atproto/repo_op.ts";
import { blockOf, encoderOptions } from "../support/events.ts";
import { commitFrame } from "../support/messages.ts";

Deno.test("encodeEvent() gives the DID as key, the envelope as UTF-8 JSON, and URI and type for reports", async () => {
  const collection = "app.bsky.feed.post";
  const frame = await commitFrame([{ path: `${collection}/x`, record: { $type: collection, text: 'é 🦋 "\n' } }]);
  const op = blockOf(frame);
  const decoded = op.decode();
  if (decoded.kind !== "record") throw new Error("a record was expected");
  const event = toEvent(POST, op, decoded.record, "wss://h/p", "2026-01-01T00:00:00.000Z", null);
  const record = encodeEvent({ ...event }, op.uri, "structured", "");
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
