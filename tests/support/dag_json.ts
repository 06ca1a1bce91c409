/**
 * The protocol's JSON by way of JavaScript's objects: what `decodeCbor` gives, as text. The order of keys that are
 * numbers is lost on that way.
 *
 * @module
 */
import { Cid } from "../../src/atproto/cid.ts";

/** A decoded value as JSON: CIDs become `{"$link"}`, bytes `{"$bytes"}`, large integers keep all digits. */
export function dagJson(value: unknown): string {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Uint8Array) return `{"$bytes":"${value.toBase64({ omitPadding: true })}"}`;
  if (Array.isArray(value)) return `[${value.map(dagJson).join(",")}]`;
  if (typeof value === "object" && value !== null && !(value instanceof Cid)) {
    return `{${Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${dagJson(item)}`).join(",")}}`;
  }
  // NaN and the infinities, which no JSON has, come out as null here.
  return JSON.stringify(value);
}
