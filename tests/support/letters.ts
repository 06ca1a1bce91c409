/**
 * Dead letters for tests, and their events.
 *
 * @module
 */
import { encodeDeadLetter, letterOf, letterOfEvent } from "../../src/events/dead_letter.ts";
import { reject } from "../../src/atproto/rejected.ts";
import { SOURCE } from "./events.ts";
import { producerRecord } from "./records.ts";

const PLACE = { seq: 31_500_000_000, did: "did:plc:a", path: "app.bsky.feed.like/x" };

/** A dead letter of each content, with all that may be known and with nothing. */
export const LETTERS = [
  letterOf(reject("record-undecodable", "odd", PLACE), "bsky.network", "block", new Uint8Array([0xa0, 0xff])),
  letterOf(reject("frame-undecodable", "no map"), "relay.example:8443", "frame", new Uint8Array()),
  letterOfEvent(producerRecord("did:plc:a", "x".repeat(300_000)), "bsky.network", 31_500_000_001),
];

/** The event of a dead letter with all its raw bytes, as a consumer reads it. */
export function letterEvent(letter: typeof LETTERS[number]): Record<string, unknown> & {
  readonly type: string;
  readonly id: string;
  readonly data: Readonly<Record<string, unknown>>;
} {
  const record = encodeDeadLetter(letter, SOURCE, Date.UTC(2026, 6, 2), Infinity, "");
  return JSON.parse(new TextDecoder().decode(record.value));
}
