import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Frame } from "../../src/atproto/frame.ts";
import type { Rejected } from "../../src/atproto/rejected.ts";
import { EventMaker } from "../../src/pipeline/event_maker.ts";
import { EncodedWrite } from "../../src/plane/encoded_write.ts";
import { INPUT_BYTES, OUT_BYTES } from "../../src/plane/memory.ts";
import * as b from "../fuzz/bytes.ts";
import { BINARY, commitOfRecords, LIKE, POST, record, TYPED, WHOLE } from "../support/core.ts";
import { SOURCE } from "../support/events.ts";
import { networkFrames } from "../support/network_events.ts";
import { BothWays } from "../support/plane.ts";

const MESSAGES = (await networkFrames(400)).map(({ bytes }) => bytes);
const RECEIVED_MS = Date.UTC(2026, 6, 1);
const utf8 = new TextDecoder();

/** A commit of one post with a text, and of so many bytes beside it. */
function post(text: string, moreBytes = 0): Uint8Array {
  return commitOfRecords([[POST, record({ text: b.text(text) })]], { more: b.byteString(b.fill(moreBytes, 0)) });
}

/** The texts of the posts of the message at a place, whose events must be the core's. */
function textsOf(maker: EventMaker, place: number): string[] {
  const frame = maker.decoder.frame(place);
  return textsIn(maker, frame, true);
}

/** The texts of the posts of a frame. */
function textsIn(maker: EventMaker, frame: Frame | Rejected, byCore: boolean): string[] {
  assert(frame.kind === "commit");
  return maker.read(frame, RECEIVED_MS).map((op) => {
    assert(op.kind !== "rejected" && (!byCore || op instanceof EncodedWrite));
    const event = maker.encode(op, RECEIVED_MS);
    assert(!("kind" in event));
    const { data } = JSON.parse(utf8.decode(event.value));
    event.release();
    return data.text;
  });
}

Deno.test("Plane takes batches of every size, larger ones in several chunks", () => {
  for (const size of [1, 2, 127, 128, 129, 255, 256, 257, 400]) {
    const ways = new BothWays(TYPED);
    for (let from = 0; from < MESSAGES.length; from += size) ways.compare(MESSAGES.slice(from, from + size));
    const { events, byCore } = ways.taken;
    assert(events > 100 && byCore > events * 0.8, `${size}: ${byCore} of ${events}`);
  }
});

Deno.test("Plane takes empty messages and empty batches", () => {
  const ways = new BothWays(TYPED);
  const empty = b.fill(0, 0);
  for (const batch of [[], [empty], [empty, post("a"), empty, empty, post("b"), empty], [], Array(300).fill(empty)]) {
    ways.compare(batch);
  }
  assertEquals(ways.taken, { commits: 2, usual: 2, events: 2, byCore: 2 });
});

Deno.test("Plane leaves messages that are larger than its memory, and takes what is beside them", () => {
  const ways = new BothWays(TYPED);
  const size = post("a").length;
  // Exactly as much as there is room for, with the length of the field in the same number of bytes.
  const fits = post("fits", INPUT_BYTES - size - 12);
  for (let more = 0; more < 24; more++) {
    ways.compare([post("a"), post("large", INPUT_BYTES - size - 12 + more), post("b")]);
  }
  ways.compare([post("a"), post("huge", 4_900_000), post("b"), post("too large", 5_000_001), post("c")]);
  const { commits, events, byCore } = ways.taken;
  assertEquals([commits, events], [24 * 3 + 4, 24 * 3 + 4]);
  assert(byCore >= 24 * 2 + 3 && byCore < 24 * 3 + 4, `${byCore}`);
  assert(fits.length < INPUT_BYTES + 24);
});

Deno.test("Plane takes a batch of which only some messages fit at a time", () => {
  const ways = new BothWays(TYPED);
  ways.compare(Array.from({ length: 30 }, (_, i) => post(`${i}`, 350_000 + i * 7919)));
  assertEquals(ways.taken, { commits: 30, usual: 30, events: 30, byCore: 30 });
});

