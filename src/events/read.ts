/**
 * Readers for records that need not conform to their lexicon. They never coerce: a value of the wrong type counts as
 * absent, so no "None", "42" or text cut into letters ever becomes data.
 *
 * @module
 */
import { Cid } from "../atproto/cid.ts";
import { BLOB } from "./fields.ts";

/** The text, or null. */
export function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** The texts of a list; others in it are left out. */
export function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** The field of an object, or undefined if `value` is no object or has no such field of its own. */
export function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

/** The CID text of a blob: `{ref: link}`, or the legacy `{cid, mimeType}`. */
export function blobCid(value: unknown): string | null {
  const ref = field(value, BLOB.link);
  return ref instanceof Cid ? ref.toString() : text(field(value, BLOB.text));
}

/** An array as DAG-JSON, or null: CIDs become `{"$link"}`, bytes `{"$bytes"}`, large integers keep all digits. */
export function arrayJson(value: unknown): string | null {
  return Array.isArray(value) ? dagJson(value) : null;
}

/** An object as DAG-JSON, or null. */
export function objectJson(value: unknown): string | null {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Cid) &&
    !(value instanceof Uint8Array);
  return isObject ? dagJson(value) : null;
}

function dagJson(value: unknown): string {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Uint8Array) return `{"$bytes":"${base64(value)}"}`;
  if (Array.isArray(value)) return `[${value.map(dagJson).join(",")}]`;
  if (typeof value === "object" && value !== null && !(value instanceof Cid)) {
    return `{${Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${dagJson(item)}`).join(",")}}`;
  }
  // NaN and the infinities, which no JSON has, come out as null here.
  return JSON.stringify(value);
}

/** Base64 without padding, as DAG-JSON has it. */
function base64(bytes: Uint8Array): string {
  return bytes.toBase64({ omitPadding: true });
}
