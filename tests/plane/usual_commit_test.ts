import { assert, assertEquals } from "@std/assert";
import { type CommitFrame, decodeFrame } from "../../src/atproto/frame.ts";
import { EventEncoder } from "../../src/events/encoder.ts";
import { COLLECTIONS, RECORD_TYPES } from "../../src/events/registry.ts";
import { rulesOf } from "../../src/filter/collections.ts";
import { Filter, UNFILTERED } from "../../src/filter/filter.ts";
import { Plane } from "../../src/plane/plane.ts";
import { UsualCommit } from "../../src/plane/usual_commit.ts";
import { encoderOptions } from "../support/events.ts";
import { commitMessage, opsOf } from "../support/messages.ts";
import { networkFrames } from "../support/network_events.ts";

function createPlane(): Plane {
  const filter = new Filter({ collections: rulesOf(COLLECTIONS), ...UNFILTERED });
  return new Plane(filter, new EventEncoder(encoderOptions(RECORD_TYPES, "structured")).compiled);
}

/** The usual commits of messages that came together, and the same ones by the other way. */
function commitsOf(
  plane: Plane,
  messages: readonly Uint8Array[],
): (readonly [usual: UsualCommit, other: CommitFrame])[] {
  plane.begin(messages);
  return messages.flatMap((bytes, place) => {
    const frame = plane.frame(place);
    const other = decodeFrame(bytes);
    if (!(frame instanceof UsualCommit)) return [];
    if (other.kind !== "commit") throw new Error(JSON.stringify(other));
    return [[frame, other] as const];
  });
}

/** What copyId() writes into so much room, and what it answers. */
function idOf(frame: CommitFrame, room: number): [length: number, text: string] {
  const target = new Uint8Array(200).fill(0x2e);
  const length = frame.copyId(target, 3, room);
  return [length, new TextDecoder().decode(target)];
}

/** All that a commit says of itself; what it says first is asked for first. */
function partsOf(frame: CommitFrame): unknown {
  const { kind, seq, fingerprint } = frame;
  const room = [200, 63, 46, 45, 10, 0].map((each) => idOf(frame, each));
  const { spans, did, rev, time } = frame;
  return { kind, seq, fingerprint, room, spans, did, rev, time, ops: opsOf(frame) };
}

Deno.test("UsualCommit says what decodeFrame() says, while its chunk is in the memory and after", async () => {
  const messages = (await networkFrames(400)).map(({ bytes }) => bytes).slice(0, 120);
  const plane = createPlane();
  const current = commitsOf(plane, messages);
  assert(current.length > 60, `${current.length}`);
  for (const [usual, other] of current) {
    assert(usual.chunk.isCurrent);
    assertEquals(partsOf(usual), partsOf(other));
  }
  const replaced = commitsOf(plane, messages);
  plane.begin(messages.slice(5));
  plane.frame(0);
  for (const [usual, other] of replaced) {
    assert(!usual.chunk.isCurrent);
    assertEquals(partsOf(usual), partsOf(other));
  }
  // What was asked for before stays.
  for (const [usual, other] of current) assertEquals(partsOf(usual), partsOf(other));
});

Deno.test("UsualCommit says the same after another stream took the memory", async () => {
  const messages = await Promise.all(
    [1, 2, 3].map((seq) =>
      commitMessage([{ path: "app.bsky.feed.like/a" }], { seq, rev: `3lzzzzzzzzz2${"abc"[seq - 1]}` })
    ),
  );
  const commits = commitsOf(createPlane(), messages);
  assertEquals(commits.length, 3);
  const others = await Promise.all(
    [7, 8, 9].map((seq) =>
      commitMessage([{ path: "app.bsky.feed.post/longer" }], { seq, repo: "did:web:other.example" })
    ),
  );
  assertEquals(commitsOf(createPlane(), others).length, 3);
  for (const [usual, other] of commits) assertEquals(partsOf(usual), partsOf(other));
});

Deno.test("UsualCommit.utcMs is its time in milliseconds while its row is there, and null after", async () => {
  const plane = createPlane();
  const messages = await Promise.all(
    ["2026-07-01T12:00:00Z", "2026-07-01T12:00:00.123456Z", "1969-12-31T23:59:59.5Z"].map((time) =>
      commitMessage([{ path: "app.bsky.feed.like/a" }], { time })
    ),
  );
  const commits = commitsOf(plane, messages).map(([usual]) => usual);
  assertEquals(commits.map(({ utcMs }) => utcMs), [
    Date.UTC(2026, 6, 1, 12),
    Date.UTC(2026, 6, 1, 12) + 123,
    -500,
  ]);
  plane.begin([]);
  assertEquals(commits.map(({ utcMs }) => utcMs), [null, null, null]);
});

Deno.test("UsualCommit.copyId() writes nothing where there is too little room", async () => {
  const plane = createPlane();
  const [commit] = commitsOf(plane, [await commitMessage([{ path: "app.bsky.feed.like/a" }])]);
  if (commit === undefined) throw new Error("a usual commit was expected");
  const id = `${commit[1].did}/${commit[1].rev}`;
  for (let turn = 0; turn < 2; turn++) {
    assertEquals(idOf(commit[0], id.length - 1), [id.length, ".".repeat(200)]);
    assertEquals(idOf(commit[0], id.length), [id.length, `...${id}`.padEnd(200, ".")]);
    plane.begin([]);
  }
});
