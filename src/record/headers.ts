/**
 * The headers of a Kafka record as they stand at its end: `count VARINT, each: name, value VARINT BYTES`, where a VARINT
 * is zigzag. Source: kafka.apache.org, "Message Format", Record Header.
 *
 * @module
 */

/** A header: its name and its value, in UTF-8. */
export type RecordHeader = readonly [name: Uint8Array, value: Uint8Array];

const utf8 = new TextEncoder();
const text = new TextDecoder();

/** Bytes of a zigzag varint of a number that is not negative and below 2^30. */
export function zigzagBytes(value: number): number {
  return value < 64 ? 1 : value < 8192 ? 2 : value < 1_048_576 ? 3 : value < 134_217_728 ? 4 : 5;
}

/** Writes a number that is not negative and below 2^30, zigzag; returns where it ends. */
export function writeZigzag(bytes: Uint8Array, at: number, value: number): number {
  let left = value * 2;
  for (; left >= 0x80; left >>>= 7) bytes[at++] = (left & 0x7f) | 0x80;
  bytes[at++] = left;
  return at;
}

/** Bytes of a zigzag varint of a number that is not negative and below 2^52. */
export function longZigzagBytes(value: number): number {
  let bytes = 1;
  for (let left = value * 2; left >= 0x80; left = Math.floor(left / 0x80)) bytes++;
  return bytes;
}

/** Writes a number that is not negative and below 2^52, zigzag; returns where it ends. */
export function writeLongZigzag(bytes: Uint8Array, at: number, value: number): number {
  let left = value * 2;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes[at++] = left % 0x80 + 0x80;
  bytes[at++] = left;
  return at;
}

/**
 * Headers as they stand in a record, in the order given.
 *
 * @example Written and read
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const utf8 = new TextEncoder();
 * const bytes = encodeHeaders([[utf8.encode("ce_id"), utf8.encode("1")]]);
 * assertEquals(decodeHeaders(bytes), { ce_id: "1" });
 * ```
 */
export function encodeHeaders(headers: readonly RecordHeader[]): Uint8Array {
  const parts = headers.flat();
  const size = parts.reduce((sum, part) => sum + zigzagBytes(part.length) + part.length, zigzagBytes(headers.length));
  const bytes = new Uint8Array(size);
  let at = writeZigzag(bytes, 0, headers.length);
  for (const part of parts) at = writePart(bytes, at, part);
  return bytes;
}

/** The same of headers that are text. */
export function encodeTextHeaders(headers: readonly (readonly [name: string, value: string])[]): Uint8Array {
  return encodeHeaders(headers.map(([name, value]) => [utf8.encode(name), utf8.encode(value)]));
}

function writePart(bytes: Uint8Array, at: number, part: Uint8Array): number {
  const start = writeZigzag(bytes, at, part.length);
  bytes.set(part, start);
  return start + part.length;
}

/** Reads what {@linkcode encodeHeaders} wrote, as text; of several headers with one name the last. */
export function decodeHeaders(bytes: Uint8Array): Record<string, string> {
  let at = 0;
  const number = () => {
    let value = 0;
    for (let scale = 1;; scale *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value / 2;
    }
  };
  const part = () => {
    const length = number();
    at += length;
    return text.decode(bytes.subarray(at - length, at));
  };
  const headers: Record<string, string> = {};
  for (let left = number(); left > 0; left--) {
    const name = part();
    headers[name] = part();
  }
  return headers;
}
