/**
 * An event to the bytes of its record: structured mode, that is the whole envelope as JSON.
 *
 * @module
 */
import type { OutRecord } from "../sink/sink.ts";
import type { BlueskyEvent } from "./envelope.ts";
import type { RecordOp } from "../repo/commit.ts";

const utf8 = new TextEncoder();

/** Encodes the event of `op`; the key is the DID. */
export function encodeEvent(event: BlueskyEvent, op: RecordOp): OutRecord {
  return {
    key: utf8.encode(op.did),
    value: utf8.encode(JSON.stringify(event)),
    uri: op.uri,
    type: event.type,
  };
}
