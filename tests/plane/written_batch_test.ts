import { assert, assertEquals } from "@std/assert";
import type { CommitFrame } from "../../src/atproto/frame.ts";
import { EventMaker, type EventMakerOptions } from "../../src/pipeline/event_maker.ts";
import { WrittenRecord } from "../../src/plane/written_batch.ts";
import * as b from "../fuzz/bytes.ts";
import { BINARY, commitOfRecords, POST, record, TYPED } from "../support/core.ts";
import { SOURCE } from "../support/events.ts";

const COMMIT_MS = Date.UTC(2026, 6, 1, 12, 0, 0, 123);
const utf8 = new TextDecoder();

function post(text: string, seq: number): Uint8Array {
  return commitOfRecords([[POST, record({ text: b.text(text) })], [POST, record({ text: b.text(`${text}2`) })]], {
    seq: b.head(0, seq),
  });
}

/** The records of a message that came with others. */
function recordsAt(maker: EventMaker, place: number, receivedMs = COMMIT_MS + 1): WrittenRecord[] {
  const frame = maker.decoder.frame(place) as CommitFrame;
  const count = maker.events(frame, receivedMs);
  assert(count >= 0);
  return Array.from({ length: count }, (_, i) => {
    const found = maker.recordAt(frame, i);
    assert(found instanceof WrittenRecord);
    return found;
  });
}

function made(messages: readonly Uint8Array[], options: EventMakerOptions = TYPED): EventMaker {
  const maker = new EventMaker(options, SOURCE);
  maker.decoder.begin(messages);
  return maker;
}

function textOf({ value }: WrittenRecord): string {
  const event = JSON.parse(utf8.decode(value));
  return (event.data ?? event).text;
}

Deno.test("WrittenRecord keeps its event while other batches are written, until it is released", () => {
  const maker = made([]);
  const kept: WrittenRecord[] = [];
  for (let batch = 0; batch < 40; batch++) {
    // Some of the batches are larger than a buffer.
    const filler = post("x".repeat(batch % 5 === 0 ? 10_000 : 10), 1);
    maker.decoder.begin([post(`first ${batch}`, batch), ...Array(20).fill(filler), post(`last ${batch}`, batch)]);
    kept.push(...recordsAt(maker, 0), ...recordsAt(maker, 21));
    if (batch % 3 === 0) recordsAt(maker, 10).forEach((each) => each.release());
  }
  const expected = Array.from(
    { length: 40 },
    (_, i) => ["first", "last"].flatMap((each) => [`${each} ${i}`, `${each} ${i}2`]),
  );
  assertEquals(kept.map(textOf), expected.flat());
  assertEquals(kept.map(({ seq }) => seq), expected.flatMap((texts, i) => texts.map(() => i)));
  kept.forEach((each) => each.release());
});

Deno.test("WrittenRecord has key, partition key, headers and URI of its own row", () => {
  for (const options of [TYPED, BINARY]) {
    const [first, second] = recordsAt(made([post("a", 5)], options), 0);
    assert(first && second);
    const did = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa";
    assertEquals([first, second].map(textOf), ["a", "a2"]);
    assertEquals([first.uri, second.uri], [`at://${did}/${POST}/3l0`, `at://${did}/${POST}/3l1`]);
    assertEquals(utf8.decode(second.key), options === BINARY ? second.uri : did);
    assertEquals(utf8.decode(second.partitionKey), did);
    assertEquals([second.headers === null, second.topic, second.type, second.isTombstone], [
      options !== BINARY,
      "t",
      "Bluesky.Feed.Post",
      false,
    ]);
  }
});

Deno.test("WrittenRecord has the time of its message, but none after its receipt, or that of sending", () => {
  const timeOf = (options: EventMakerOptions, receivedMs: number) =>
    recordsAt(made([post("a", 5)], options), 0, receivedMs)[0]?.timestampMs;
  assertEquals(timeOf(TYPED, COMMIT_MS + 1000), COMMIT_MS);
  assertEquals(timeOf(TYPED, COMMIT_MS - 1000), COMMIT_MS - 1000);
  assertEquals(timeOf({ ...TYPED, layout: { ...TYPED.layout, time: "send" } }, COMMIT_MS), null);
});

Deno.test("WrittenRecord keeps the source that it was written with", () => {
  const maker = made([post("a", 1), post("b", 2)]);
  const [before] = recordsAt(maker, 0);
  maker.source = "wss://other.example/";
  const [after] = recordsAt(maker, 1);
  assert(before && after);
  const sourceOf = ({ value }: WrittenRecord) => JSON.parse(utf8.decode(value)).source;
  assertEquals([sourceOf(before), sourceOf(after)], [SOURCE, "wss://other.example/"]);
});
