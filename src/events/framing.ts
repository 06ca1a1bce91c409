/**
 * What stands around the data of an event that takes the fast path, in the two content modes of CloudEvents:
 * structured, where the envelope is JSON around the data, and binary, where it is in headers of the record. Source: the
 * CloudEvents Kafka protocol binding 1.0.2.
 *
 * @module
 */
import type { Span } from "../atproto/bytes/span.ts";
import type { CommitSpans } from "../atproto/frame.ts";
import type { RecordWrite } from "../atproto/repo_op.ts";
import { decodeHeaders, encodeTextHeaders, writeZigzag } from "../record/headers.ts";
import { OwnRecord, type ProducerRecord } from "../record/producer_record.ts";
import { ENVELOPE } from "./definition.ts";
import type { EventBuffer } from "./event_buffer.ts";
import { ascii, type JsonWriter } from "./json_writer.ts";
import type { ContentMode, RecordKey } from "./record_layout.ts";

/** The media type of the data. */
export const DATA_MEDIA_TYPE = "application/json";

/** What is the same in all events of a type and a collection. */
export interface Envelope {
  readonly type: string;
  readonly topic: string;
  /** What stands before the data's first field. */
  readonly before: readonly FramingStep[];
}

/** One piece of what stands before the data: bytes as they stand, or what the commit says. */
export type FramingStep =
  | Uint8Array
  /** As they stand in the message: none has a character that JSON escapes. */
  | "did"
  | "rev"
  | "path"
  | "time"
  /** The DID, where the record says that it has it. */
  | "noted-did"
  /** How many bytes they have, as Kafka writes numbers. */
  | "did-length"
  | "rev-length"
  | "time-length"
  | "id-length"
  /** Here the headers begin, the value. */
  | "headers"
  | "value"
  | Action;

/** A piece that says what was done. */
export interface Action {
  readonly create: Uint8Array;
  readonly update: Uint8Array;
}

/** Where the parts of a finished event stand in its buffer. Before the headers is the key, if that is a URI. */
export interface Places {
  readonly start: number;
  readonly headers: number;
  readonly value: number;
  readonly didStart: number;
  readonly didEnd: number;
  readonly end: number;
}

/** Attributes that are the same in all events of a type and a collection. */
export type FixedAttributes = { readonly collection: string; readonly [attribute: string]: string | number };

/** How events of a content mode are framed. */
export interface Framing {
  /** Of a type; `attributes` are those that all its events of a collection have, behind the others. */
  envelopeOf(type: string, topic: string, attributes: FixedAttributes): Envelope;
  /** What stands after the data's last field. */
  readonly after: Uint8Array;
  /** The AT-URI of the record that an event is about. It is asked for only when something is wrong with the event. */
  uriOf(record: ProducerRecord): string;
  /** A finished event as a record, which holds the buffer from then on. The time is that of the record. */
  recordOf(envelope: Envelope, buffer: EventBuffer, places: Places, timestampMs: number | null): ProducerRecord;
}

/** The framing of a content mode; `source` is the firehose URL without its query. */
export function framingOf(mode: ContentMode, source: string, key: RecordKey): Framing {
  return mode === "binary" ? new BinaryFraming(source, key) : new StructuredFraming(source, key);
}

/** More than all the pieces of an envelope that are the same in each. */
const PIECES_BYTES = 512;

/**
 * The most bytes that stand before the data: the DID stands there up to four times, the revision and the path twice, the
 * time once.
 */
export function mostBytesBefore({ before }: Envelope, { frame, path }: RecordWrite): number {
  const { did, rev, time } = frame.spans;
  let bytes = PIECES_BYTES + (did.end - did.start) * 4 + (rev.end - rev.start) * 2 +
    (path.end - path.start) * 2 + time.end - time.start;
  for (const step of before) if (step instanceof Uint8Array) bytes += step.length;
  return bytes;
}

