/**
 * A CloudEvent as an object to the bytes of its record, in structured or in binary content mode.
 *
 * @module
 */
import { encodeTextHeaders } from "../record/headers.ts";
import { ProducerRecord } from "../record/producer_record.ts";
import { binaryHeaders, type ContentMode } from "./framing.ts";

const utf8 = new TextEncoder();

/** An event: its attributes in the order of the envelope, and then its data. */
export interface CloudEvent {
  readonly [attribute: string]: unknown;
  readonly type: string;
  readonly subject?: string;
  readonly data?: unknown;
}

/** Encodes an event; the key is its subject. `uri` says in reports what it is about. */
export function encodeEvent(event: CloudEvent, uri: string, mode: ContentMode, topic = ""): ProducerRecord {
  const isBinary = mode === "binary";
  return ProducerRecord.of({
    topic,
    key: utf8.encode(event.subject),
    value: utf8.encode(JSON.stringify(isBinary ? event.data : event)),
    headers: isBinary ? encodeTextHeaders(binaryHeaders(event)) : null,
    uri,
    type: event.type,
  });
}
