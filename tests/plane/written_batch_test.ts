import { assert, assertEquals } from "@std/assert";
import { decodeFrame } from "../../src/atproto/frame.ts";
import { EventEncoder } from "../../src/events/encoder.ts";
import { EventBuffers } from "../../src/events/event_buffer.ts";
import type { RecordLayout } from "../../src/events/record_layout.ts";
import { COLLECTIONS, RECORD_TYPES } from "../../src/events/registry.ts";
import { rulesOf } from "../../src/filter/collections.ts";
import { Filter, UNFILTERED } from "../../src/filter/filter.ts";
import { EventMaker } from "../../src/pipeline/event_maker.ts";
import { O_DID, O_HEADERS, O_KEY, O_SEQ, O_TIME_MS, O_VALUE, OP_ROW, OUT } from "../../src/plane/memory.ts";
import { WrittenBatch, WrittenRecord } from "../../src/plane/written_batch.ts";
import type { ProducerRecord } from "../../src/record/producer_record.ts";
import { encoderOptions, layoutOf, SOURCE } from "../support/events.ts";
import { commitMessage, type MadeOp } from "../support/messages.ts";

const LIKE = "app.bsky.feed.like";
const POST = "app.bsky.feed.post";
/** When messages are received: between the times of the second and the third. */
const RECEIVED_MS = Date.UTC(2026, 6, 2);
const SELECTION = { ...UNFILTERED, collections: rulesOf(COLLECTIONS) };

/** Commits of usual form with one event or two each; one is later than it was received, one before 1970. */
function messages(): Promise<Uint8Array[]> {
  const like: MadeOp = { path: `${LIKE}/a`, record: { subject: { uri: "at://x", cid: "y" }, createdAt: "z" } };
  const post: MadeOp = { path: `${POST}/b`, record: { text: 'é 🦋 "\n', createdAt: "z" }, action: "update" };
  return Promise.all([
    commitMessage([like, post], { seq: 1 }),
    commitMessage([post], { seq: 31_500_000_002, repo: "did:web:other.example", time: "2026-07-01T23:59:59.999Z" }),
    commitMessage([like], { seq: 3, time: "2026-07-02T00:00:00.001Z" }),
    commitMessage([post, like], { seq: 4, time: "1969-12-31T23:59:59Z" }),
  ]);
}

/** The records that the core wrote, each with the number of its message. */
function byCore(layout: RecordLayout, list: readonly Uint8Array[]): { seq: number; record: ProducerRecord }[] {
  const maker = new EventMaker(
    { selection: SELECTION, layout, wholeRecords: false, usualVerdict: null, handles: null },
    SOURCE,
  );
  maker.decoder.begin(list);
  return list.flatMap((_, place) => {
    const frame = maker.decoder.frame(place);
    if (frame.kind !== "commit") throw new Error(JSON.stringify(frame));
    const count = maker.events(frame, RECEIVED_MS);
    return Array.from({ length: count }, (_, i) => maker.recordAt(frame, i)).flatMap((record) =>
      record === null ? [] : [{ seq: frame.seq, record }]
    );
  });
}

/** The same by the generic path. */
function byOtherWay(layout: RecordLayout, list: readonly Uint8Array[]): ProducerRecord[] {
  const filter = new Filter(SELECTION);
  const encoder = new EventEncoder({ ...encoderOptions(RECORD_TYPES, layout.mode), layout });
  return list.flatMap((bytes) => {
    const frame = decodeFrame(bytes);
    return frame.kind !== "commit" ? [] : filter.read(frame).map((op) => {
      if (op.kind !== "create" && op.kind !== "update") throw new Error(JSON.stringify(op));
      const record = encoder.encodeGeneric(op, RECEIVED_MS);
      if ("kind" in record) throw new Error(JSON.stringify(record));
      return record;
    });
  });
}

function partsOf(record: ProducerRecord): unknown {
  const { topic, type, key, partitionKey, value, headers, timestampMs, uri, isTombstone, size } = record;
  const lengths = [
    record.keyEnd - record.keyStart,
    record.partitionKeyEnd - record.partitionKeyStart,
    record.valueEnd - record.valueStart,
    record.headersEnd - record.headersStart,
  ];
  return { topic, type, key, partitionKey, value, headers, timestampMs, uri, isTombstone, size, lengths };
}

