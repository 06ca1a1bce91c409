import { assertEquals } from "@std/assert";
import { SequenceTracker } from "../../src/firehose/sequence.ts";

function kinds(tracker: SequenceTracker, seqs: readonly number[]): string[] {
  return seqs.map((seq) => tracker.observe(seq, seq * 7).kind);
}

Deno.test("SequenceTracker.observe() takes skipped numbers as they are", () => {
  assertEquals(kinds(new SequenceTracker(null), [10, 11, 15, 900]), ["next", "next", "next", "next"]);
});

Deno.test("SequenceTracker.observe() drops what was seen before, by number and time", () => {
  const tracker = new SequenceTracker(null);
  assertEquals(kinds(tracker, [10, 11, 12, 11, 12, 13]), ["next", "next", "next", "repeat", "repeat", "next"]);
  assertEquals(tracker.last, 13);
});

Deno.test("SequenceTracker.observe() drops the message at the cursor when a host sends it again", () => {
  assertEquals(kinds(new SequenceTracker(100), [100, 101]), ["repeat", "next"]);
});

Deno.test("SequenceTracker.observe() goes on in a new, lower space, and never drops it", () => {
  const tracker = new SequenceTracker(26_600_000_000);
  assertEquals(tracker.observe(1000, 5), { kind: "new-space", after: 26_600_000_000 });
  assertEquals(kinds(tracker, [1001, 1002]), ["next", "next"]);
});

Deno.test("SequenceTracker.observe() tells a new space from repeats though the numbers were seen before", () => {
  const tracker = new SequenceTracker(null);
  kinds(tracker, [1, 2, 3, 4]);
  assertEquals(tracker.observe(2, 99).kind, "new-space");
});

Deno.test("SequenceTracker.observe() reports a gap on resuming, not on a live start or within a connection", () => {
  const tracker = new SequenceTracker(1_000_000);
  assertEquals(tracker.observe(3_000_000, 5), { kind: "gap", after: 1_000_000, missing: 1_999_999 });
  assertEquals(tracker.observe(5_000_000, 5).kind, "next");
  tracker.connected();
  assertEquals(tracker.observe(5_000_500, 5).kind, "next");
  assertEquals(new SequenceTracker(0).observe(31_500_000_000, 5).kind, "next");
});
