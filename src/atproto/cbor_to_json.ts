/**
 * DAG-CBOR to the protocol's JSON, bytes to bytes: a CID becomes `{"$link": "bafy..."}`, a byte string
 * `{"$bytes": "..."}` in base64 without padding. It accepts and refuses exactly what `decodeCbor` does, and writes what
 * `JSON.stringify` would make of the decoded value, but for what an object in between would lose: keys keep the order of
 * the bytes, also those that are numbers, and integers beyond 2^53 keep all their digits.
 *
 * Where @atproto's own decoder differs: it refuses keys that stand twice in a map, of which here the last value counts,
 * in the place of the first, as in `decodeCbor`; it refuses NaN and the infinities, which become null, as in
 * `JSON.stringify`; it drops a byte order mark at the beginning of a text, which stays here; and it changes CIDs that are
 * malformed, whose text here is that of their bytes.
 *
 * @module
 */
import type { ByteBuffer } from "./bytes/byte_buffer.ts";
import { MAX_ESCAPED_BYTES, writeBase64, writeInteger, writeJsonText } from "./bytes/json.ts";
import type { Span } from "./bytes/span.ts";
import { CborError, CborReader, MAJOR, MAX_DEPTH, MAX_ITEMS } from "./cbor.ts";
import { cidText, isCidV0, writeCidV1 } from "./cid.ts";

const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;
const LINK = '{"$link":"';
const BYTES = '{"$bytes":"';
const END_OF_TEXT = '"}';
const MAX_INTEGER_DIGITS = 16;
const CIDV0_BYTES = 34;

/**
 * Writes the item that fills a range of `bytes` behind what `out` holds: a record, for instance.
 *
 * @throws {CborError} if the bytes are no DAG-CBOR, or more than one item; what `out` held before is untouched then
 *
 * @example A record with bytes in it
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { ByteBuffer } from "./bytes/byte_buffer.ts";
 * const out = new ByteBuffer();
 * cborToJson(new Uint8Array([0xa1, 0x61, 0x61, 0x42, 0x01, 0x02]), { start: 0, end: 6 }, out);
 * assertEquals(new TextDecoder().decode(out.written()), '{"a":{"$bytes":"AQI"}}');
 * ```
 */
export function cborToJson(bytes: Uint8Array, { start, end }: Span, out: ByteBuffer): void {
  const before = out.length;
  const itemEnd = cborItemToJson(bytes, start, end, out, 0);
  if (itemEnd === end) return;
  out.length = before;
  throw new CborError("more bytes follow the item", itemEnd);
}

/**
 * Writes the item that begins at `start` of `bytes`, such as one field of a record, behind what `out` holds. Reads no
 * further than `limit`; `depth` is how deep within a record the item stands. Returns where the item ends.
 *
 * @throws {CborError} as {@linkcode cborToJson}
 */
export function cborItemToJson(
  bytes: Uint8Array,
  start: number,
  limit: number,
  out: ByteBuffer,
  depth: number,
): number {
  const before = out.length;
  try {
    const writer = new JsonOfCbor(bytes, start, limit, out, false);
    writer.item(depth);
    if (writer.isOrdered) return writer.offset;
    // A key may stand twice, and a value that was written not count. All of it is known to be valid now.
    out.length = before;
    const careful = new JsonOfCbor(bytes, start, limit, out, true);
    careful.item(depth);
    return careful.offset;
  } catch (error) {
    out.length = before;
    throw error;
  }
}

/**
 * Where in an item the value at a path of names stands, and how deep; null where nothing does. Of a name that stands twice
 * in a map the last counts. The item must be valid.
 */
export function findItem(
  bytes: Uint8Array,
  { start, end }: Span,
  path: readonly string[],
): { readonly start: number; readonly depth: number } | null {
  const reader = new CborReader(bytes, start, end);
  for (const [depth, name] of path.entries()) {
    if (reader.nextMajor() !== MAJOR.map) return null;
    let found = null;
    for (let left = reader.readMapSize(); left > 0; left--) {
      if (reader.readText() === name) found = reader.offset;
      reader.skip(depth + 1);
    }
    if (found === null) return null;
    reader.offset = found;
  }
  return { start: reader.offset, depth: path.length };
}

class JsonOfCbor {
  /** Whether the keys of all maps so far stand in DAG-CBOR's order, so that none stands twice. */
  isOrdered = true;
  readonly #bytes: Uint8Array;
  readonly #limit: number;
  readonly #reader: CborReader;
  readonly #out: ByteBuffer;
  /** Whether maps are searched for keys that stand twice before they are written. */
  readonly #isCareful: boolean;
  #items = 0;

  constructor(bytes: Uint8Array, start: number, limit: number, out: ByteBuffer, isCareful: boolean) {
    this.#bytes = bytes;
    this.#limit = limit;
    this.#reader = new CborReader(bytes, start, limit);
    this.#out = out;
    this.#isCareful = isCareful;
  }

  get offset(): number {
    return this.#reader.offset;
  }

  item(depth: number): void {
    switch (this.#reader.nextMajor()) {
      case MAJOR.text:
        return this.#text();
      case MAJOR.map:
        return this.#isCareful ? this.#carefulMap(depth) : this.#map(depth);
      case MAJOR.array:
        return this.#array(depth);
      case MAJOR.tag:
        return this.#link();
      case MAJOR.bytes:
        return this.#byteString();
      case MAJOR.unsigned:
      case MAJOR.negative:
        return this.#integer();
      default:
        return this.#simple();
    }
  }

