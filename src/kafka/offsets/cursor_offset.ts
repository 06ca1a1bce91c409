/**
 * The codec from a cursor to the committed offset of a consumer group and back. The offset is the sequence number; its
 * metadata has the rest of the cursor, and the instance that committed it. An offset without such metadata is another
 * consumer's, and no cursor.
 *
 * @module
 */
import type { Cursor } from "../../cursor/cursor.ts";
import { cursorFields, MOST_RECENT, readCursor } from "../../cursor/json.ts";

/** A committed offset of a group. */
export interface OffsetAndMetadata {
  readonly offset: bigint;
  readonly metadata: string;
}

/** A cursor and its owner. */
export interface StoredCursor {
  /** Null where an instance began without one. */
  readonly cursor: Cursor | null;
  /** The instance that committed it; null where that was none of ours, such as a tool that sets offsets. */
  readonly by: string | null;
  /** Whether it was committed by something that is no producer of ours. */
  readonly isForeign: boolean;
  /** Whether there was a cursor once that is gone, and the instance that found that out has not got on since. */
  readonly isLost: boolean;
}

/** Half as many of the recent messages are kept while they take more than brokers do, which is 4,096 bytes. */
const MOST_BYTES = 3800;

/** What to commit. `count` makes each commit of an instance another one; `isLost` marks a claim without a cursor. */
export function committedOf(cursor: Cursor | null, by: string, count: number, isLost = false): OffsetAndMetadata {
  const lost = isLost ? true : undefined;
  for (let most = MOST_RECENT;; most = most >> 1) {
    const fields = cursor === null ? { cursor: null } : cursorFields(cursor, most);
    const metadata = JSON.stringify({ ...fields, by, count, lost });
    const isShort = new TextEncoder().encode(metadata).length <= MOST_BYTES;
    if (isShort || most === 0) return { offset: BigInt(cursor?.seq ?? 0), metadata };
  }
}

/** The cursor that a commit holds. */
export function storedCursorOf({ metadata }: OffsetAndMetadata): StoredCursor {
  const fields = fieldsOf(metadata);
  const by = typeof fields["by"] === "string" ? fields["by"] : null;
  const cursor = readCursor(fields);
  const isForeign = by === null && cursor === null;
  return { cursor, by, isForeign, isLost: fields["lost"] === true };
}

function fieldsOf(metadata: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(metadata);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
