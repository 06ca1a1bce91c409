import { assert, assertEquals } from "@std/assert";
import { Numbering } from "../../src/upstream/numbering.ts";
import { SequenceTracker, type SequenceVerdict, UNKNOWN_MESSAGE } from "../../src/upstream/sequence.ts";
import { createRandom } from "../../src/simulator/random.ts";

function kinds(tracker: SequenceTracker, seqs: readonly number[]): string[] {
  return seqs.map((seq) => tracker.observe(seq, seq * 7).kind);
}

/** A tracker that has read so many messages, at these steps in turn, and is at a reconnection. */
function reconnected(messages: number, steps: readonly number[]): { tracker: SequenceTracker; last: number } {
  const tracker = new SequenceTracker(null);
  let last = 1_000_000;
  for (let i = 0; i < messages; i++) tracker.observe(last += steps[i % steps.length] ?? 1, i);
  tracker.connected();
  return { tracker, last };
}

Deno.test("SequenceTracker.observe() takes skipped numbers as they are", () => {
  assertEquals(kinds(new SequenceTracker(null), [10, 11, 15, 900]), ["next", "next", "next", "next"]);
});

Deno.test("SequenceTracker.observe() drops what was seen before, by number and fingerprint", () => {
  const tracker = new SequenceTracker(null);
  assertEquals(kinds(tracker, [10, 11, 12, 11, 12, 13]), ["next", "next", "next", "repeat", "repeat", "next"]);
  assertEquals(tracker.last, 13);
});

Deno.test("SequenceTracker.observe() drops the message at the cursor when a host sends it again", () => {
  assertEquals(kinds(new SequenceTracker(100), [100, 101]), ["repeat", "next"]);
});

Deno.test("SequenceTracker.observe() drops what the process before handled, at and below the cursor, and nothing else there", () => {
  const handled = new Set([96, 97, 98, 99, 100].map((seq) => seq * 7));
  const tracker = new SequenceTracker(100, new Numbering(1), handled);
  assertEquals(kinds(tracker, [96, 97, 98, 99, 100, 101]), [...Array(5).fill("repeat"), "next"]);
  const other = new SequenceTracker(100, new Numbering(1), handled);
  assertEquals(kinds(other, [97, 95]), ["repeat", "new-space"]);
  assertEquals(new SequenceTracker(100, new Numbering(1), handled).observe(100, 5).kind, "new-space");
  assertEquals(new SequenceTracker(100, new Numbering(1), handled).observe(100, UNKNOWN_MESSAGE).kind, "repeat");
});

Deno.test("SequenceTracker.observe() continues in a new, lower space, and never drops it", () => {
  const tracker = new SequenceTracker(26_600_000_000);
  assertEquals(tracker.observe(1000, 5), { kind: "new-space", after: 26_600_000_000 });
  assertEquals(kinds(tracker, [1001, 1002]), ["next", "next"]);
});

Deno.test("SequenceTracker.observe() distinguishes a new space from repeats though the numbers were seen before", () => {
  const tracker = new SequenceTracker(null);
  kinds(tracker, [1, 2, 3, 4]);
  assertEquals(tracker.observe(2, 99).kind, "new-space");
});

Deno.test("SequenceTracker.observe() reports a gap on resuming, not on a live start or within a connection", () => {
  const tracker = new SequenceTracker(1_000_000);
  assertEquals(tracker.observe(3_000_000, 5), { kind: "gap", after: 1_000_000, missing: 1_999_999 });
  assertEquals(tracker.observe(5_000_000, 5).kind, "next");
  tracker.connected();
  assertEquals(tracker.observe(5_000_500, 5), { kind: "undecided", after: 5_000_000, missing: 499 });
  assertEquals(new SequenceTracker(0).observe(31_500_000_000, 5).kind, "next");
});

Deno.test("SequenceTracker.observe() reports one missing number at a reconnection on a relay without holes", () => {
  const { tracker, last } = reconnected(50, [1]);
  assertEquals(tracker.observe(last + 2, 99), { kind: "gap", after: last, missing: 1 });
  const next = reconnected(50, [1]);
  assertEquals(next.tracker.observe(next.last + 1, 99).kind, "next");
  const repeating = reconnected(50, [1]);
  assertEquals(repeating.tracker.observe(repeating.last, 49).kind, "repeat");
  assertEquals(repeating.tracker.observe(repeating.last + 2, 99).kind, "gap");
  // Of what an earlier run has learned, the first message of a start is judged.
  assertEquals(new SequenceTracker(7, new Numbering(1)).observe(9, 5), { kind: "gap", after: 7, missing: 1 });
  assertEquals(new SequenceTracker(7, new Numbering(3)).observe(9, 5).kind, "next");
});

