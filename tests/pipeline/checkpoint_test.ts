import { assertEquals } from "@std/assert";
import type { Cursor } from "../../src/cursor/cursor.ts";
import { Budget } from "../../src/pipeline/budget.ts";
import { acknowledgedCheckpoint, transactionalCheckpoint } from "../../src/pipeline/checkpoint.ts";
import { RecentMessages } from "../../src/pipeline/recent.ts";
import { Watermark } from "../../src/pipeline/watermark.ts";
import { QUIET } from "../support/pipeline.ts";

const TIME = "2026-07-01T12:00:00.000Z";
const NOW = Date.UTC(2026, 6, 2);

function flushable(name: string, flushed: string[]) {
  return {
    flush: () => {
      flushed.push(name);
      return Promise.resolve();
    },
  };
}

/** A checkpoint of a stream whose frames a test opens, and what it saves. */
function checkpoint(open = acknowledgedCheckpoint, timeMs: number | null = null) {
  const watermark = new Watermark(() => {}, new Budget(1e9));
  const recent = new RecentMessages(["did:plc:a/1"]);
  const upstream = {
    url: "wss://a.example",
    host: "a.example",
    timeMs,
    usualStep: 7,
    async *[Symbol.asyncIterator]() {},
  };
  const saved: Cursor[] = [];
  const gate = { failing: false, wait: Promise.resolve() };
  const cursors = {
    load: () => Promise.resolve(null),
    save: async (cursor: Cursor) => {
      if (gate.failing) throw new Error("the disk is full");
      saved.push(cursor);
      await gate.wait;
    },
  };
  const flushed: string[] = [];
  const made = open(
    { stamp: { epoch: 3 }, now: () => NOW },
    { producer: flushable("producer", flushed), deadLetters: flushable("letters", flushed), cursors, observer: QUIET },
    { watermark, recent, upstream },
  );
  const openTicket = (seq: number, host = "a.example") => watermark.open(seq, host, 1, { timeMs: 0 });
  return { checkpoint: made, watermark, upstream, saved, gate, flushed, open: openTicket };
}

Deno.test("Checkpoint.save() saves the mark once, with what is known of it", async () => {
  const { checkpoint: place, watermark, saved, open } = checkpoint();
  assertEquals([await place.save(), saved], [null, []]);
  const [first, second] = [open(1), open(2)];
  watermark.note(Date.parse(TIME));
  second.done();
  await place.save();
  assertEquals(saved, []);
  first.done();
  await place.save();
  await place.save();
  const savedAt = new Date(NOW).toISOString();
  const recent = ["did:plc:a/1"];
  assertEquals(saved, [{ host: "a.example", seq: 2, time: TIME, savedAt, recent, usualStep: 7, epoch: 3 }]);
});

Deno.test("Checkpoint.save() saves the newest frame where saving is a transaction, and nothing while there may be a gap", async () => {
  const { checkpoint: place, saved, open } = checkpoint(transactionalCheckpoint);
  open(5);
  place.isHeld = true;
  assertEquals([await place.save(), saved], [null, []]);
  place.isHeld = false;
  await place.save();
  assertEquals(saved.map(({ seq }) => seq), [5]);
});

Deno.test("Checkpoint.save() names the time where the run began until the stream has one, and no other relay's step", async () => {
  const { checkpoint: place, saved, open } = checkpoint(acknowledgedCheckpoint, Date.parse(TIME));
  open(2, "b.example").done();
  await place.save();
  assertEquals(saved.map(({ time, usualStep }) => [time, usualStep]), [[TIME, undefined]]);
});

Deno.test("Checkpoint.save() answers with what went wrong, and saves the same later", async () => {
  const { checkpoint: place, saved, gate, open } = checkpoint();
  open(1).done();
  gate.failing = true;
  assertEquals((await place.save())?.message, "the disk is full");
  gate.failing = false;
  assertEquals([await place.save(), saved.length], [null, 1]);
});

Deno.test("Checkpoint.save() saves one at a time", async () => {
  const { checkpoint: place, saved, gate, open } = checkpoint();
  const { promise, resolve } = Promise.withResolvers<void>();
  gate.wait = promise;
  open(1).done();
  const first = place.save();
  await Promise.resolve();
  open(2).done();
  const second = place.save();
  assertEquals([place.isSaving, saved.length], [true, 1]);
  resolve();
  await Promise.all([first, second]);
  assertEquals([place.isSaving, saved.map(({ seq }) => seq)], [false, [1, 2]]);
});

Deno.test("Checkpoint.flush() flushes the producer and then dead letters, or commits", async () => {
  const acknowledged = checkpoint();
  await acknowledged.checkpoint.flush();
  assertEquals([acknowledged.flushed, acknowledged.saved], [["producer", "letters"], []]);
  const transactional = checkpoint(transactionalCheckpoint);
  transactional.open(5);
  await transactional.checkpoint.flush();
  assertEquals([transactional.flushed, transactional.saved.map(({ seq }) => seq)], [[], [5]]);
});

Deno.test("Checkpoint.saveLast() saves what is acknowledged, and begins no transaction", async () => {
  const acknowledged = checkpoint();
  acknowledged.open(5).done();
  await acknowledged.checkpoint.saveLast();
  const transactional = checkpoint(transactionalCheckpoint);
  transactional.open(5).done();
  await transactional.checkpoint.saveLast();
  assertEquals([acknowledged.saved.length, transactional.saved.length], [1, 0]);
});
