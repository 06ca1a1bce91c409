/**
 * A CloudEvent as an object to the bytes of its record, in structured or in binary content mode.
 *
 * @module
 */
import { encodeTextHeaders } from "../record/headers.ts";
import { ProducerRecord } from "../record/producer_record.ts";
import { binaryHeaders, DATA_MEDIA_TYPE } from "./framing.ts";
import { RawJson } from "./raw_json.ts";
import { type RecordLayout, recordTimeMs } from "./record_layout.ts";

const utf8 = new TextEncoder();

/** An event: its attributes in the order of the envelope, and then its data. */
export interface CloudEvent {
  readonly [attribute: string]: unknown;
  readonly type: string;
  readonly subject?: string;
  /** RFC 3339 in UTC. */
  readonly time?: string;
  readonly data?: object | undefined;
}

/** What decides where an event stands beside what is in it. */
export interface EventPlace {
  /** What it is about, for reports. */
  readonly uri: string;
  /** The key where that is not the account. */
  readonly key: string;
  /** As the registry has it. */
  readonly kind: string;
  /** Null: it is about no record. */
  readonly collection: string | null;
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

/** Encodes an event that was received at `receivedMs`, in milliseconds since 1970. Its subject decides on the partition. */
export function encodeEvent(
  event: CloudEvent,
  { uri, key, kind, collection }: EventPlace,
  layout: RecordLayout,
  receivedMs: number,
): ProducerRecord {
  const { type, subject, time = "" } = event;
  const isTombstone = layout.tombstones && kind === "deletes";
  const isBinary = layout.mode === "binary" || isTombstone;
  const partitionKey = utf8.encode(subject);
  return ProducerRecord.of({
    topic: layout.topicOf({ type, kind, collection }),
    key: layout.key === "did" ? partitionKey : utf8.encode(key),
    partitionKey,
    value: isTombstone ? null : utf8.encode(valueText(event, isBinary)),
    headers: isBinary ? encodeTextHeaders(binaryHeaders(event)) : null,
    timestampMs: layout.time === "event" ? recordTimeMs(Date.parse(time), receivedMs) : null,
    uri,
    type,
  });
}

function valueText({ data, ...attributes }: CloudEvent, isBinary: boolean): string {
  const dataText = objectText(data ?? {});
  return isBinary ? dataText : `${JSON.stringify(attributes).slice(0, -1)},"data":${dataText}}`;
}

function objectText(object: object): string {
  const fields = Object.entries(object).map(([name, value]) =>
    `${JSON.stringify(name)}:${value instanceof RawJson ? value.text : JSON.stringify(value)}`
  );
  return `{${fields.join(",")}}`;
}