Deno.test("SequenceTracker.observe() takes a jump at a reconnection that is as large as a relay's own holes for one of those", () => {
  const { tracker, last } = reconnected(200, [1, 1, 5, 1, 300]);
  assertEquals(tracker.observe(last + 310, 99).kind, "next");
  tracker.connected();
  assertEquals(tracker.observe(last + 310 + 800, 99), { kind: "gap", after: last + 310, missing: 799 });
});

Deno.test("SequenceTracker.observe() takes the server's word that the cursor is outdated, whatever holes the relay has", () => {
  const { tracker, last } = reconnected(100, [1, 300]);
  tracker.outdated();
  assertEquals(tracker.observe(last + 5, 99), { kind: "gap", after: last, missing: 4 });
  tracker.connected();
  tracker.outdated();
  assertEquals(tracker.observe(last + 6, 99).kind, "next");
});

Deno.test("SequenceTracker.observe() begins a new space after a cursor that is in the future, whatever the number", () => {
  for (const seq of [3, 900]) {
    const tracker = new SequenceTracker(500);
    tracker.future();
    assert(tracker.isFuture);
    tracker.connected();
    assertEquals(tracker.observe(seq, 5), { kind: "new-space", after: 500 });
    assertEquals([tracker.isFuture, tracker.last], [false, seq]);
  }
});

Deno.test("SequenceTracker.observe() asks again for what a dense relay skips within a connection, and judges that by what comes", () => {
  const skip = () => {
    const parts = reconnected(2000, [1]);
    parts.tracker.observe(parts.last + 1, 1);
    const verdict = parts.tracker.observe(parts.last + 10, 2);
    assertEquals(verdict, { kind: "skipped", after: parts.last + 1, missing: 8 });
    assertEquals(parts.tracker.last, parts.last + 1);
    parts.tracker.connected();
    return parts;
  };
  const brought = skip();
  assertEquals(kinds(brought.tracker, [brought.last + 2, brought.last + 3]), ["next", "next"]);
  const lost = skip();
  assertEquals(lost.tracker.observe(lost.last + 12, 3).kind, "gap");
  // The same jump again is a hole of the relay's own.
  const own = skip();
  assertEquals(own.tracker.observe(own.last + 10, 2).kind, "next");
});

/** The messages of a relay: its numbers go on by one, and with a probability by up to `most` more. */
function numbers(count: number, holes: number, most: number, random: ReturnType<typeof createRandom>): number[] {
  let seq = 31_500_000_000;
  return Array.from({ length: count }, () => seq += random.next() < holes ? 2 + random.below(most) : 1);
}

Deno.test("SequenceTracker.observe() loses no message silently and reports few gaps that are none, on dense and sparse relays", () => {
  for (const holes of [0, 0.01, 0.2, 0.7]) {
    for (const most of [1, 10, 200]) {
      const random = createRandom(Math.round(holes * 1000) + most);
      const seqs = numbers(60_000, holes, most, random);
      const tracker = new SequenceTracker(null);
      let [reconnections, falsely, breaks, found, asked] = [0, 0, 0, 0, 0];
      const largest = holes === 0 ? 1 : most + 1;
      for (let i = 0; i < seqs.length; i++) {
        const before: number | null = tracker.last;
        const isReconnection = i > 500 && random.next() < 0.05;
        // A break on every fourth: as many messages are missing as no hole explains.
        const isBreak = isReconnection && reconnections % 4 === 3;
        if (isReconnection) {
          reconnections++;
          tracker.connected();
        }
        if (isBreak) { while (i < seqs.length - 1 && (seqs[i] ?? 0) - (before ?? 0) <= 32 * largest) i++; }
        if (isBreak && (seqs[i] ?? 0) - (before ?? 0) <= 32 * largest) break;
        let verdict: SequenceVerdict = tracker.observe(seqs[i] ?? 0, i + 1);
        if (verdict.kind === "skipped") {
          asked++;
          tracker.connected();
          verdict = tracker.observe(seqs[i] ?? 0, i + 1);
        }
        if (isBreak) {
          breaks++;
          if (verdict.kind === "gap") found++;
        } else if (verdict.kind !== "next") falsely++;
      }
      const where = `holes ${holes}, most ${most}: ${falsely} of ${reconnections}, ${found} of ${breaks}`;
      assert(breaks >= 5, where);
      assertEquals(found, breaks, where);
      assert(falsely <= reconnections * 0.01, where);
      assert(asked <= 3, `${asked} times asked again`);
    }
  }
});
