import { assertEquals, assertInstanceOf } from "@std/assert";
import type { CommitFrame } from "../../src/atproto/frame.ts";
import { RecordWrite } from "../../src/atproto/repo_op.ts";
import { EventEncoder } from "../../src/events/encoder.ts";
import { COLLECTIONS, RECORD_TYPES } from "../../src/events/registry.ts";
import { rulesOf } from "../../src/filter/collections.ts";
import { Filter, UNFILTERED } from "../../src/filter/filter.ts";
import { EncodedWrite } from "../../src/plane/encoded_write.ts";
import { Plane } from "../../src/plane/plane.ts";
import { WrittenRecord } from "../../src/plane/written_batch.ts";
import { encoderOptions } from "../support/events.ts";
import { commitMessage, frameOf } from "../support/messages.ts";

const RECEIVED_MS = Date.UTC(2026, 6, 2);
const LIKE = "app.bsky.feed.like";
const USUAL = { subject: { uri: "at://x", cid: "y" }, createdAt: "z" };
const SELECTION = { collections: rulesOf(COLLECTIONS), ...UNFILTERED };

function createPlane(): Plane {
  return new Plane(new Filter(SELECTION), new EventEncoder(encoderOptions(RECORD_TYPES, "structured")).compiled);
}

function frameAt(plane: Plane, place: number): CommitFrame {
  const frame = plane.frame(place);
  if (frame.kind !== "commit") throw new Error(JSON.stringify(frame));
  return frame;
}

/** All that there is to know of a write, but its event. */
function factsOf(op: unknown): unknown {
  assertInstanceOf(op, RecordWrite);
  const { kind, collection, path, cid, block, did, rev, seq, time, rkey, uri, cidText } = op;
  return { kind, collection, path, cid, block, did, rev, seq, time, rkey, uri, cidText, decoded: op.decode() };
}

Deno.test("EncodedWrite is the write that the other way finds, and has its event", async () => {
  const bytes = await commitMessage([
    { path: `${LIKE}/a`, record: USUAL },
    { path: `${LIKE}/b`, record: { ...USUAL, createdAt: "y" }, action: "update" },
  ]);
  const plane = createPlane();
  // Not at the beginning of the memory.
  plane.begin([await commitMessage([{ path: "com.example.thing/a" }]), bytes]);
  const found = plane.read(frameAt(plane, 1), RECEIVED_MS) ?? [];
  const other = new Filter(SELECTION).read(frameOf(bytes, "commit"));
  assertEquals(found.map((op) => op instanceof EncodedWrite), [true, true]);
  assertEquals(found.map(factsOf), other.map(factsOf));
  const encoder = new EventEncoder(encoderOptions(RECORD_TYPES, "structured"));
  for (const [i, op] of found.entries()) {
    const expected = other[i];
    assertInstanceOf(op, EncodedWrite);
    assertInstanceOf(expected, RecordWrite);
    const record = op.toRecord();
    const generic = encoder.encodeGeneric(expected, RECEIVED_MS);
    assertInstanceOf(record, WrittenRecord);
    if ("kind" in generic) throw new Error(JSON.stringify(generic));
    assertEquals([record.value, record.key, record.uri, record.type, record.topic], [
      generic.value,
      generic.key,
      generic.uri,
      generic.type,
      generic.topic,
    ]);
    record.release();
  }
});

Deno.test("EncodedWrite keeps its event while later messages take the memory, once it has its record", async () => {
  const plane = createPlane();
  plane.begin([await commitMessage([{ path: `${LIKE}/a`, record: USUAL }])]);
  const [op] = plane.read(frameAt(plane, 0), RECEIVED_MS) ?? [];
  assertInstanceOf(op, EncodedWrite);
  const record = op.toRecord();
  const before = record.value.slice();
  for (let turn = 0; turn < 20; turn++) {
    const ops = Array.from({ length: 200 }, (_, i) => ({ path: `${LIKE}/b${turn}x${i}`, record: USUAL }));
    plane.begin([await commitMessage(ops)]);
    for (const each of plane.read(frameAt(plane, 0), RECEIVED_MS) ?? []) {
      assertInstanceOf(each, EncodedWrite);
      each.toRecord().release();
    }
  }
  assertEquals(record.value, before);
  assertEquals(op.uri, `at://${op.did}/${LIKE}/a`);
});
