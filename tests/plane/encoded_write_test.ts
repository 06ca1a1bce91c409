import { assert, assertEquals } from "@std/assert";
import { RecordWrite } from "../../src/atproto/repo_op.ts";
import { EventMaker, type EventMakerOptions } from "../../src/pipeline/event_maker.ts";
import { EncodedWrite } from "../../src/plane/encoded_write.ts";
import type { ProducerRecord } from "../../src/record/producer_record.ts";
import * as b from "../fuzz/bytes.ts";
import { BINARY, commitOfRecords, LIKE, POST, record, TYPED } from "../support/core.ts";
import { SOURCE } from "../support/events.ts";

const utf8 = new TextDecoder();
const COMMIT_MS = Date.UTC(2026, 6, 1, 12, 0, 0, 123);
const MESSAGE = commitOfRecords([[POST, record({ text: b.text("first") })], [LIKE, record({ x: b.NULL })]]);

/** The operations of a message, all of them the core's. */
function writesOf(message: Uint8Array, options = TYPED, receivedMs = COMMIT_MS + 1): EncodedWrite[] {
  const maker = new EventMaker(options, SOURCE);
  maker.decoder.begin([message]);
  const frame = maker.decoder.frame(0);
  assert(frame.kind === "commit");
  const writes = maker.read(frame, receivedMs).filter((op) => op instanceof EncodedWrite);
  assertEquals(writes.length, maker.read(frame, receivedMs).length);
  return writes;
}

function eventOf(write: EncodedWrite | undefined): ProducerRecord {
  assert(write !== undefined);
  return write.toRecord();
}

Deno.test("EncodedWrite is a record that was written, with its own path, CID and block", () => {
  const [post, like] = writesOf(MESSAGE);
  assert(post instanceof RecordWrite && like instanceof RecordWrite);
  assertEquals([post.kind, post.collection, like.collection], ["create", POST, LIKE]);
  const decoded = post.decode();
  assert(decoded.kind === "record");
  assertEquals(decoded.record["text"], "first");
  const update = commitUpdate();
  assertEquals(writesOf(update)[0]?.kind, "update");
});

function commitUpdate(): Uint8Array {
  const block = record({ text: b.text("u") });
  const cid = b.cidOf(block);
  return b.commit([b.op("update", `${POST}/a`, cid)], b.car(cid, [b.section(cid, block)]));
}

Deno.test("toRecord() gives the event that was written, with key, topic and URI", () => {
  const [post, like] = writesOf(MESSAGE);
  const [first, second] = [eventOf(post), eventOf(like)];
  assertEquals([first.type, second.type], ["Bluesky.Feed.Post", "Bluesky.Feed.Like"]);
  assertEquals(JSON.parse(utf8.decode(first.value)).data.text, "first");
  assertEquals([utf8.decode(first.key), first.topic], ["did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", "t"]);
  assertEquals(first.uri, `at://did:plc:aaaaaaaaaaaaaaaaaaaaaaaa/${POST}/3l0`);
  const [binary] = writesOf(MESSAGE, BINARY);
  const keyed = eventOf(binary);
  assertEquals([utf8.decode(keyed.key), utf8.decode(keyed.partitionKey)], [
    keyed.uri,
    "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa",
  ]);
  assert(keyed.headers !== null);
});

Deno.test("toRecord() has the time of the event, or that of receipt where it is earlier or asked for", () => {
  const timeOf = (options: EventMakerOptions, receivedMs: number, message = MESSAGE) =>
    eventOf(writesOf(message, options, receivedMs)[0]).timestampMs;
  assertEquals(timeOf(TYPED, COMMIT_MS + 1000), COMMIT_MS);
  assertEquals(timeOf(TYPED, COMMIT_MS - 1000), COMMIT_MS - 1000);
  assertEquals(timeOf({ ...TYPED, layout: { ...TYPED.layout, time: "send" } }, COMMIT_MS + 1000), null);
  const early = commitOfRecords([[POST, b.map([])]], { time: b.text("1969-12-31T23:59:59Z") });
  assertEquals(timeOf(TYPED, COMMIT_MS, early), COMMIT_MS);
});