  #text(): void {
    const start = this.#reader.enterText();
    this.#textAt(start, this.#reader.offset);
  }

  #textAt(start: number, end: number): void {
    const out = this.#out;
    out.reserve((end - start) * MAX_ESCAPED_BYTES + 2);
    const written = writeJsonText(out.bytes, out.length, this.#bytes, start, end);
    if (written < 0) throw new CborError("a text string that is no UTF-8", start);
    out.length = written;
  }

  #map(depth: number): void {
    const size = this.#open(depth, 2);
    const reader = this.#reader;
    this.#byte(0x7b);
    let previous = 0;
    let previousEnd = 0;
    for (let i = 0; i < size; i++) {
      if (i > 0) this.#byte(COMMA);
      const start = reader.enterText();
      const end = reader.offset;
      if (i > 0 && !this.#isAfter(start, end, previous, previousEnd)) this.isOrdered = false;
      previous = start;
      previousEnd = end;
      this.#textAt(start, end);
      this.#byte(COLON);
      this.item(depth + 1);
    }
    this.#byte(0x7d);
  }

  /** Whether a key comes after another in DAG-CBOR's order: by length, then by bytes. */
  #isAfter(start: number, end: number, other: number, otherEnd: number): boolean {
    const length = end - start;
    const otherLength = otherEnd - other;
    if (length !== otherLength) return length > otherLength;
    const bytes = this.#bytes;
    for (let i = 0; i < length; i++) {
      const byte = bytes[start + i] ?? 0;
      const otherByte = bytes[other + i] ?? 0;
      if (byte !== otherByte) return byte > otherByte;
    }
    return false;
  }

  /** Writes a map whose keys may stand twice. */
  #carefulMap(depth: number): void {
    const size = this.#open(depth, 2);
    // A reader of its own, so that what is looked at once more is not counted once more.
    const scout = new CborReader(this.#bytes, this.#reader.offset, this.#limit);
    const values = new Map<string, readonly [key: number, value: number]>();
    for (let i = 0; i < size; i++) {
      const key = scout.offset;
      const text = scout.readText();
      values.set(text, [values.get(text)?.[0] ?? key, scout.offset]);
      scout.skip(depth + 1);
    }
    this.#byte(0x7b);
    let isFirst = true;
    for (const [key, value] of values.values()) {
      if (!isFirst) this.#byte(COMMA);
      isFirst = false;
      this.#reader.offset = key;
      this.#text();
      this.#byte(COLON);
      this.#reader.offset = value;
      this.item(depth + 1);
    }
    this.#byte(0x7d);
    this.#reader.offset = scout.offset;
  }

  #array(depth: number): void {
    const size = this.#open(depth, 1);
    this.#byte(0x5b);
    for (let i = 0; i < size; i++) {
      if (i > 0) this.#byte(COMMA);
      this.item(depth + 1);
    }
    this.#byte(0x5d);
  }

  /** Reads the head of a map or an array, whose entries are so many items each; returns the number of entries. */
  #open(depth: number, itemsEach: number): number {
    const start = this.#reader.offset;
    if (depth >= MAX_DEPTH) throw new CborError(`nested deeper than ${MAX_DEPTH}`, start);
    this.#reader.readHead();
    const size = this.#reader.argument;
    this.#items += size * itemsEach;
    if (this.#items > MAX_ITEMS) throw new CborError(`more than ${MAX_ITEMS} items`, start);
    return size;
  }

  #link(): void {
    const reader = this.#reader;
    const start = reader.enterCid();
    const { offset: end } = reader;
    const out = this.#out;
    out.ascii(LINK);
    if (end - start === CIDV0_BYTES && isCidV0(this.#bytes, start)) {
      out.ascii(cidText(this.#bytes.subarray(start, end)));
    } else {
      out.reserve((end - start) * 2);
      out.length = writeCidV1(out.bytes, out.length, this.#bytes, { start, end });
    }
    out.ascii(END_OF_TEXT);
  }

  #byteString(): void {
    const start = this.#reader.enterBytes();
    const { offset: end } = this.#reader;
    const out = this.#out;
    out.ascii(BYTES);
    out.reserve((end - start) * 2);
    out.length = writeBase64(out.bytes, out.length, this.#bytes, start, end);
    out.ascii(END_OF_TEXT);
  }

  #integer(): void {
    const reader = this.#reader;
    const start = reader.offset;
    const isNegative = reader.readHead() === MAJOR.negative;
    const out = this.#out;
    if (reader.argument >= Number.MAX_SAFE_INTEGER) {
      reader.offset = start;
      return out.ascii(String(reader.readValue()));
    }
    out.reserve(1 + MAX_INTEGER_DIGITS);
    if (isNegative) out.bytes[out.length++] = MINUS;
    out.length = writeInteger(out.bytes, out.length, isNegative ? reader.argument + 1 : reader.argument);
  }

  /** False, true, null or a float; anything else is refused. */
  #simple(): void {
    this.#out.ascii(JSON.stringify(this.#reader.readValue()));
  }

  #byte(byte: number): void {
    const out = this.#out;
    out.reserve(1);
    out.bytes[out.length++] = byte;
  }
}
