import { assert, assertEquals, assertThrows } from "@std/assert";
import { type CommitFrame, decodeFrame } from "../../src/atproto/frame.ts";
import { EventMaker } from "../../src/pipeline/event_maker.ts";
import { UsualCommit } from "../../src/plane/usual_commit.ts";
import * as b from "../fuzz/bytes.ts";
import { commitWith, TYPED } from "../support/core.ts";
import { SOURCE } from "../support/events.ts";

const MESSAGES = [
  commitWith({ seq: b.head(0, 7) }),
  commitWith({ more: b.NULL, rev: b.text("3labc"), time: b.text("2024-02-29T23:59:59.5Z"), seq: b.head(0, 2 ** 40) }),
];

/** The commits of messages that came together, none of them left to the generic path. */
function decoded(messages: readonly Uint8Array[], maker = new EventMaker(TYPED, SOURCE)): UsualCommit[] {
  maker.decoder.begin(messages);
  return messages.map((_, place) => {
    const frame = maker.decoder.frame(place);
    assert(frame instanceof UsualCommit);
    return frame;
  });
}

/** All that can be asked of a commit, with the room for its id that is named. */
function answers(frame: CommitFrame, room: number): unknown {
  const target = new Uint8Array(100);
  const length = frame.copyId(target, 3, room);
  const { kind, seq, did, rev, time, spans, fingerprint } = frame;
  return { kind, seq, did, rev, time, spans, fingerprint, length, id: [...target], ops: frame.ops().size };
}

Deno.test("UsualCommit says what a decoded commit says, before the next chunk comes and after it", () => {
  const maker = new EventMaker(TYPED, SOURCE);
  const frames = decoded(MESSAGES, maker);
  const expected = MESSAGES.map((bytes) => decodeFrame(bytes));
  for (const hasRow of [true, false]) {
    frames.forEach((frame, i) => {
      const other = expected[i];
      assert(other?.kind === "commit");
      assertEquals(frame.chunk.isCurrent, hasRow);
      for (const room of [90, 37, 38, 39, 5]) assertEquals(answers(frame, room), answers(other, room), `${room}`);
    });
    // Another chunk, whose rows are where those of the first were.
    decoded([commitWith({ seq: b.head(0, 99), repo: b.text("did:web:other") })], maker);
  }
});

Deno.test("UsualCommit knows its time while it has a row", () => {
  const maker = new EventMaker(TYPED, SOURCE);
  const [first, second] = decoded(MESSAGES, maker);
  assertEquals(first?.utcMs, Date.UTC(2026, 6, 1, 12, 0, 0, 123));
  assertEquals(second?.utcMs, Date.UTC(2024, 1, 29, 23, 59, 59, 500));
  decoded([commitWith({})], maker);
  const other = decodeFrame(MESSAGES[0] ?? new Uint8Array());
  assert(other.kind === "commit");
  assertEquals(first?.utcMs, other.utcMs);
});

Deno.test("UsualCommit is of no other stream's chunk", () => {
  const [frame] = decoded(MESSAGES);
  assertEquals(frame?.chunk.isCurrent, true);
  decoded([commitWith({ repo: b.text("did:web:other") })]);
  assertEquals([frame?.chunk.isCurrent, frame?.did], [false, "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"]);
});

Deno.test("UsualCommit fails where its row and its message are gone", () => {
  const maker = new EventMaker(TYPED, SOURCE);
  const messages = [commitWith({})];
  const [frame] = decoded(messages, maker);
  structuredClone(messages[0]?.buffer, { transfer: [messages[0]?.buffer as ArrayBuffer] });
  assertEquals(frame?.spans.did.end, frame?.spans.did.start === undefined ? 0 : frame.spans.did.start + 32);
  const [other] = decoded([commitWith({})], maker);
  maker.decoder.begin([]);
  structuredClone(other?.bytes.buffer, { transfer: [other?.bytes.buffer as ArrayBuffer] });
  assertThrows(() => other?.spans, TypeError, "its message is gone");
});
