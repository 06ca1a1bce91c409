/**
 * A cursor as the fields of a JSON object, the same in a file and beside an offset in Kafka.
 *
 * @module
 */
import type { Cursor, Place } from "./cursor.ts";
import { readOwner } from "./owner.ts";

/** So many of the recent messages are kept at most. */
export const MOST_RECENT = 64;

/** The fields of a cursor; of the recent messages the last `most`. */
export function cursorFields(cursor: Cursor, most: number): Readonly<Record<string, unknown>> {
  const { seq, host, time, savedAt, epoch, owner, usualStep, recent = [] } = cursor;
  const kept = most === 0 || recent.length === 0 ? undefined : recent.slice(-most);
  return { cursor: seq, host, time, savedAt, epoch, owner, usualStep, recent: kept };
}

/**
 * Reads the fields of a cursor, of which all but its number may be missing, as in files of the Python bridge; null if they
 * are none.
 */
export function readCursor(value: unknown): Cursor | null {
  const place = readPlace(value);
  if (place === null || typeof value !== "object" || value === null) return null;
  const { host, savedAt, epoch, owner, usualStep, recent }: Partial<Record<string, unknown>> = { ...value };
  const own = readOwner(owner);
  return {
    host: typeof host === "string" ? host : null,
    ...place,
    ...(typeof savedAt === "string" ? { savedAt } : {}),
    ...(isCount(epoch) ? { epoch } : {}),
    ...(isCount(usualStep) ? { usualStep } : {}),
    ...(own === null ? {} : { owner: own }),
    ...(Array.isArray(recent) ? { recent: recent.filter((each) => typeof each === "string") } : {}),
  };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}

/** Reads `{"cursor": N, "time": ...}`; null if that is none. */
export function readPlace(value: unknown): Place | null {
  if (typeof value !== "object" || value === null || !("cursor" in value)) return null;
  const seq = value.cursor;
  if (typeof seq !== "number" || !Number.isSafeInteger(seq) || seq < 0) return null;
  return { seq, time: "time" in value && typeof value.time === "string" ? value.time : null };
}
