import { assert, assertEquals } from "@std/assert";
import { tidTimeMs } from "../../src/atproto/tid.ts";
import { boundedTime, median, messageTime, StreamTime, trendEnd } from "../../src/upstream/stream_time.ts";
import { encodeMessage } from "../../src/simulator/frames.ts";
import { createRandom } from "../../src/simulator/random.ts";
import { tidOf } from "../../src/simulator/tid.ts";
import { commitFrame, frameOf } from "../support/messages.ts";

const NOW = Date.UTC(2026, 6, 1, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function tid(text: string): number {
  const bytes = new TextEncoder().encode(text);
  return tidTimeMs(bytes, { start: 0, end: bytes.length });
}

Deno.test("tidTimeMs() reads the time of a timestamp identifier, and of nothing else", () => {
  for (const timeMs of [0, 1, NOW, Date.UTC(2100, 0, 1)]) assertEquals(tid(tidOf(timeMs, 0)), timeMs);
  for (const text of ["", "3lzzz", "3lzzzzzzzzz2aa", "0lzzzzzzzzz2a", "3LZZZZZZZZZ2A"]) assertEquals(tid(text), NaN);
});

Deno.test("boundedTime() takes nothing from the future, and lets a plausible revision bound a time on both sides", () => {
  assertEquals(boundedTime(NOW + 365 * DAY, NaN, NOW), NOW);
  assertEquals(boundedTime(NOW - HOUR, NaN, NOW), NOW - HOUR);
  // Five minutes ahead, though nothing comes from the future, in a replay.
  assertEquals(boundedTime(NOW - HOUR + 5 * MINUTE, NOW - HOUR, NOW), NOW - HOUR + MINUTE);
  assertEquals(boundedTime(NOW - 40 * HOUR, NOW - 100, NOW), NOW - 100);
  // A revision from the future, or that is older than any relay keeps, tells nothing.
  for (const revisionMs of [NOW + 1, NOW - 9 * DAY]) assertEquals(boundedTime(NOW - 5, revisionMs, NOW), NOW - 5);
  assertEquals([boundedTime(NaN, NOW - 5, NOW), boundedTime(NaN, NOW + 5, NOW)], [NOW - 5, NaN]);
});

Deno.test("messageTime() bounds a commit by its revision, other messages by now alone, and knows a time without a zone", async () => {
  const rev = tidOf(NOW - 1000, 0);
  const commit = (time: string) => commitFrame([], { rev, time });
  assertEquals(messageTime(await commit("2027-01-01T00:00:00Z"), NOW), NOW);
  assertEquals(messageTime(await commit("1970-01-01T00:00:00Z"), NOW), NOW - 1000);
  assertEquals(messageTime(await commit("no time"), NOW), NOW - 1000);
  const sync = (time: string) => frameOf(encodeMessage("#sync", { seq: 1, did: "did:plc:x", rev, time }), "sync");
  assertEquals(messageTime(sync("2026-07-01T11:00:00.5215469"), NOW), NOW - HOUR + 521);
  assertEquals(messageTime(sync("2026-07-01T13:00:00+02:00"), NOW), NOW - HOUR);
  assertEquals(messageTime(sync("t5"), NOW), NaN);
});

Deno.test("median() is the lower one in the middle", () => {
  assertEquals([[3], [9, 1], [9, 1, 5], []].map((each) => median(Float64Array.from(each))), [3, 1, 5, NaN]);
});

Deno.test("trendEnd() is the last of values that go on evenly, whatever a quarter of them are", () => {
  const random = createRandom(5);
  for (const count of [5, 8, 17, 32, 33, 64, 128]) {
    for (let round = 0; round < 50; round++) {
      const slope = random.below(2000) - 1000;
      const values = Float64Array.from({ length: count }, (_, i) => NOW + i * slope);
      // The last one lies each time.
      const wrong = Array.from({ length: Math.floor(count / 4) }, (_, i) => i === 0 ? count - 1 : random.below(count));
      for (const i of wrong) values[i] = NOW + (random.below(2) === 0 ? -40 * HOUR : 365 * DAY);
      const off = trendEnd(values) - (NOW + (count - 1) * slope);
      assert(Math.abs(off) <= 1000, `${off} off with ${count} values`);
    }
  }
  assertEquals([trendEnd(Float64Array.of(1, 2, 9)), trendEnd(Float64Array.of())], [2, NaN]);
});

Deno.test("StreamTime.timeMs is that of the last message of a replay, which brings hours at once, and of what is live after it", () => {
  const time = new StreamTime(null);
  for (let i = 0; i < 100; i++) time.note(NOW - 24 * HOUR + i * 10 * MINUTE, NOW);
  assertEquals(time.timeMs, NOW - 24 * HOUR + 99 * 10 * MINUTE);
  for (let hour = 1; hour <= 5; hour++) time.note(NOW + hour * HOUR - 100, NOW + hour * HOUR);
  assertEquals(time.timeMs, NOW + 5 * HOUR - 100);
});

Deno.test("StreamTime.timeMs is what most of the last messages say, whatever single ones do", () => {
  const random = createRandom(1);
  const time = new StreamTime(null);
  assertEquals(time.timeMs, null);
  for (let i = 0; i < 1000; i++) {
    const nowMs = NOW + i * 10;
    // One in four is 40 hours back, one in ten is of right now though the stream is an hour behind.
    const ageMs = i % 4 === 0 ? 40 * HOUR : i % 10 === 1 ? 0 : HOUR + random.below(100);
    time.note(nowMs - ageMs, nowMs);
    if (i < 32) continue;
    const off = (time.timeMs ?? 0) - (nowMs - HOUR);
    assert(Math.abs(off) <= 1000, `${off} ms off after ${i + 1} messages`);
  }
  time.note(NaN, NOW + DAY);
  assert((time.timeMs ?? 0) < NOW);
});

Deno.test("StreamTime.timeMs is that of the last message where messages are hours apart", () => {
  const time = new StreamTime(null);
  for (let hour = 0; hour < 200; hour++) time.note(NOW + hour * HOUR - 100, NOW + hour * HOUR);
  assertEquals(time.timeMs, NOW + 199 * HOUR - 100);
});

Deno.test("StreamTime.connected() begins anew, and few messages do not put the place before the one before", () => {
  const time = new StreamTime(NOW - HOUR);
  assertEquals(time.timeMs, NOW - HOUR);
  for (let i = 0; i < 200; i++) time.note(NOW, NOW);
  time.connected();
  assertEquals(time.timeMs, NOW);
  time.note(NOW - 40 * HOUR, NOW + 1);
  assertEquals(time.timeMs, NOW);
  for (let i = 0; i < 4; i++) time.note(NOW - 40 * HOUR, NOW + 1);
  assertEquals(time.timeMs, NOW - 40 * HOUR);
});
