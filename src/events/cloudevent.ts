/**
 * A CloudEvent as an object to the bytes of its record, in structured or in binary content mode.
 *
 * @module
 */
import { encodeTextHeaders } from "../record/headers.ts";
import { ProducerRecord } from "../record/producer_record.ts";
import { binaryHeaders, type ContentMode, DATA_MEDIA_TYPE } from "./framing.ts";
import { RawJson } from "./raw_json.ts";

const utf8 = new TextEncoder();

/** An event: its attributes in the order of the envelope, and then its data. */
export interface CloudEvent {
  readonly [attribute: string]: unknown;
  readonly type: string;
  readonly subject?: string;
  readonly data?: object | undefined;
}

/** What identifies an event: the attributes of CloudEvents itself, without those that are always the same. */
export interface Identity {
  readonly type: string;
  /** The firehose URL without its query. */
  readonly source: string;
  readonly subject: string;
  readonly id: string;
  /** RFC 3339 in UTC. */
  readonly time: string;
}

/** The attributes that every event has, in their order. */
export function envelope({ type, source, subject, id, time }: Identity) {
  return { specversion: "1.0", type, source, subject, id, time, datacontenttype: DATA_MEDIA_TYPE } as const;
}

/** Encodes an event; the key is its subject. `uri` says in reports what it is about. */
export function encodeEvent(event: CloudEvent, uri: string, mode: ContentMode, topic: string): ProducerRecord {
  const { data, ...attributes } = event;
  const isBinary = mode === "binary";
  const dataText = objectText(data ?? {});
  const text = isBinary ? dataText : `${JSON.stringify(attributes).slice(0, -1)},"data":${dataText}}`;
  return ProducerRecord.of({
    topic,
    key: utf8.encode(event.subject),
    value: utf8.encode(text),
    headers: isBinary ? encodeTextHeaders(binaryHeaders(event)) : null,
    uri,
    type: event.type,
  });
}

function objectText(object: object): string {
  const fields = Object.entries(object).map(([name, value]) =>
    `${JSON.stringify(name)}:${value instanceof RawJson ? value.text : JSON.stringify(value)}`
  );
  return `{${fields.join(",")}}`;
}
