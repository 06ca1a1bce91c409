/**
 * Records as JSON: what the producer writes, held against JavaScript's own and @atproto's conversion.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { decode } from "@atproto/lex-cbor";
import { lexToJson } from "@atproto/lex-json";
import { ByteBuffer } from "../../src/atproto/bytes/byte_buffer.ts";
import { CborError, decodeCbor } from "../../src/atproto/cbor.ts";
import { cborToJson } from "../../src/atproto/cbor_to_json.ts";
import { dagJson } from "./dag_json.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A record as JSON, by the producer's own conversion. */
export function toJson(bytes: Uint8Array): string {
  const out = new ByteBuffer();
  cborToJson(bytes, { start: 0, end: bytes.length }, out);
  return utf8.decode(out.written());
}

/** What `decodeCbor` and JavaScript's objects make of it, or null if it is refused. */
export function plainJson(bytes: Uint8Array): string | null {
  try {
    return dagJson(decodeCbor(bytes));
  } catch (error) {
    if (error instanceof CborError) return null;
    throw error;
  }
}

/** What @atproto's packages make of it, or null if they refuse it. */
function atprotoJson(bytes: Uint8Array): string | null {
  try {
    return JSON.stringify(lexToJson(decode(bytes)));
  } catch {
    return null;
  }
}

/** Whether there is JSON of an item. */
export interface Compared {
  readonly isTaken: boolean;
  readonly isTakenByAtproto: boolean;
}

/** Fails unless an item becomes what both others make of it, and is refused where `decodeCbor` refuses it. */
export function compare(bytes: Uint8Array): Compared {
  const plain = plainJson(bytes);
  const official = atprotoJson(bytes);
  if (plain === null) {
    assertThrows(() => toJson(bytes), CborError);
    return { isTaken: false, isTakenByAtproto: official !== null };
  }
  const json = toJson(bytes);
  assertSameJson(json, plain);
  // @atproto's decoder drops a byte order mark at the beginning of a text.
  // And it writes CIDs anew whose version is 0 or whose codec is a longer number than need be; here their bytes count.
  const hasOddCid = /"\$link":"(?!bafy|bafk|Qm)/.test(json);
  if (official !== null && !hasOddCid) assertSameJson(json.replaceAll("\ufeff", ""), official.replaceAll("\ufeff", ""));
  return { isTaken: true, isTakenByAtproto: official !== null };
}

function assertSameJson(json: string, other: string): void {
  if (json === other) return;
  assertEquals(JSON.parse(json), JSON.parse(other));
  // JavaScript's objects move keys that are numbers to the front; nothing else may differ.
  assert(/"\d+":/.test(json), `${json} is not ${other}`);
}
