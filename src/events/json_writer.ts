/**
 * JSON as UTF-8, written piece by piece into a buffer that many events share. Texts go from CBOR to JSON as bytes: both
 * are UTF-8, so nothing but the few characters that JSON escapes is looked at twice, and no string is made.
 *
 * @module
 */
import { writeCidV1 } from "../atproto/cid.ts";
import type { Span } from "../atproto/bytes/span.ts";
import { MAX_ESCAPED_BYTES, writeInteger, writeJsonText } from "../atproto/bytes/json.ts";
import { type EventBuffer, EventBuffers } from "./event_buffer.ts";

const QUOTE = 0x22;
const NULL = ascii("null");
const utf8 = new TextEncoder();

/** The bytes of a text that is ASCII. */
export function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Writes JSON; what is written lies between `start` and `end`. */
export class JsonWriter {
  readonly #buffers = new EventBuffers();
  #buffer: EventBuffer = this.#buffers.take(0);
  #bytes: Uint8Array = this.#buffer.bytes;
  #start = 0;
  #at = 0;
  /** Whether all texts of the event so far are UTF-8. */
  isUtf8 = true;

  /** Begins an event of at most `pieces` bytes as they stand and `texts` bytes of texts before they are escaped. */
  begin(pieces: number, texts: number): void {
    const room = pieces + texts * MAX_ESCAPED_BYTES;
    if (this.#bytes.length - this.#at < room) {
      this.#buffer.release();
      this.#buffer = this.#buffers.take(room);
      this.#bytes = this.#buffer.bytes;
      this.#at = 0;
    }
    this.#start = this.#at;
    this.isUtf8 = true;
  }

  /** How many bytes were written since the beginning. */
  get length(): number {
    return this.#at - this.#start;
  }

  /** The buffer, which holds other events too, and where what was written since the beginning stands in it. */
  get buffer(): EventBuffer {
    return this.#buffer;
  }

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#at;
  }

  /** Writes bytes that are JSON already. */
  raw(piece: Uint8Array): void {
    this.#bytes.set(piece, this.#at);
    this.#at += piece.length;
  }

  /** Writes a range of bytes that are known to be ASCII without quotes, backslashes and control characters. */
  plain(source: Uint8Array, { start, end }: Span): void {
    const bytes = this.#bytes;
    let at = this.#at;
    for (let i = start; i < end; i++) bytes[at++] = source[i] ?? 0;
    this.#at = at;
  }

  /**
   * Writes a range of bytes as a JSON string. If they are no UTF-8, {@linkcode JsonWriter.isUtf8} is false from then on,
   * until the next event, and what was written is of no use.
   */
  text(source: Uint8Array, start: number, end: number): void {
    const at = writeJsonText(this.#bytes, this.#at, source, start, end);
    if (at < 0) this.isUtf8 = false;
    else this.#at = at;
  }

  /** Writes `null`. */
  null(): void {
    this.raw(NULL);
  }

  /** Writes a text as {@linkcode JsonWriter.text} does, or `null` if it begins before the bytes. */
  optional(source: Uint8Array, start: number, end: number): void {
    if (start < 0) this.raw(NULL);
    else this.text(source, start, end);
  }

  /** Writes a list of texts: the ranges that stand from `from` up to `to` in `items`, start and end of each in turn. */
  texts(source: Uint8Array, items: Int32Array, from: number, to: number): void {
    this.#byte(0x5b);
    for (let i = from; i < to; i += 2) {
      if (i > from) this.#byte(0x2c);
      this.text(source, items[i] ?? 0, items[i + 1] ?? 0);
    }
    this.#byte(0x5d);
  }

  /** Writes JSON that is a JavaScript string; it counts as three bytes of ours for each of its UTF-16 units. */
  json(text: string): void {
    this.#at += utf8.encodeInto(text, this.#bytes.subarray(this.#at)).written;
  }

  /** Writes the text of a CID that is none of version 0, without quotes. */
  cid(source: Uint8Array, span: Span): void {
    this.#at = writeCidV1(this.#bytes, this.#at, source, span);
  }

  /** The same with quotes. */
  quotedCid(source: Uint8Array, span: Span): void {
    this.#byte(QUOTE);
    this.cid(source, span);
    this.#byte(QUOTE);
  }

  /** Writes a whole number from 0 to 2^53 - 1. */
  integer(value: number): void {
    this.#at = writeInteger(this.#bytes, this.#at, value);
  }

  #byte(byte: number): void {
    this.#bytes[this.#at++] = byte;
  }
}