Deno.test("Plane leaves what its memory has no room for as events, and goes on behind it", () => {
  const ways = new BothWays(WHOLE);
  const text = "\u0001".repeat(8000);
  const messages = Array.from(
    { length: 120 },
    (_, i) =>
      commitOfRecords([[POST, record({ n: b.head(0, i), text: b.text(text) })], [
        POST,
        record({ m: b.head(0, i), text: b.text(text) }),
      ]]),
  );
  ways.compare([...messages, post("behind")]);
  const { events, byCore } = ways.taken;
  assert(events === 241 && byCore > 60 && byCore < 241, `${byCore}`);
  assert(240 * 8000 * 12 > OUT_BYTES);
});

Deno.test("two planes take turns, in the middle of their batches too", () => {
  const all = [TYPED, BINARY, WHOLE].map((options) => new BothWays(options));
  const [typed, binary, whole] = all;
  assert(typed && binary && whole);
  typed.compare(MESSAGES.slice(0, 200), (place) => {
    if (place % 50 === 10) binary.compare(MESSAGES.slice(place, place + 20));
    if (place % 50 === 30) whole.compare(MESSAGES.slice(place, place + 3));
  });
  for (const { taken: { events, byCore } } of all) {
    assert(events > 0 && byCore > events * 0.8, `${byCore} of ${events}`);
  }
});

Deno.test("two planes take turns between decoding a frame and reading it", () => {
  const [one, other] = [new EventMaker(TYPED, SOURCE), new EventMaker(WHOLE, SOURCE)];
  const [messages, others] = [[post("a"), post("b"), post("c")], [post("x"), post("y")]];
  one.decoder.begin(messages);
  other.decoder.begin(others);
  const frame = one.decoder.frame(1);
  assertEquals(textsOf(other, 1), ["y"]);
  assertEquals(textsIn(one, frame, false), ["b"]);
  assertEquals([textsOf(one, 2), textsOf(other, 1)], [["c"], ["y"]]);
});

Deno.test("Plane gives nothing of a frame of the batch before, whoever had the memory since", () => {
  for (const takesTurns of [false, true]) {
    const [one, other] = [new EventMaker(TYPED, SOURCE), new EventMaker(TYPED, SOURCE)];
    one.decoder.begin([post("old")]);
    const frame = one.decoder.frame(0);
    one.decoder.begin([post("new")]);
    if (takesTurns) {
      other.decoder.begin([post("other")]);
      assertEquals(textsOf(other, 0), ["other"]);
    }
    assertEquals(textsIn(one, frame, false), ["old"]);
    assertEquals(textsOf(one, 0), ["new"]);
  }
});

Deno.test("Plane goes on where the messages before were detached, as they are once they have been handled", () => {
  const [one, other] = [new EventMaker(TYPED, SOURCE), new EventMaker(BINARY, SOURCE)];
  const messages = [post("a"), post("b"), post("c")];
  one.decoder.begin(messages);
  assertEquals(textsOf(one, 0), ["a"]);
  structuredClone(messages[0]?.buffer, { transfer: [messages[0]?.buffer as ArrayBuffer] });
  one.source = "wss://other.example/";
  assertEquals(textsOf(one, 1), ["b"]);
  structuredClone(messages[1]?.buffer, { transfer: [messages[1]?.buffer as ArrayBuffer] });
  other.decoder.begin([commitOfRecords([[LIKE, b.map([])]])]);
  assertEquals(other.decoder.frame(0).kind, "commit");
  assertEquals(textsOf(one, 2), ["c"]);
});

Deno.test("Plane refuses a place that no message has", () => {
  const maker = new EventMaker(TYPED, SOURCE);
  maker.decoder.begin([post("a")]);
  assertThrows(() => maker.decoder.frame(1), RangeError, "no message at place 1");
});
