/**
 * A cursor as the committed offset of a consumer group. The offset is the number; the text beside it has what else there
 * is to a cursor, and who committed it, which tells instances of one job from each other.
 *
 * @module
 */
import type { Cursor } from "../../cursor/cursor.ts";
import type { Committed } from "./group_offsets.ts";

/** A cursor and its owner. */
export interface KeptCursor {
  /** Null where an instance began without one. */
  readonly cursor: Cursor | null;
  /** The instance that committed it; null where that was none of ours, such as a tool that sets offsets. */
  readonly by: string | null;
}

/** What to commit. `count` makes each commit of an instance another one. */
export function committedOf(cursor: Cursor | null, by: string, count: number): Committed {
  const { seq, host, time, savedAt } = cursor ?? { seq: null, host: null, time: null };
  return { offset: BigInt(seq ?? 0), metadata: JSON.stringify({ cursor: seq, host, time, savedAt, by, count }) };
}

/** The cursor that a commit holds. An offset that a tool has set has no text, and is a number of no known host. */
export function keptCursorOf({ offset, metadata }: Committed): KeptCursor {
  const seq = Number(offset);
  const { cursor = seq, host = null, time = null, savedAt, by = null } = fieldsOf(metadata);
  if (cursor === null) return { cursor: null, by: textOf(by) };
  const saved = typeof savedAt === "string" ? { savedAt } : {};
  return { cursor: { host: textOf(host), seq, time: textOf(time), ...saved }, by: textOf(by) };
}

function fieldsOf(metadata: string): Partial<Record<"cursor" | "host" | "time" | "savedAt" | "by", unknown>> {
  try {
    const value: unknown = JSON.parse(metadata);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