/** Writes what stands before the data, one event after the other. */
export class FramingWriter {
  readonly #writer: JsonWriter;
  readonly #length = new Uint8Array(5);
  #headers = 0;
  #value = 0;
  #didStart = 0;
  #didEnd = 0;

  constructor(writer: JsonWriter) {
    this.#writer = writer;
  }

  /** Writes up to the name of the data's first field. There is room for it. */
  write({ before }: Envelope, { frame: { bytes, spans }, path, kind }: RecordWrite): void {
    const w = this.#writer;
    for (const step of before) {
      if (typeof step !== "string") w.raw(step instanceof Uint8Array ? step : step[kind]);
      else if (step === "headers") this.#headers = w.length;
      else if (step === "value") this.#value = w.length;
      else if (step === "noted-did") {
        this.#didStart = w.length;
        w.plain(bytes, spans.did);
        this.#didEnd = w.length;
      } else if (step === "path") w.plain(bytes, path);
      else if (step === "did" || step === "rev" || step === "time") w.plain(bytes, spans[step]);
      else this.#lengthOf(lengthOf(step, spans, path));
    }
  }

  /** Where the parts of the event stand, all of which is written. */
  get places(): Places {
    const { start, end } = this.#writer;
    return {
      start,
      headers: start + this.#headers,
      value: start + this.#value,
      didStart: start + this.#didStart,
      didEnd: start + this.#didEnd,
      end,
    };
  }

  #lengthOf(bytes: number): void {
    this.#writer.raw(this.#length.subarray(0, writeZigzag(this.#length, 0, bytes)));
  }
}

type LengthStep = Extract<FramingStep, `${string}-length`>;

function lengthOf(step: LengthStep, { did, rev, time }: CommitSpans, path: Span): number {
  const bytes = ({ start, end }: Span) => end - start;
  switch (step) {
    case "did-length":
      return bytes(did);
    case "rev-length":
      return bytes(rev);
    case "time-length":
      return bytes(time);
    case "id-length":
      return bytes(did) + 1 + bytes(rev) + 1 + bytes(path);
  }
}

const SLASH = ascii("/");
const ID: readonly FramingStep[] = ["did", SLASH, "rev", SLASH, "path"];

/** The key before all else, where that is the AT-URI. */
function keySteps(key: RecordKey): readonly FramingStep[] {
  return key === "uri" ? [ascii("at://"), "did", SLASH, "path"] : [];
}

/** The keys of a record, and its headers and value. */
function recordOf(
  { topic, type }: Envelope,
  buffer: EventBuffer,
  { start, headers, value, didStart, didEnd, end }: Places,
  key: RecordKey,
  locate: (record: ProducerRecord) => string,
  timestampMs: number | null,
): ProducerRecord {
  buffer.hold();
  const isByUri = key === "uri";
  return new OwnRecord(
    topic,
    type,
    buffer,
    isByUri ? start : didStart,
    isByUri ? headers : didEnd,
    value,
    end,
    headers,
    value,
    locate,
    didStart,
    didEnd,
    timestampMs,
  );
}

const JSON_PIECE = {
  id: ascii('","id":"'),
  time: ascii('","time":"'),
  action: {
    create: ascii(`","datacontenttype":"${DATA_MEDIA_TYPE}","action":"create","rev":"`),
    update: ascii(`","datacontenttype":"${DATA_MEDIA_TYPE}","action":"update","rev":"`),
  },
} as const;

/** The envelope as JSON around the data. */
class StructuredFraming implements Framing {
  readonly #source: string;
  readonly #key: RecordKey;
  readonly after = ascii("}}");

  constructor(source: string, key: RecordKey) {
    this.#source = source;
    this.#key = key;
  }

