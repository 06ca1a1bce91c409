import { assert, assertEquals } from "@std/assert";
import { hash } from "node:crypto";
import { CloudEvent } from "cloudevents";
import { encodeDeadLetter, letterOf, MAX_RAW_BYTES } from "../../src/events/dead_letter.ts";
import { reject } from "../../src/atproto/rejected.ts";
import { SOURCE } from "../support/events.ts";
import { letterEvent, LETTERS } from "../support/letters.ts";
import { assertSchema } from "../support/schemas.ts";

Deno.test("encodeDeadLetter() makes a valid CloudEvent of every letter, keyed by the host, that its JSON Schema takes", () => {
  const ids = new Set<string>();
  for (const letter of LETTERS) {
    const record = encodeDeadLetter(letter, SOURCE, 0, Infinity, "");
    assertEquals(new TextDecoder().decode(record.key), letter.host);
    const event = letterEvent(letter);
    assertSchema(event);
    assertEquals(new CloudEvent(event).validate(), true);
    ids.add(event.id);
  }
  assertEquals(ids.size, LETTERS.length);
});

Deno.test("letterOf() keeps place, reason and raw bytes, and has the same id whenever the letter is made", () => {
  const raw = new Uint8Array([0, 1, 254, 255]);
  const at = { seq: 5, did: "did:plc:a", path: "app.bsky.feed.like/x" };
  const letter = letterOf(reject("block-mismatch", "bafy", at), "h", "frame", raw);
  const { id, data, time } = letterEvent(letter);
  const sha256 = hash("sha256", raw, "hex");
  assertEquals(id, `dead-letter/h/5/block-mismatch/${sha256}/app.bsky.feed.like/x`);
  assertEquals(data, {
    dead_letter_id: id,
    host: "h",
    ...at,
    reason: "block-mismatch",
    detail: "bafy",
    content: "frame",
    raw: "AAH+/w==",
    raw_bytes: 4,
    raw_hash: sha256,
  });
  assertEquals(time, "2026-07-02T00:00:00.000Z");
  const later: unknown = JSON.parse(
    new TextDecoder().decode(encodeDeadLetter(letter, SOURCE, 9e11, Infinity, "").value),
  ).id;
  assertEquals(later, id);
});

Deno.test("letterOfEvent() finds the place in the event's AT-URI, and the letter says how large the event is", () => {
  const data = letterEvent(LETTERS[2] ?? failed()).data;
  assertEquals([data["did"], data["reason"], data["content"]], ["did:plc:a", "event-too-large", "event"]);
  assert(String(data["path"]).startsWith("app.bsky.feed.like/xxx"));
  assertEquals([data["raw_bytes"], data["detail"]], [300_000, "the event is 300000 bytes"]);
});

Deno.test("encodeDeadLetter() cuts the raw bytes short, with length and SHA-256 of the whole, to fit where it is told", () => {
  const raw = Uint8Array.from({ length: 5_000_000 }, (_, i) => i % 251);
  const letter = letterOf(reject("frame-too-large", "5000000 bytes"), "h", "frame", raw);
  for (const [bound, kept] of [[Infinity, MAX_RAW_BYTES], [1000, 1000], [0, 0]] as const) {
    const { data } = JSON.parse(new TextDecoder().decode(encodeDeadLetter(letter, SOURCE, 0, bound, "").value));
    assertEquals(Uint8Array.fromBase64(data.raw), raw.subarray(0, kept));
    assertEquals([data.raw_bytes, data.raw_hash], [5_000_000, hash("sha256", raw, "hex")]);
  }
  assert(encodeDeadLetter(letter, SOURCE, 0, Infinity, "").value.length < 400_000);
});

function failed(): never {
  throw new Error("no letter");
}
