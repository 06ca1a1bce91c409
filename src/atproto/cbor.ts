/**
 * A bounded, lenient DAG-CBOR reader. Lenient in what the wild holds: keys in any order, integers and lengths in long
 * form, floats of all widths, 64-bit integers (as bigint past 2^53). Strict in what could hurt: lengths are checked
 * before they are used, nesting stops at 32, items at 100,000, and a `__proto__` key is an ordinary key. Indefinite
 * lengths, tags other than 42, `undefined` and keys that are no strings are refused; of a key that stands twice the
 * last value counts, as in JSON.
 *
 * @module
 */
import { Cid, MAX_CID_BYTES } from "./cid.ts";
import type { Names } from "./names.ts";
import { isUtf8 } from "./bytes/utf8.ts";

/** The deepest nesting that is followed (the protocol's guide). */
export const MAX_DEPTH = 32;
/** The most items of one message or record, a hundred times what any needs: 5 MB of one byte each cost a second. */
export const MAX_ITEMS = 100_000;
const CID_TAG = 42;

/** Thrown inside the codec and caught at its edge: the bytes are no DAG-CBOR, from the byte at `offset` on. */
export class CborError extends Error {
  override readonly name = "CborError";
  readonly offset: number;

  constructor(problem: string, offset: number) {
    super(`Cannot decode CBOR at byte ${offset}: ${problem}`);
    this.offset = offset;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The CBOR major types, by the number in a head's top three bits. */
export const MAJOR = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6, simple: 7 } as const;

/**
 * Reads one item after another from a buffer. A caller that wants only some fields walks a map with `readName`, takes
 * the ranges of texts and byte strings with `enterText` and `enterBytes`, and steps over the rest with `skip`, which
 * makes no object for what nobody asked for; `readValue` decodes everything.
 */
export class CborReader {
  readonly bytes: Uint8Array;
  /** Offset of the next unread byte. */
  offset: number;
  /** The argument of the head read last: a value, a length or a count. */
  argument = 0;
  readonly #end: number;
  #items = 0;

  /** Reads from `offset` up to `end`. */
  constructor(bytes: Uint8Array, offset = 0, end = bytes.length) {
    this.bytes = bytes;
    this.offset = offset;
    this.#end = end;
  }

  /** Made for floats and 64-bit integers alone, which few frames have: a view costs more than all the heads. */
  get #view(): DataView {
    return new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.offset >= this.#end;
  }

  /** Reads a head, leaves its argument in `argument`, returns the major type. For simple values the argument is raw. */
  readHead(): number {
    const start = this.offset;
    const initial = start < this.#end ? this.bytes[start] : undefined;
    if (initial === undefined) throw new CborError("the input ends here", start);
    const info = initial & 31;
    if (info < 24) {
      this.offset = start + 1;
      this.argument = info;
    } else if (info <= 27) {
      this.#readArgument(start, 1 << (info - 24));
    } else {
      throw new CborError(info === 31 ? "indefinite lengths are not allowed" : "reserved head", start);
    }
    return initial >> 5;
  }

  #readArgument(start: number, width: number): void {
    if (start + 1 + width > this.#end) throw new CborError("the input ends within a head", start);
    this.offset = start + 1 + width;
    let argument = 0;
    for (let at = start + 1; at < this.offset; at++) argument = argument * 256 + (this.bytes[at] ?? 0);
    this.argument = argument;
  }

  /** Which of the names the next text string is, by its place in their list, or -1 for another. */
  readName(names: Names): number {
    const start = this.enterText();
    const length = this.offset - start;
    const candidates = names[length];
    if (candidates === undefined) return -1;
    const { bytes } = this;
    for (let i = 0; i < candidates.length; i++) {
      const name = candidates[i];
      if (name === undefined) break;
      let at = 0;
      while (at < length && bytes[start + at] === name.bytes[at]) at++;
      if (at === length) return name.index;
    }
    return -1;
  }

  /** Steps over a text string, which is not checked to be UTF-8, and returns where its bytes begin; they end at `offset`. */
  enterText(): number {
    return this.#enter(MAJOR.text, "a text string");
  }

  /** Steps over a byte string and returns where its bytes begin; they end at `offset`. */
  enterBytes(): number {
    return this.#enter(MAJOR.bytes, "a byte string");
  }

