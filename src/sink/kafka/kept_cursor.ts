/**
 * A cursor as the committed offset of a consumer group. The offset is the number; the text beside it has what else there
 * is to a cursor, and who committed it, which tells instances of one job from each other.
 *
 * @module
 */
import { type Cursor, readEvidence } from "../../cursor/cursor.ts";
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
  const { seq, host, time, savedAt, usualStep, recent } = cursor ?? { seq: null, host: null, time: null };
  const kept = { cursor: seq, host, time, savedAt, by, count, usualStep, recent: recent && lastOf(recent) };
  return { offset: BigInt(seq ?? 0), metadata: JSON.stringify(kept) };
}

/** Brokers refuse metadata of more than 4,096 bytes (`offset.metadata.max.bytes`). */
const MOST_RECENT_BYTES = 2400;

/** As many of the last ones as there is room for. */
function lastOf(recent: readonly string[]): readonly string[] {
  let bytes = 0;
  let first = recent.length;
  while (first > 0 && (bytes += utf8.encode(JSON.stringify(recent[first - 1])).length + 1) <= MOST_RECENT_BYTES) {
    first--;
  }
  return recent.slice(first);
}

const utf8 = new TextEncoder();

/** The cursor that a commit holds. An offset that a tool has set has no text, and is a number of no known host. */
export function keptCursorOf({ offset, metadata }: Committed): KeptCursor {
  const seq = Number(offset);
  const fields = fieldsOf(metadata);
  const { cursor = seq, host = null, time = null, savedAt, by = null } = fields;
  if (cursor === null) return { cursor: null, by: textOf(by) };
  const saved = typeof savedAt === "string" ? { savedAt } : {};
  return { cursor: { host: textOf(host), seq, time: textOf(time), ...saved, ...readEvidence(fields) }, by: textOf(by) };
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
