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

/** How an event can stand in a record of Kafka. */
export const CONTENT_MODES = ["structured", "binary"] as const;

/** One of {@linkcode CONTENT_MODES}. */
export type ContentMode = typeof CONTENT_MODES[number];

/** The media type of the data. */
export const DATA_MEDIA_TYPE = "application/json";

/** Writes what stands around the data of one event after the other. */
export interface Framing {
  /** What every event of a type begins with. */
  headOf(type: string): Uint8Array;
  /**
   * Begins an event, up to the name of its data's first field. There is room for `moreBytes` of the data beside the texts
   * of the record, each of which may be written `copies` times.
   */
  begin(head: Uint8Array, op: RecordWrite, moreBytes: number, copies: number): void;
  /** Writes what stands after the data's last field; gives the event. */
  end(type: string): ProducerRecord;
}

/** More than all the pieces of an envelope that are the same in each. */
const PIECES_BYTES = 512;

/** The writer's room for an event: the DID stands in the envelope up to three times, the path once; texts may grow. */
function beginEvent(w: JsonWriter, { frame, path, block }: RecordWrite, moreBytes: number, copies: number): void {
  const { did, rev, time } = frame.spans;
  w.begin(
    PIECES_BYTES + (did.end - did.start) * 3 + path.end - path.start + moreBytes,
    (block.end - block.start) * copies + rev.end - rev.start + time.end - time.start,
  );
}

const JSON_PIECE = {
  id: ascii('","id":"'),
  slash: ascii("/"),
  time: ascii('","time":"'),
  create: ascii(`","datacontenttype":"${DATA_MEDIA_TYPE}","action":"create","data":{`),
  update: ascii(`","datacontenttype":"${DATA_MEDIA_TYPE}","action":"update","data":{`),
  end: ascii("}}"),
} as const;

/** The envelope as JSON around the data. */
export class StructuredFraming implements Framing {
  readonly #writer: JsonWriter;
  readonly #source: string;
  readonly #topic: string;
  #keyStart = 0;
  #keyEnd = 0;

  /** `source` is the firehose URL without its query. */
  constructor(writer: JsonWriter, source: string, topic = "") {
    this.#writer = writer;
    this.#source = source;
    this.#topic = topic;
  }

  headOf(type: string): Uint8Array {
    // The source may hold anything that a URL may; JSON knows how to write it.
    const start = JSON.stringify({ specversion: "1.0", type, source: this.#source, subject: "" });
    return new TextEncoder().encode(start.slice(0, -'"}'.length));
  }

  begin(head: Uint8Array, op: RecordWrite, moreBytes: number, copies: number): void {
    const { frame, kind, path } = op;
    const { bytes, spans: { did, rev, time } } = frame;
    const w = this.#writer;
    beginEvent(w, op, head.length + moreBytes, copies);
    w.raw(head);
    this.#keyStart = head.length;
    w.plain(bytes, did);
    this.#keyEnd = w.length;
    w.raw(JSON_PIECE.id);
    w.plain(bytes, did);
    w.raw(JSON_PIECE.slash);
    w.plain(bytes, rev);
    w.raw(JSON_PIECE.slash);
    w.plain(bytes, path);
    w.raw(JSON_PIECE.time);
    w.plain(bytes, time);
    w.raw(kind === "create" ? JSON_PIECE.create : JSON_PIECE.update);
  }

  end(type: string): ProducerRecord {
    const w = this.#writer;
    w.raw(JSON_PIECE.end);
    const { slab, start, end } = w;
    slab.hold();
    return new ProducerRecord(
      this.#topic,
      type,
      slab,
      start + this.#keyStart,
      start + this.#keyEnd,
      start,
      end,
      0,
      0,
      uriInValue,
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
  readonly #topic: string;
  readonly #length = new Uint8Array(5);
  #keyStart = 0;
  #keyEnd = 0;
  #valueStart = 0;

  /** `source` is the firehose URL without its query. */
  constructor(writer: JsonWriter, source: string, topic = "") {
    this.#writer = writer;
    this.#source = source;
    this.#topic = topic;
  }

  headOf(type: string): Uint8Array {
    const count = new Uint8Array(1);
    writeZigzag(count, 0, Object.keys(ENVELOPE).length);
    const fixed = fixedHeaders({ specversion: "1.0", type, source: this.#source });
    return new Uint8Array([...count, ...fixed, ...HEADER_PIECE.subject]);
  }

  begin(head: Uint8Array, op: RecordWrite, moreBytes: number, copies: number): void {
    const { frame, kind, path } = op;
    const { bytes, spans: { did, rev, time } } = frame;
    const didBytes = did.end - did.start;
    const w = this.#writer;
    beginEvent(w, op, head.length + moreBytes, copies);
    w.raw(head);
    this.#lengthOf(didBytes);
    this.#keyStart = w.length;
    w.plain(bytes, did);
    this.#keyEnd = w.length;
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
    this.#valueStart = w.length;
    w.raw(HEADER_PIECE.data);
  }

  end(type: string): ProducerRecord {
    const w = this.#writer;
    w.raw(HEADER_PIECE.end);
    const { slab, start, end } = w;
    slab.hold();
    const valueStart = start + this.#valueStart;
    const [keyStart, keyEnd] = [start + this.#keyStart, start + this.#keyEnd];
    return new ProducerRecord(
      this.#topic,
      type,
      slab,
      keyStart,
      keyEnd,
      valueStart,
      end,
      start,
      valueStart,
      uriInHeaders,
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
