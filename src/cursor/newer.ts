/**
 * Which of two cursors is the newer: the one of the file, of delivery at least once, or the one in Kafka, of delivery
 * exactly once. Each mode begins where the other ended.
 *
 * @module
 */
import type { Cursor } from "./cursor.ts";

/** The cursor to go on from, and which of the two it is; null where there is none. */
export interface Newer {
  readonly cursor: Cursor | null;
  readonly from: "file" | "group" | null;
}

/**
 * The newer of two cursors of one job: by the times at which they were saved, as a relay that was replaced begins with
 * lower numbers, and messages bear whatever time their sender's clock has; by their numbers where one has no such time.
 *
 * @example A file of a run that ended later
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const file = { host: "a", seq: 9, time: null, savedAt: "2026-01-02T00:00:00Z" };
 * const group = { host: "a", seq: 7, time: null, savedAt: "2026-01-01T00:00:00Z" };
 * assertEquals(newerOf(file, group), { cursor: file, from: "file" });
 * ```
 */
export function newerOf(file: Cursor | null, group: Cursor | null): Newer {
  if (file === null || group === null) {
    return { cursor: file ?? group, from: file !== null ? "file" : group !== null ? "group" : null };
  }
  const isFile = file.savedAt === undefined || group.savedAt === undefined
    ? file.seq > group.seq
    : Date.parse(file.savedAt) > Date.parse(group.savedAt);
  return isFile ? { cursor: file, from: "file" } : { cursor: group, from: "group" };
}
