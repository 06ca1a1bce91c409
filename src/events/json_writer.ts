/**
 * JSON as UTF-8, written piece by piece into a buffer that many events share. Texts go from CBOR to JSON as bytes: both
 * are UTF-8, so nothing but the few characters that JSON escapes is looked at twice, and no string is made.
 *
 * @module
 */
import { writeCidV1 } from "../atproto/cid.ts";
import type { Span } from "../atproto/bytes/span.ts";
import { sequenceLength } from "../atproto/bytes/utf8.ts";
import { type Slab, Slabs } from "./slab.ts";

/** A control character becomes `\u00XX`. */
const MAX_BYTES_PER_BYTE = 6;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const HEX = ascii("0123456789abcdef");
const NULL = ascii("null");
const utf8 = new TextEncoder();

/** What becomes of each byte of a text: one of these, or the letter that stands for it after a backslash. */
const KINDS = new Uint8Array(256);
/** It stands as it is. */
const PLAIN = 0;
/** It becomes `\u00XX`. */
const UNICODE = 1;
/** It begins a character of several bytes, which stand as they are. */
const NOT_ASCII = 2;
KINDS.fill(UNICODE, 0, 0x20);
KINDS.fill(NOT_ASCII, 0x80);
for (const [code, letter] of [[8, "b"], [9, "t"], [10, "n"], [12, "f"], [13, "r"], [QUOTE, '"'], [BACKSLASH, "\\"]]) {
  KINDS[Number(code)] = String(letter).charCodeAt(0);
}

/** The bytes of a text that is ASCII. */
export function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Writes JSON; what is written lies between `start` and `end`. */
export class JsonWriter {
  readonly #slabs = new Slabs();
  #slab: Slab = this.#slabs.take(0);
  #bytes: Uint8Array = this.#slab.bytes;
  #start = 0;
  #at = 0;
  /** Whether all texts of the event so far are UTF-8. */
  isUtf8 = true;

  /** Begins an event of at most `pieces` bytes as they stand and `texts` bytes of texts before they are escaped. */
  begin(pieces: number, texts: number): void {
    const room = pieces + texts * MAX_BYTES_PER_BYTE;
    if (this.#bytes.length - this.#at < room) {
      this.#slab.release();
      this.#slab = this.#slabs.take(room);
      this.#bytes = this.#slab.bytes;
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
  get slab(): Slab {
    return this.#slab;
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
    const bytes = this.#bytes;
    let at = this.#at;
    bytes[at++] = QUOTE;
    for (let i = start; i < end; i++) {
      const code = source[i] ?? 0;
      const kind = KINDS[code] ?? 0;
      if (kind === PLAIN) {
        bytes[at++] = code;
      } else if (kind === NOT_ASCII) {
        const last = i + sequenceLength(source, i, end) - 1;
        if (last < i) this.isUtf8 = false;
        bytes[at++] = code;
        while (i < last) bytes[at++] = source[++i] ?? 0;
      } else {
        bytes[at++] = BACKSLASH;
        if (kind !== UNICODE) bytes[at++] = kind;
        else at = writeUnicodeEscape(bytes, at, code);
      }
    }
    bytes[at++] = QUOTE;
    this.#at = at;
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

  /** Writes a whole number that is not negative. */
  integer(value: number): void {
    let digits = 1;
    for (let power = 10; power <= value; power *= 10) digits++;
    this.#at += digits;
    for (let at = this.#at - 1, left = value; digits > 0; digits--, at--) {
      const rest = Math.floor(left / 10);
      this.#bytes[at] = 0x30 + (left - rest * 10);
      left = rest;
    }
  }

  #byte(byte: number): void {
    this.#bytes[this.#at++] = byte;
  }
}

function writeUnicodeEscape(bytes: Uint8Array, at: number, code: number): number {
  bytes[at++] = 0x75;
  bytes[at++] = 0x30;
  bytes[at++] = 0x30;
  bytes[at++] = HEX[code >> 4] ?? 0;
  bytes[at++] = HEX[code & 15] ?? 0;
  return at;
}
