/**
 * A record to the CloudEvent in it, in structured and in binary content mode. Source: the CloudEvents Kafka protocol
 * binding 1.0.2. The SDK's own reader cuts times to milliseconds and orders attributes anew; here events stay as they
 * are.
 *
 * @module
 */
import type { TopicRecord } from "../kafka/consumer/cluster.ts";

/** The event of a record, or why there is none. */
export type EventRead =
  | {
    readonly kind: "event";
    readonly type: string;
    /** All attributes, and `data` or `data_base64`. */
    readonly event: Readonly<Record<string, unknown>>;
    /** The structured event as one line of JSON; of structured mode the very text in Kafka, if that is one line. */
    readonly line: string;
  }
  | { readonly kind: "other"; readonly reason: string };

const STRUCTURED = /^application\/cloudevents\+json\s*(?:;|$)/i;
const JSON_MEDIA_TYPE = /^[^;]*[/+]json\s*(?:;|$)/i;
const PREFIX = "ce_";
const REQUIRED = ["specversion", "type", "source", "id"];

/** Reads the event of a record. */
export function readEvent(record: Pick<TopicRecord, "value" | "headers">): EventRead {
  const { value, headers } = record;
  const contentType = headers["content-type"] ?? "";
  const isBinary = !STRUCTURED.test(contentType) && headers[`${PREFIX}specversion`] !== undefined;
  if (value === null && !isBinary) return other("it has no value");
  return isBinary || value === null ? readBinary(value, headers, contentType) : readStructured(value);
}

function readStructured(value: Uint8Array): EventRead {
  const text = textOf(value);
  const parsed = text === null ? undefined : parse(text);
  if (text === null || parsed === undefined) return other("its value is no JSON");
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    return other("its value is no JSON object");
  }
  const line = /[\r\n]/.test(text) ? JSON.stringify(parsed) : text;
  return checked(parsed as Record<string, unknown>, line);
}

/** Without a value it is a tombstone, whose event has no data. */
function readBinary(value: Uint8Array | null, headers: TopicRecord["headers"], contentType: string): EventRead {
  const attributes = Object.entries(headers)
    .filter(([name]) => name.startsWith(PREFIX))
    .map(([name, text]) => [name.slice(PREFIX.length), text]);
  const event = {
    ...Object.fromEntries(attributes),
    ...(contentType === "" ? {} : { datacontenttype: contentType }),
    ...(value === null ? {} : dataOf(value, contentType)),
  };
  return checked(event, JSON.stringify(event));
}

function dataOf(value: Uint8Array, contentType: string): Record<string, unknown> {
  const text = textOf(value);
  if (text === null) return { data_base64: value.toBase64() };
  const parsed = JSON_MEDIA_TYPE.test(contentType) ? parse(text) : text;
  return parsed === undefined ? { data_base64: value.toBase64() } : { data: parsed };
}

function checked(event: Record<string, unknown>, line: string): EventRead {
  const missing = REQUIRED.filter((name) => typeof event[name] !== "string" || event[name] === "");
  if (missing.length > 0) return other(`it lacks ${missing.join(", ")}`);
  return { kind: "event", type: String(event["type"]), event, line };
}

function other(reason: string): EventRead {
  return { kind: "other", reason };
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
