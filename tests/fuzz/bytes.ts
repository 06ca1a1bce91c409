/**
 * CBOR, CAR and CIDs piece by piece, with nothing checked: lengths may lie, keys stand twice, texts be no UTF-8.
 *
 * @module
 */
import { hash } from "node:crypto";

const utf8 = new TextEncoder();

/** Bytes one after another. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Copies of one byte. */
export function fill(length: number, byte: number): Uint8Array {
  return new Uint8Array(length).fill(byte);
}

/** The head of an item; `width` is the bytes of its argument (0, 1, 2, 4, 8), by default the fewest. */
export function head(major: number, argument: number | bigint, width = widthOf(argument)): Uint8Array {
  const bytes = new Uint8Array(1 + width);
  bytes[0] = (major << 5) | (width === 0 ? Number(argument) & 31 : { 1: 24, 2: 25, 4: 26, 8: 27 }[width] ?? 24);
  // Nearly all arguments are small, and numbers are many times faster.
  if (argument < 2 ** 31) {
    for (let at = width, left = Number(argument); at > 0; at--, left >>= 8) bytes[at] = left & 255;
    return bytes;
  }
  let left = BigInt(argument);
  for (let at = width; at > 0; at--) {
    bytes[at] = Number(left & 255n);
    left >>= 8n;
  }
  return bytes;
}

function widthOf(argument: number | bigint): number {
  return argument < 24 ? 0 : argument < 256 ? 1 : argument < 65_536 ? 2 : argument < 2 ** 32 ? 4 : 8;
}

/** A text string. */
export function text(value: string): Uint8Array {
  const bytes = utf8.encode(value);
  return concat(head(3, bytes.length), bytes);
}

/** A byte string. */
export function byteString(value: Uint8Array): Uint8Array {
  return concat(head(2, value.length), value);
}

/** An array of items. */
export function array(items: readonly Uint8Array[]): Uint8Array {
  return concat(head(4, items.length), ...items);
}

/** A map, its entries in the given order. */
export function map(entries: readonly (readonly [key: string, value: Uint8Array])[]): Uint8Array {
  return concat(head(5, entries.length), ...entries.flatMap(([key, value]) => [text(key), value]));
}

/** A link. */
export function link(cid: Uint8Array): Uint8Array {
  return concat(head(6, 42), byteString(concat(fill(1, 0), cid)));
}

/** The CID of a block: version 1, DAG-CBOR, SHA-256. */
export function cidOf(block: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(1, 0x71, 0x12, 0x20), hash("sha256", block, "buffer"));
}

/** An unsigned LEB128 number. */
export function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Uint8Array.from([...bytes, value]);
}

/** One section of an archive. */
export function section(cid: Uint8Array, block: Uint8Array): Uint8Array {
  return concat(varint(cid.length + block.length), cid, block);
}

/** An archive of these sections. */
export function car(root: Uint8Array, sections: readonly Uint8Array[]): Uint8Array {
  const header = map([["roots", array([link(root)])], ["version", head(0, 1)]]);
  return concat(varint(header.length), header, ...sections);
}

/** One operation. */
export function op(action: string, path: string, cid: Uint8Array | null): Uint8Array {
  return map([["cid", cid === null ? NULL : link(cid)], ["path", text(path)], ["action", text(action)]]);
}

/** The item null. */
export const NULL: Uint8Array = Uint8Array.of(0xf6);
/** The item `false`. */
export const FALSE: Uint8Array = Uint8Array.of(0xf4);
/** The item `true`. */
export const TRUE: Uint8Array = Uint8Array.of(0xf5);
const NO_CID = cidOf(new Uint8Array());

/** A message of a type with this body. */
export function message(type: string, body: Uint8Array): Uint8Array {
  return concat(map([["t", text(type)], ["op", head(0, 1)]]), body);
}

/** A `#commit` with these operations and this archive; `more` stands in place of fields, or beside them. */
export function commit(
  ops: readonly Uint8Array[],
  blocks: Uint8Array,
  more: { readonly [field: string]: Uint8Array } = {},
): Uint8Array {
  const fields = {
    ops: array(ops),
    rev: text("3lzzzzzzzzz2a"),
    seq: head(0, 31_500_000_001),
    repo: text("did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"),
    time: text("2026-07-01T12:00:00.123456Z"),
    since: NULL,
    blocks: byteString(blocks),
    commit: link(NO_CID),
    ...more,
  };
  return message("#commit", map(Object.entries(fields)));
}

/** A `#commit` that creates one record of these bytes, under its right CID. */
export function commitOf(collection: string, record: Uint8Array): Uint8Array {
  const cid = cidOf(record);
  return commit([op("create", `${collection}/3lzzzzzzzzz2a`, cid)], car(cid, [section(cid, record)]));
}