  envelopeOf(type: string, topic: string, attributes: FixedAttributes): Envelope {
    // The source may hold anything that a URL may; JSON knows how to write it.
    const start = JSON.stringify({ specversion: "1.0", type, source: this.#source, subject: "" });
    const end = JSON.stringify(attributes);
    return {
      type,
      topic,
      before: [
        ...keySteps(this.#key),
        "headers",
        "value",
        new TextEncoder().encode(start.slice(0, -'"}'.length)),
        "noted-did",
        JSON_PIECE.id,
        ...ID,
        JSON_PIECE.time,
        "time",
        JSON_PIECE.action,
        "rev",
        ascii(`",${end.slice(1, -1)},"data":{`),
      ],
    };
  }

  recordOf(envelope: Envelope, buffer: EventBuffer, places: Places, timestampMs: number | null): ProducerRecord {
    return recordOf(envelope, buffer, places, this.#key, this.uriOf, timestampMs);
  }

  uriOf({ value }: ProducerRecord): string {
    const { id } = JSON.parse(new TextDecoder().decode(value)) as { readonly id: string };
    return uriOf(id);
  }
}

/** A name of a header as it stands in a record, its length before it. */
function headerName(attribute: string): Uint8Array {
  return encodeTextHeaders([[headerOf(attribute), ""]]).slice(1, -1);
}

const HEADER_PIECE = {
  subject: headerName("subject"),
  id: headerName("id"),
  time: headerName("time"),
  rev: headerName("rev"),
  action: {
    create: fixedHeaders({ datacontenttype: DATA_MEDIA_TYPE, action: "create" }),
    update: fixedHeaders({ datacontenttype: DATA_MEDIA_TYPE, action: "update" }),
  },
} as const;

/** Some of an event's headers, without the count before them. */
function fixedHeaders(attributes: Readonly<Record<string, string | number>>): Uint8Array {
  return encodeTextHeaders(Object.entries(attributes).map(([name, value]) => [headerOf(name), `${value}`])).slice(1);
}

/** The attributes before those that are the same in all events of a type and a collection. */
const BEFORE_FIXED = Object.keys(ENVELOPE).indexOf("collection");

/** The envelope in headers; the value is the data. */
class BinaryFraming implements Framing {
  readonly #source: string;
  readonly #key: RecordKey;
  readonly after = ascii("}");

  constructor(source: string, key: RecordKey) {
    this.#source = source;
    this.#key = key;
  }

  envelopeOf(type: string, topic: string, attributes: FixedAttributes): Envelope {
    const count = new Uint8Array(1);
    writeZigzag(count, 0, BEFORE_FIXED + Object.keys(attributes).length);
    return {
      type,
      topic,
      before: [
        ...keySteps(this.#key),
        "headers",
        count,
        fixedHeaders({ specversion: "1.0", type, source: this.#source }),
        HEADER_PIECE.subject,
        "did-length",
        "noted-did",
        HEADER_PIECE.id,
        "id-length",
        ...ID,
        HEADER_PIECE.time,
        "time-length",
        "time",
        HEADER_PIECE.action,
        HEADER_PIECE.rev,
        "rev-length",
        "rev",
        fixedHeaders(attributes),
        "value",
        ascii("{"),
      ],
    };
  }

  recordOf(envelope: Envelope, buffer: EventBuffer, places: Places, timestampMs: number | null): ProducerRecord {
    return recordOf(envelope, buffer, places, this.#key, this.uriOf, timestampMs);
  }

  uriOf({ headers }: ProducerRecord): string {
    return uriOf(headers === null ? "" : decodeHeaders(headers)["ce_id"] ?? "");
  }
}

/** The AT-URI of the record whose event has this `id`. */
function uriOf(id: string): string {
  const [did, , ...path] = id.split("/");
  return `at://${did}/${path.join("/")}`;
}

/** The header of an attribute. */
function headerOf(attribute: string): string {
  return attribute === "datacontenttype" ? "content-type" : `ce_${attribute}`;
}

/** The headers of an event in binary content mode: one for each attribute, in their order. */
export function binaryHeaders(event: { readonly [attribute: string]: unknown }): [name: string, value: string][] {
  return Object.entries(event).filter(([name]) => name !== "data").map((
    [name, value],
  ) => [headerOf(name), String(value)]);
}
