/**
 * What stands around the data of an event that takes the fast path, in the two content modes of CloudEvents:
 * structured, where the envelope is JSON around the data, and binary, where it is in headers of the record. Source: the
 * CloudEvents Kafka protocol binding 1.0.2.
 *
 * @module
 */
import { decodeHeaders, encodeTextHeaders, writeZigzag } from "../record/headers.ts";
import type { RecordWrite } from "../atproto/repo_op.ts";
import { ProducerRecord } from "../record/producer_record.ts";
import { ascii, type JsonWriter } from "./json_writer.ts";
import { ENVELOPE } from "./definition.ts";
import type { RecordKey } from "./record_layout.ts";

/** The media type of the data. */
export const DATA_MEDIA_TYPE = "application/json";

/** What is the same in all events of a type and a collection. */
export interface Envelope {
  readonly type: string;
  readonly topic: string;
  /** What they begin with, up to the DID. */
  readonly head: Uint8Array;
  /** What follows the revision, up to the data. */
  readonly tail: Uint8Array;
}

/** Writes what stands around the data of one event after the other. */
export interface Framing {
  /** Of a type and a collection; `sampledRate` is the attribute, null where events have none. */
  envelopeOf(type: string, topic: string, collection: string, sampledRate: number | null): Envelope;
  /**
   * Begins an event, up to the name of its data's first field. There is room for `moreBytes` of the data beside the texts
   * of the record, each of which may be written `copies` times.
   */
  begin(envelope: Envelope, op: RecordWrite, moreBytes: number, copies: number): void;
  /** Writes what stands after the data's last field; gives the event. The time is that of its record. */
  end(timestampMs: number | null): ProducerRecord;
}

const NO_ENVELOPE: Envelope = { type: "", topic: "", head: new Uint8Array(), tail: new Uint8Array() };

/** More than all the pieces of an envelope that are the same in each. */
const PIECES_BYTES = 512;

/**
 * The writer's room for an event: the DID stands in the envelope and the key up to four times, the revision and the path
 * twice; texts may grow.
 */
function beginEvent(
  w: JsonWriter,
  { head, tail }: Envelope,
  { frame, path, block }: RecordWrite,
  moreBytes: number,
  copies: number,
): void {
  const { did, rev, time } = frame.spans;
  w.begin(
    PIECES_BYTES + head.length + tail.length + (did.end - did.start) * 4 + (rev.end - rev.start) * 2 +
      (path.end - path.start) * 2 + moreBytes,
    (block.end - block.start) * copies + time.end - time.start,
  );
}

const URI_PIECE = { scheme: ascii("at://"), slash: ascii("/") } as const;

/** Writes the AT-URI of a record, which is its key, before all else; the DID in it decides on the partition. */
function writeUri(w: JsonWriter, { frame: { bytes, spans: { did } }, path }: RecordWrite): void {
  w.raw(URI_PIECE.scheme);
  w.plain(bytes, did);
  w.raw(URI_PIECE.slash);
  w.plain(bytes, path);
}

const JSON_PIECE = {
  id: ascii('","id":"'),
  slash: ascii("/"),
  time: ascii('","time":"'),
  create: ascii(`","datacontenttype":"${DATA_MEDIA_TYPE}","action":"create","rev":"`),
  update: ascii(`","datacontenttype":"${DATA_MEDIA_TYPE}","action":"update","rev":"`),
  end: ascii("}}"),
} as const;

/** The envelope as JSON around the data. */
export class StructuredFraming implements Framing {
  readonly #writer: JsonWriter;
  readonly #source: string;
  readonly #key: RecordKey;
  #envelope: Envelope = NO_ENVELOPE;
  #didStart = 0;
  #didEnd = 0;
  /** Where the AT-URI ends that is the key, and the value begins; 0 where the DID is the key. */
  #uriEnd = 0;

  /** `source` is the firehose URL without its query. */
  constructor(writer: JsonWriter, source: string, key: RecordKey) {
    this.#writer = writer;
    this.#source = source;
    this.#key = key;
  }

