/**
 * What could not be used, or not be delivered for its size, to the event that keeps it: a dead letter.
 *
 * @module
 */
import { hash } from "node:crypto";
import type { RepoOp } from "../atproto/repo_op.ts";
import type { Reason, Rejected } from "../atproto/rejected.ts";
import type { ProducerRecord } from "../record/producer_record.ts";
import { PLAIN_LAYOUT } from "./record_layout.ts";
import { encodeStreamEvent } from "./stream_event.ts";
import { DEAD_LETTER } from "./types/dead_letter.ts";

/** The most of the raw bytes that a dead letter holds: with them it is a third of what Kafka takes by default. */
export const MAX_RAW_BYTES = 262_144;

/** What the raw bytes of a dead letter are. */
export type RawContent = "block" | "frame" | "event";

/** A dead letter before it is encoded; it keeps a copy of the beginning of the raw bytes alone. */
export interface DeadLetter {
  readonly host: string;
  readonly reason: Reason;
  readonly seq: number | null;
  readonly did: string | null;
  readonly path: string | null;
  readonly detail: string;
  readonly content: RawContent;
  readonly raw: Uint8Array;
  /** Length and SHA-256 (hex) of the whole. */
  readonly rawBytes: number;
  readonly rawSha256: string;
}

/** The dead letter of a frame or a record that could not be used. */
export function letterOf(rejected: Rejected, host: string, content: RawContent, raw: Uint8Array): DeadLetter {
  const { reason, seq, did, path, detail } = rejected;
  return { host, reason, seq, did, path, detail, content, ...measured(raw) };
}

/** The dead letter of a record of the frame with these bytes: with its block, where that is known to be the right one. */
export function letterOfRecord(
  rejected: Rejected,
  bytes: Uint8Array,
  result: RepoOp | Rejected,
  host: string,
): DeadLetter {
  return result.kind === "rejected" || result.kind === "delete"
    ? letterOf(rejected, host, "frame", bytes)
    : letterOf(rejected, host, "block", bytes.subarray(result.block.start, result.block.end));
}

/** The dead letter of a finished event that its destination does not take. */
export function letterOfEvent({ uri, value }: ProducerRecord, host: string, seq: number): DeadLetter {
  const [, did = null, path = null] = /^at:\/\/([^/]+)(?:\/(.+))?$/s.exec(uri) ?? [];
  const detail = `the event is ${value.length} bytes`;
  return { host, reason: "event-too-large", seq, did, path, detail, content: "event", ...measured(value) };
}

function measured(raw: Uint8Array) {
  // A copy: a part would keep the memory of the whole message, and of all that came with it.
  return { raw: raw.slice(0, MAX_RAW_BYTES), rawBytes: raw.length, rawSha256: hash("sha256", raw, "hex") };
}

/**
 * The finished event, with at most so many of the raw bytes. `source` is the firehose URL without its query;
 * `receivedMs` is since 1970.
 */
export function encodeDeadLetter(
  letter: DeadLetter,
  source: string,
  receivedMs: number,
  maxRawBytes: number,
  topic: string,
): ProducerRecord {
  const { host, reason, seq, did, path, detail, content, raw, rawBytes, rawSha256 } = letter;
  const id = `dead-letter/${host}/${seq ?? ""}/${reason}/${rawSha256}/${path ?? ""}`;
  return encodeStreamEvent(
    {
      definition: DEAD_LETTER,
      source,
      subject: host,
      id,
      time: new Date(receivedMs).toISOString(),
      data: {
        dead_letter_id: id,
        host,
        seq,
        did,
        path,
        reason,
        detail,
        content,
        raw: raw.subarray(0, maxRawBytes).toBase64(),
        raw_bytes: rawBytes,
        raw_hash: rawSha256,
      },
    },
    { ...PLAIN_LAYOUT, topicOf: () => topic },
    receivedMs,
  );
}
