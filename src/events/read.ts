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