for (const mode of ["structured", "binary"] as const) {
  for (const key of ["did", "uri"] as const) {
    for (const time of ["event", "send"] as const) {
      Deno.test(`WrittenRecord has what a record of the generic path has: ${mode}, key ${key}, time ${time}`, async () => {
        const layout = { ...layoutOf(mode, "t"), key, time };
        const list = await messages();
        const records = byCore(layout, list);
        const others = byOtherWay(layout, list);
        assertEquals(records.map(({ record }) => record instanceof WrittenRecord), new Array(6).fill(true));
        assertEquals(records.map(({ record }) => partsOf(record)), others.map(partsOf));
        assertEquals(records.map(({ record }) => record.seq), records.map(({ seq }) => seq));
        assertEquals(records.map(({ seq }) => seq), [1, 1, 31_500_000_002, 3, 4, 4]);
        const times = records.map(({ record }) => record.timestampMs);
        // The last three have no usable time of their own.
        const late = [RECEIVED_MS, RECEIVED_MS, RECEIVED_MS];
        const first = Date.UTC(2026, 6, 1, 12) + 123;
        const own = [first, first, RECEIVED_MS - 1, ...late];
        assertEquals(times, time === "event" ? own : new Array(6).fill(null));
      });
    }
  }
}

Deno.test("WrittenBatch gives the places of its rows in its buffer, wherever the events stand in that", () => {
  const buffers = new EventBuffers();
  const rows = new ArrayBuffer(2 * OP_ROW);
  const [words, floats] = [new Uint32Array(rows), new Float64Array(rows)];
  words[(OP_ROW + O_VALUE) >>> 2] = OUT + 10;
  words[(OP_ROW + O_VALUE + 4) >>> 2] = OUT + 30;
  floats[(OP_ROW + O_SEQ) >>> 3] = 31_500_000_002;
  floats[(OP_ROW + O_TIME_MS) >>> 3] = -5;
  const { compiled } = new EventEncoder(encoderOptions(RECORD_TYPES, "structured"));
  for (const at of [0, 1000]) {
    const batch = WrittenBatch.copied(compiled, rows, buffers.take(0), at, RECEIVED_MS);
    assertEquals([batch.placeAt(OP_ROW, O_VALUE), batch.placeAt(OP_ROW, O_VALUE + 4)], [at + 10, at + 30]);
    assertEquals([batch.seqAt(OP_ROW), batch.timeMsAt(OP_ROW)], [31_500_000_002, RECEIVED_MS]);
    assertEquals([batch.seqAt(0), batch.timeMsAt(0), batch.rowsAt], [0, 0, null]);
  }
});

Deno.test("WrittenRecord holds its buffer until it is released, and gives it back then", () => {
  const buffers = new EventBuffers();
  const buffer = buffers.take(0);
  const rows = new ArrayBuffer(2 * OP_ROW);
  const words = new Uint32Array(rows);
  const text = "at://did:a/x{}";
  new TextEncoder().encodeInto(text, buffer.bytes);
  for (const [field, place] of [[O_KEY, 0], [O_DID, 5], [O_DID + 4, 10], [O_HEADERS, 12], [O_VALUE, 12]] as const) {
    words[(OP_ROW + field) >>> 2] = OUT + place;
  }
  words[(OP_ROW + O_VALUE + 4) >>> 2] = OUT + text.length;
  const options = encoderOptions(RECORD_TYPES, "structured");
  const { compiled } = new EventEncoder({ ...options, layout: { ...options.layout, key: "uri" } });
  const envelope = compiled.of(LIKE)?.envelope;
  if (envelope === undefined) throw new Error("a type was expected");
  const batch = WrittenBatch.copied(compiled, rows, buffer, 0, RECEIVED_MS);
  const [first, second] = [new WrittenRecord(envelope, batch, OP_ROW), new WrittenRecord(envelope, batch, OP_ROW)];
  const read = (part: Uint8Array) => new TextDecoder().decode(part);
  assertEquals([read(first.key), read(first.partitionKey), read(first.value), first.headers], [
    "at://did:a/x",
    "did:a",
    "{}",
    null,
  ]);
  // Whoever wrote into it needs it no longer.
  buffer.release();
  first.release();
  assert(buffers.take(0) !== buffer);
  assert(second.bytes === buffer.bytes);
  second.release();
  assert(buffers.take(0) === buffer);
});
