import { assert, assertEquals } from "@std/assert";
import { EventMaker } from "../../src/pipeline/event_maker.ts";
import { freeSlots, slotFor } from "../../src/plane/event_slots.ts";
import { bytes as memory, EVENT_SLOTS, EVENTS, SLOT_BYTES } from "../../src/plane/memory.ts";
import { WrittenRecord } from "../../src/plane/written_batch.ts";
import type { ProducerRecord } from "../../src/record/producer_record.ts";
import * as b from "../fuzz/bytes.ts";
import { commitOfRecords, POST, record, TYPED } from "../support/core.ts";
import { SOURCE } from "../support/events.ts";

const RECEIVED_MS = Date.UTC(2026, 6, 1);

/** The event of a post with a text of so many letters. */
function eventOf(maker: EventMaker, text: string): WrittenRecord {
  maker.decoder.begin([commitOfRecords([[POST, record({ text: b.text(text) })]])]);
  const frame = maker.decoder.frame(0);
  assert(frame.kind === "commit");
  assertEquals(maker.events(frame, RECEIVED_MS), 1);
  const event = maker.recordAt(frame, 0);
  assert(event instanceof WrittenRecord);
  return event;
}

function textIn(event: ProducerRecord): string {
  return JSON.parse(new TextDecoder().decode(event.value)).data.text;
}

Deno.test("slotFor() gives a slot with room, another where there is none, and nothing that a slot cannot hold", () => {
  const slot = slotFor(1000);
  const start = slot?.placeFor(1000) ?? null;
  assert(slot !== null && start !== null && start >= EVENTS && start % 8 === 0);
  slot.writtenTo(start + 1);
  assertEquals(slot.placeFor(0), start + 8);
  assertEquals([slotFor(SLOT_BYTES + 1), slot.placeFor(SLOT_BYTES)], [null, null]);
  slot.hold();
  assert(slotFor(SLOT_BYTES) !== slot);
  slot.release();
});

Deno.test("EventSlot is free again when the last that holds it has released it, and not before", () => {
  // All of a slot is taken, so that nobody writes into it any more once another is asked for.
  const whole = slotFor(SLOT_BYTES);
  assert(whole !== null);
  whole.writtenTo((whole.placeFor(0) ?? 0) + SLOT_BYTES);
  whole.hold();
  whole.hold();
  const next = slotFor(8);
  assert(next !== whole);
  const free = freeSlots();
  whole.release();
  assertEquals(freeSlots(), free);
  whole.release();
  assertEquals(freeSlots(), free + 1);
  next?.writtenTo((next.placeFor(0) ?? 0) + SLOT_BYTES);
  next?.hold();
  // What was used last comes first, from its beginning.
  assert(slotFor(SLOT_BYTES) === whole);
  next?.release();
});

Deno.test("events that wait keep their bytes, in slots and, when all of those are held, in buffers of their own", () => {
  const maker = new EventMaker(TYPED, SOURCE);
  const free = freeSlots();
  const textOf = (i: number) => `${i} ${"x".repeat(10_000)}`;
  const events: WrittenRecord[] = [];
  for (let i = 0; i < 50 * EVENT_SLOTS; i++) events.push(eventOf(maker, textOf(i)));
  const inCore = events.filter(({ row }) => row !== null);
  assertEquals(freeSlots(), 0);
  assert(inCore.length > EVENT_SLOTS && inCore.length < events.length, `${inCore.length} of ${events.length}`);
  assert(events.every((event) => (event.bytes === memory) === (event.row !== null)));
  events.forEach((event, i) => assertEquals(textIn(event), textOf(i)));
  for (const event of events) event.release();
  assert(freeSlots() >= free - 1, `${freeSlots()} of ${free} are free`);
  const after = eventOf(maker, "after");
  assertEquals([after.row !== null, textIn(after)], [true, "after"]);
  after.release();
});
