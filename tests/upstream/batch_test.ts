import { assertEquals } from "@std/assert";
import { EachByItself } from "../../src/atproto/frame_decoder.ts";
import { MessageBatch } from "../../src/upstream/batch.ts";
import { Continuity } from "../../src/upstream/continuity.ts";
import type { StartAt } from "../../src/upstream/upstream.ts";
import { encodeErrorFrame, encodeMessage } from "../../src/simulator/frames.ts";
import { after } from "../support/reading.ts";
import { numbered } from "../support/relay.ts";

const NOW = Date.UTC(2026, 6, 2);

function placeAt(at: StartAt): Continuity {
  const place = new Continuity({ at, recent: [], usualStep: null, known: new Map() }, ["a.example"], 0);
  place.connecting();
  return place;
}

/** What a batch of messages brings, and what is observed meanwhile, in a few words. */
function read(place: Continuity, ...messages: Uint8Array[]) {
  const seen: string[] = [];
  const nothing = () => {};
  const batch = new MessageBatch(messages, place, new EachByItself(), {
    connecting: nothing,
    connected: nothing,
    disconnected: nothing,
    paused: nothing,
    resumed: nothing,
    repeated: ({ seq }) => void seen.push(`repeated ${seq}`),
    info: ({ name }) => void seen.push(`info ${name}`),
  }, NOW);
  for (const item of batch) seen.push("seq" in item ? `${item.kind} ${item.seq}` : item.kind);
  return { seen, hasNew: batch.hasNew, end: batch.end?.message ?? null };
}

Deno.test("MessageBatch gives new frames and what cannot be decoded, in their order, and observes the rest", () => {
  const place = placeAt({ kind: "live" });
  const invalid = encodeMessage("#commit", { seq: 9, repo: 7 });
  const garbage = new Uint8Array([255]);
  const info = encodeMessage("#info", { name: "Hello" });
  const { seen, hasNew, end } = read(
    place,
    garbage,
    numbered(7),
    info,
    garbage,
    numbered(7),
    invalid,
    invalid,
    numbered(10),
  );
  assertEquals(seen, [
    // No message before it has a number.
    "rejected null",
    "identity 7",
    "info Hello",
    "rejected 7",
    "repeated 7",
    "rejected 9",
    "repeated 9",
    "identity 10",
  ]);
  assertEquals([hasNew, end, place.last], [true, null, 10]);
  assertEquals(read(place, numbered(10)), { seen: ["repeated 10"], hasNew: false, end: null });
});

Deno.test("MessageBatch puts a gap before the frame or the invalid message after it", () => {
  const outdated = encodeMessage("#info", { name: "OutdatedCursor" });
  const invalid = encodeMessage("#commit", { seq: 5000, repo: 7 });
  const info = "info OutdatedCursor";
  assertEquals(read(placeAt(after(100)), outdated, numbered(5000)).seen, [info, "gap", "identity 5000"]);
  assertEquals(read(placeAt(after(100)), outdated, invalid).seen, [info, "gap", "rejected 5000"]);
});

Deno.test("MessageBatch releases what was held at its end, once it is known how the relay numbers", () => {
  const place = placeAt(after(1));
  const { seen } = read(place, ...Array.from({ length: 20 }, (_, i) => numbered(5 + 8 * i)));
  assertEquals([seen.length, seen[0], seen[1], seen.at(-1)], [22, "held", "identity 5", "released"]);
});

Deno.test("MessageBatch ends the connection at an error frame, and handles what came with it", () => {
  const error = encodeErrorFrame("ConsumerTooSlow", "you");
  assertEquals(read(placeAt({ kind: "live" }), numbered(1), error, numbered(2)), {
    seen: ["identity 1", "identity 2"],
    hasNew: true,
    end: "The server ended the stream: ConsumerTooSlow (you)",
  });
});

Deno.test("MessageBatch ends the connection where a relay skips sequence numbers, and handles nothing after them", () => {
  const place = placeAt(after(0));
  read(place, ...Array.from({ length: 1500 }, (_, i) => numbered(i + 1)));
  assertEquals(read(place, numbered(1501), numbered(1601), numbered(1602)), {
    seen: ["identity 1501"],
    hasNew: true,
    end: "The sequence numbers jump from 1501 to 1601; the messages between are requested again",
  });
  assertEquals(place.last, 1501);
});