  envelopeOf(type: string, topic: string, collection: string, sampledRate: number | null): Envelope {
    // The source may hold anything that a URL may; JSON knows how to write it.
    const start = JSON.stringify({ specversion: "1.0", type, source: this.#source, subject: "" });
    const end = JSON.stringify(sampledRate === null ? { collection } : { collection, sampledrate: sampledRate });
    return {
      type,
      topic,
      head: new TextEncoder().encode(start.slice(0, -'"}'.length)),
      tail: ascii(`",${end.slice(1, -1)},"data":{`),
    };
  }

  begin(envelope: Envelope, op: RecordWrite, moreBytes: number, copies: number): void {
    const { head, tail } = envelope;
    const { frame, kind, path } = op;
    const { bytes, spans: { did, rev, time } } = frame;
    const w = this.#writer;
    this.#envelope = envelope;
    beginEvent(w, envelope, op, moreBytes, copies);
    if (this.#key === "uri") {
      writeUri(w, op);
      this.#uriEnd = w.length;
    }
    w.raw(head);
    this.#didStart = w.length;
    w.plain(bytes, did);
    this.#didEnd = w.length;
    w.raw(JSON_PIECE.id);
    w.plain(bytes, did);
    w.raw(JSON_PIECE.slash);
    w.plain(bytes, rev);
    w.raw(JSON_PIECE.slash);
    w.plain(bytes, path);
    w.raw(JSON_PIECE.time);
    w.plain(bytes, time);
    w.raw(kind === "create" ? JSON_PIECE.create : JSON_PIECE.update);
    w.plain(bytes, rev);
    w.raw(tail);
  }

  end(timestampMs: number | null): ProducerRecord {
    const w = this.#writer;
    w.raw(JSON_PIECE.end);
    const { buffer, start, end } = w;
    buffer.hold();
    const [didStart, didEnd, valueStart] = [start + this.#didStart, start + this.#didEnd, start + this.#uriEnd];
    const isByUri = this.#key === "uri";
    return new ProducerRecord(
      this.#envelope.topic,
      this.#envelope.type,
      buffer,
      isByUri ? start : didStart,
      isByUri ? valueStart : didEnd,
      valueStart,
      end,
      0,
      0,
      uriInValue,
      didStart,
      didEnd,
      timestampMs,
    );
  }
}

/** The AT-URI of a structured event. It is asked for only when something is wrong with the event. */
function uriInValue({ value }: ProducerRecord): string {
  const { id } = JSON.parse(new TextDecoder().decode(value)) as { readonly id: string };
  return uriOf(id);
}

/** A name of a header as it stands in a record, its length before it. */
function headerName(attribute: string): Uint8Array {
  return encodeTextHeaders([[headerOf(attribute), ""]]).slice(1, -1);
}

const HEADER_PIECE = {
  subject: headerName("subject"),
  id: headerName("id"),
  slash: ascii("/"),
  time: headerName("time"),
  create: fixedHeaders({ datacontenttype: DATA_MEDIA_TYPE, action: "create" }),
  update: fixedHeaders({ datacontenttype: DATA_MEDIA_TYPE, action: "update" }),
  rev: headerName("rev"),
  data: ascii("{"),
  end: ascii("}"),
} as const;

/** Some of an event's headers, without the count before them. */
function fixedHeaders(attributes: Readonly<Record<string, string>>): Uint8Array {
  return encodeTextHeaders(Object.entries(attributes).map(([name, value]) => [headerOf(name), value])).slice(1);
}

/** The envelope in headers; the value is the data. */
export class BinaryFraming implements Framing {
  readonly #writer: JsonWriter;
  readonly #source: string;
  readonly #key: RecordKey;
  #envelope: Envelope = NO_ENVELOPE;
  readonly #length = new Uint8Array(5);
  #didStart = 0;
  #didEnd = 0;
  /** Where the AT-URI ends that is the key, and the headers begin; 0 where the DID is the key. */
  #uriEnd = 0;
  #valueStart = 0;

  /** `source` is the firehose URL without its query. */
  constructor(writer: JsonWriter, source: string, key: RecordKey) {
    this.#writer = writer;
    this.#source = source;
    this.#key = key;
  }

  envelopeOf(type: string, topic: string, collection: string, sampledRate: number | null): Envelope {
    const count = new Uint8Array(1);
    writeZigzag(count, 0, Object.keys(ENVELOPE).length - (sampledRate === null ? 1 : 0));
    const fixed = fixedHeaders({ specversion: "1.0", type, source: this.#source });
    return {
      type,
      topic,
      head: new Uint8Array([...count, ...fixed, ...HEADER_PIECE.subject]),
      tail: fixedHeaders(sampledRate === null ? { collection } : { collection, sampledrate: `${sampledRate}` }),
    };
  }

  begin(envelope: Envelope, op: RecordWrite, moreBytes: number, copies: number): void {
    const { head, tail } = envelope;
    const { frame, kind, path } = op;
    const { bytes, spans: { did, rev, time } } = frame;
    const didBytes = did.end - did.start;
    const w = this.#writer;
    this.#envelope = envelope;
    beginEvent(w, envelope, op, moreBytes, copies);
    if (this.#key === "uri") {
      writeUri(w, op);
      this.#uriEnd = w.length;
    }
    w.raw(head);
    this.#lengthOf(didBytes);
    this.#didStart = w.length;
    w.plain(bytes, did);
    this.#didEnd = w.length;
    w.raw(HEADER_PIECE.id);
    this.#lengthOf(didBytes + 1 + rev.end - rev.start + 1 + path.end - path.start);
    w.plain(bytes, did);
    w.raw(HEADER_PIECE.slash);
    w.plain(bytes, rev);
    w.raw(HEADER_PIECE.slash);
    w.plain(bytes, path);
    w.raw(HEADER_PIECE.time);
    this.#lengthOf(time.end - time.start);
    w.plain(bytes, time);
    w.raw(kind === "create" ? HEADER_PIECE.create : HEADER_PIECE.update);
    w.raw(HEADER_PIECE.rev);
    this.#lengthOf(rev.end - rev.start);
    w.plain(bytes, rev);
    w.raw(tail);
    this.#valueStart = w.length;
    w.raw(HEADER_PIECE.data);
  }

  end(timestampMs: number | null): ProducerRecord {
    const w = this.#writer;
    w.raw(HEADER_PIECE.end);
    const { buffer, start, end } = w;
    buffer.hold();
    const valueStart = start + this.#valueStart;
    const [didStart, didEnd, headersStart] = [start + this.#didStart, start + this.#didEnd, start + this.#uriEnd];
    const isByUri = this.#key === "uri";
    return new ProducerRecord(
      this.#envelope.topic,
      this.#envelope.type,
      buffer,
      isByUri ? start : didStart,
      isByUri ? headersStart : didEnd,
      valueStart,
      end,
      headersStart,
      valueStart,
      uriInHeaders,
      didStart,
      didEnd,
      timestampMs,
    );
  }

  #lengthOf(bytes: number): void {
    this.#writer.raw(this.#length.subarray(0, writeZigzag(this.#length, 0, bytes)));
  }
}

/** The AT-URI of a binary event. */
function uriInHeaders({ headers }: ProducerRecord): string {
  return uriOf(headers === null ? "" : decodeHeaders(headers)["ce_id"] ?? "");
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
