/**
 * The CloudEvents envelope: what identifies an event, when it happened, where it came from.
 *
 * @module
 */
import type { CloudEventV1 } from "cloudevents";
import type { RecordOp } from "../atproto/commit.ts";
import { eventData } from "./data.ts";
import type { EventData, RecordType } from "./schema.ts";

/** The event of a record as it is emitted; `action` is the extension attribute that tells a create from an update. */
export interface BlueskyEvent extends CloudEventV1<EventData<RecordType>> {
  readonly action: "create" | "update";
}

/** Makes the event of a record. `source` is the firehose URL without its query; `receivedAt` RFC 3339 in UTC. */
export function toEvent(type: RecordType, op: RecordOp, source: string, receivedAt: string): BlueskyEvent {
  return {
    specversion: "1.0",
    type,
    source,
    subject: op.did,
    id: eventId(op),
    time: eventTime(op.time) ?? receivedAt,
    datacontenttype: "application/json",
    action: op.action,
    data: eventData(type, op),
  };
}

/**
 * The same for one operation on every replay and every relay, and different for every other: only a DID, a
 * collection and a record key that hold no slash get here, so the parts cannot run together.
 */
export function eventId(op: Pick<RecordOp, "did" | "rev" | "collection" | "rkey">): string {
  return `${op.did}/${op.rev}/${op.collection}/${op.rkey}`;
}

// Year 0 and more than nanoseconds are RFC 3339, but databases refuse them, and with the row the whole load.
const RFC3339_UTC =
  /^(?!0000)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?Z$/;
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)?$/;
const YEAR_0 = "0000-";

/**
 * A frame's time as RFC 3339 in UTC, years 1 to 9999, at most nine fractional digits; null if it is none such. UTC
 * times keep all their digits; one without a zone is taken as UTC, one with another zone is converted.
 *
 * @example A time without a zone
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(eventTime("2026-02-24T14:05:20.5215469"), "2026-02-24T14:05:20.5215469Z");
 * ```
 */
export function eventTime(time: string): string | null {
  // Days 01 to 28 exist in every month; the others need the calendar.
  if (RFC3339_UTC.test(time) && time.charCodeAt(8) < 0x33 && time.slice(8, 10) !== "29") return time;
  const match = DATE_TIME.exec(time);
  if (match === null) return null;
  const zone = match[1];
  const utc = zone === undefined ? `${time}Z` : zone === "z" ? `${time.slice(0, -1)}Z` : time;
  const parsed = new Date(utc);
  if (Number.isNaN(parsed.getTime())) return null;
  const converted = parsed.toISOString();
  // Another zone may lead out of the four-digit years, which get a sign and six digits then.
  if (converted.startsWith(YEAR_0) || converted.length !== "2026-07-01T12:00:00.000Z".length) return null;
  if (!utc.endsWith("Z")) return converted;
  // V8 takes 31 February as 3 March; a date that comes out as another one did not exist.
  return converted.slice(0, 19) === utc.slice(0, 19) ? utc : null;
}