  #enter(major: number, wanted: string): number {
    const start = this.offset;
    if (this.readHead() !== major) throw new CborError(`not ${wanted}`, start);
    const begin = this.offset;
    this.#need(this.argument, start);
    this.offset = begin + this.argument;
    return begin;
  }

  /** The major type of the next item, or -1 at the end. */
  nextMajor(): number {
    return this.offset < this.#end ? (this.bytes[this.offset] ?? 0) >> 5 : -1;
  }

  /** Reads the head of a map and returns its number of entries. */
  readMapSize(): number {
    return this.#readSize(MAJOR.map, "a map");
  }

  /** Reads the head of an array and returns its number of items. */
  readArraySize(): number {
    return this.#readSize(MAJOR.array, "an array");
  }

  #readSize(major: number, wanted: string): number {
    const start = this.offset;
    if (this.readHead() !== major) throw new CborError(`not ${wanted}`, start);
    this.#count(this.argument, start);
    return this.argument;
  }

  /** Reads a text string. */
  readText(): string {
    const start = this.offset;
    if (this.readHead() !== MAJOR.text) throw new CborError("not a text string", start);
    return this.#takeText(this.argument);
  }

  /** Reads a byte string as a view on the input. */
  readBytes(): Uint8Array {
    const start = this.offset;
    if (this.readHead() !== MAJOR.bytes) throw new CborError("not a byte string", start);
    return this.#takeBytes(this.argument);
  }

  /** Steps over one item, whatever it is. */
  skip(depth = 0): void {
    const start = this.offset;
    const major = this.readHead();
    const size = this.argument;
    if (major === MAJOR.bytes || major === MAJOR.text) {
      this.#need(size, start);
      this.offset += size;
    } else if (major === MAJOR.array || major === MAJOR.map) {
      this.#open(size, depth, start);
      for (let left = major === MAJOR.map ? size * 2 : size; left > 0; left--) this.skip(depth + 1);
    } else if (major === MAJOR.tag) {
      this.#open(0, depth, start);
      this.skip(depth + 1);
    }
  }

  /** Steps over one item that must be such as `readValue` would decode, without making anything of it. */
  check(depth = 0): void {
    const start = this.offset;
    const major = this.readHead();
    const size = this.argument;
    switch (major) {
      case MAJOR.bytes:
        this.#need(size, start);
        this.offset += size;
        return;
      case MAJOR.text:
        this.#checkText(size);
        return;
      case MAJOR.array:
        this.#open(size, depth, start);
        for (let left = size; left > 0; left--) this.check(depth + 1);
        return;
      case MAJOR.map:
        this.#open(size * 2, depth, start);
        for (let left = size; left > 0; left--) {
          this.checkText();
          this.check(depth + 1);
        }
        return;
      case MAJOR.tag:
        this.#takeCid(size, start);
        return;
      case MAJOR.simple:
        this.#takeSimple(start);
    }
  }

  /** Steps over a text string that must be UTF-8. */
  checkText(): void {
    const start = this.offset;
    if (this.readHead() !== MAJOR.text) throw new CborError("not a text string", start);
    this.#checkText(this.argument);
  }

  #checkText(length: number): void {
    const start = this.offset;
    this.#need(length, start);
    this.offset = start + length;
    if (!isUtf8(this.bytes, start, this.offset)) throw new CborError("a text string that is no UTF-8", start);
  }

  /** Decodes one item: objects, arrays, strings, numbers (bigint past 2^53), booleans, null, Uint8Array, Cid. */
  readValue(depth = 0): unknown {
    const start = this.offset;
    const major = this.readHead();
    const size = this.argument;
    switch (major) {
      case MAJOR.unsigned:
        return size <= Number.MAX_SAFE_INTEGER ? size : this.#view.getBigUint64(start + 1);
      case MAJOR.negative:
        return size < Number.MAX_SAFE_INTEGER ? -1 - size : -1n - this.#view.getBigUint64(start + 1);
      case MAJOR.bytes:
        return this.#takeBytes(size);
      case MAJOR.text:
        return this.#takeText(size);
      case MAJOR.array:
        return this.#takeArray(size, depth, start);
      case MAJOR.map:
        return this.#takeMap(size, depth, start);
      case MAJOR.tag:
        return this.#takeCid(size, start);
      default:
        return this.#takeSimple(start);
    }
  }

  #takeArray(size: number, depth: number, start: number): unknown[] {
    this.#open(size, depth, start);
    const items: unknown[] = [];
    for (let i = 0; i < size; i++) items.push(this.readValue(depth + 1));
    return items;
  }

  #takeMap(size: number, depth: number, start: number): Record<string, unknown> {
    this.#open(size * 2, depth, start);
    const map: Record<string, unknown> = {};
    for (let i = 0; i < size; i++) {
      const key = this.readText();
      const value = this.readValue(depth + 1);
      if (key === "__proto__") {
        Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
      } else {
        map[key] = value;
      }
    }
    return map;
  }

  /**
   * Steps over a CID (tag 42) and returns where its bytes begin, after the zero byte; they end at `offset`.
   * The next item must be a tag.
   */
  enterCid(): number {
    const start = this.offset;
    if (this.readHead() !== MAJOR.tag || this.argument !== CID_TAG) throw new CborError("not a CID", start);
    const begin = this.enterBytes();
    this.#checkCid(begin, start);
    return begin + 1;
  }

  #checkCid(begin: number, start: number): void {
    const length = this.offset - begin;
    if (length < 2 || this.bytes[begin] !== 0) throw new CborError("a CID without its leading zero byte", start);
    if (length > MAX_CID_BYTES + 1) throw new CborError(`a CID of more than ${MAX_CID_BYTES} bytes`, start);
  }

  #takeCid(tag: number, start: number): Cid {
    if (tag !== CID_TAG) throw new CborError(`tag ${tag} is not allowed`, start);
    const begin = this.enterBytes();
    this.#checkCid(begin, start);
    return new Cid(this.bytes.subarray(begin + 1, this.offset));
  }

  #takeSimple(start: number): unknown {
    switch (this.bytes[start]) {
      case 0xf4:
        return false;
      case 0xf5:
        return true;
      case 0xf6:
        return null;
      case 0xf9:
        return halfFloat(this.argument);
      case 0xfa:
        return this.#view.getFloat32(start + 1);
      case 0xfb:
        return this.#view.getFloat64(start + 1);
      default:
        throw new CborError("a simple value that is neither false, true, null nor a float", start);
    }
  }

  #takeBytes(length: number): Uint8Array {
    this.#need(length, this.offset);
    const start = this.offset;
    this.offset = start + length;
    return this.bytes.subarray(start, this.offset);
  }

  #takeText(length: number): string {
    const start = this.offset;
    this.#need(length, start);
    const end = start + length;
    this.offset = end;
    // Short ASCII, which most keys and values are, costs a third of a TextDecoder call this way.
    if (length <= 32) {
      let text = "";
      for (let i = start; i < end; i++) {
        const byte = this.bytes[i] ?? 0x80;
        if (byte >= 0x80) return this.#decodeText(start, end);
        text += String.fromCharCode(byte);
      }
      return text;
    }
    return this.#decodeText(start, end);
  }

  #decodeText(start: number, end: number): string {
    try {
      return utf8.decode(this.bytes.subarray(start, end));
    } catch {
      throw new CborError("a text string that is no UTF-8", start);
    }
  }

  #open(items: number, depth: number, start: number): void {
    if (depth >= MAX_DEPTH) throw new CborError(`nested deeper than ${MAX_DEPTH}`, start);
    this.#count(items, start);
  }

  #count(items: number, start: number): void {
    this.#need(items, start);
    this.#items += items;
    if (this.#items > MAX_ITEMS) throw new CborError(`more than ${MAX_ITEMS} items`, start);
  }

  #need(bytes: number, start: number): void {
    if (bytes > this.#end - this.offset) throw new CborError("the input ends within an item", start);
  }
}

function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/**
 * Decodes the one item that fills `bytes`.
 *
 * @throws {CborError} if the bytes are no DAG-CBOR, or more than one item
 *
 * @example Decode a map
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(decodeCbor(new Uint8Array([0xa1, 0x61, 0x61, 0x18, 0x2a])), { a: 42 });
 * ```
 */
export function decodeCbor(bytes: Uint8Array): unknown {
  const reader = new CborReader(bytes);
  const value = reader.readValue();
  if (!reader.atEnd) throw new CborError("more bytes follow the item", reader.offset);
  return value;
}
