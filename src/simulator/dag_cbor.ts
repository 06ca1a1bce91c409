/**
 * Records as canonical DAG-CBOR, floats included: the reference encoder refuses those, but anyone with a PDS can sign
 * them.
 *
 * @module
 */
import { hash } from "node:crypto";
import { decode, encode } from "@atproto/lex-cbor";
import type { Lex } from "./frames.ts";
import type { Link } from "./records.ts";

const FLOAT64 = 0xfb;
const ARRAY = 4;
const MAP = 5;
/** Tag 42, a byte string of 37 bytes, and a CID of version 1: DAG-CBOR, SHA-256 of 32 bytes. */
const LINK_HEAD = [0xd8, 0x2a, 0x58, 37, 0, 1, 0x71, 0x12, 0x20] as const;
const utf8 = new TextEncoder();

/**
 * Encodes a record of plain objects, arrays, texts, booleans, nulls, byte strings and links. A number is an integer
 * where it is a safe one, else a 64-bit float; a bigint is an integer of -2^64 to 2^64-1.
 */
export function encodeRecord(record: unknown): Uint8Array {
  const parts: Uint8Array[] = [];
  write(record, parts);
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** The link to a block of DAG-CBOR. */
export function linkTo(block: Uint8Array): Link {
  return decode(new Uint8Array([...LINK_HEAD, ...hash("sha256", block, "buffer")])) as Link;
}

function write(value: unknown, parts: Uint8Array[]): void {
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    parts.push(float64(value));
  } else if (Array.isArray(value)) {
    parts.push(head(ARRAY, value.length));
    for (const item of value) write(item, parts);
  } else if (isMap(value)) {
    const entries = Object.entries(value).map(([key, item]) => ({ key: utf8.encode(key), name: key, item }));
    entries.sort((one, other) => one.key.length - other.key.length || compare(one.key, other.key));
    parts.push(head(MAP, entries.length));
    for (const { name, item } of entries) {
      parts.push(encode(name));
      write(item, parts);
    }
  } else {
    parts.push(encode(value as Lex));
  }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function compare(one: Uint8Array, other: Uint8Array): number {
  for (let i = 0; i < one.length; i++) {
    const difference = (one[i] ?? 0) - (other[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function float64(value: number): Uint8Array {
  const bytes = new Uint8Array(9);
  bytes[0] = FLOAT64;
  new DataView(bytes.buffer).setFloat64(1, value);
  return bytes;
}

/** The head of an array or a map, whose sizes are below 2^16. */
function head(major: number, size: number): Uint8Array {
  const type = major << 5;
  if (size < 24) return new Uint8Array([type | size]);
  return new Uint8Array(size < 256 ? [type | 24, size] : [type | 25, size >> 8, size & 255]);
}
