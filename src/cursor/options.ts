/**
 * The options of where to start, and of where the place reached is kept.
 *
 * @module
 */
import type { OptionTable } from "../config/option.ts";
import {
  type Read,
  readFilePath,
  readTimeOrAge,
  TIME_OR_AGE,
  type TimeOrAge,
  value,
  wrong,
} from "../config/readers.ts";
import type { CursorChoice } from "./resume.ts";

/** The choice as it is written: a time may be an age, which counts back from the start. */
export type StartCursor = NonNullable<CursorChoice> | TimeOrAge;

/** The same without the saved cursor of another job. */
export type StartPlace = Exclude<StartCursor, { readonly kind: "adopt" }>;

/** Reads `live`, `oldest`, a sequence number, a time, or how long ago. */
export function readStart(text: string): Read<StartPlace> {
  const expected = `live, oldest, a sequence number, ${TIME_OR_AGE}`;
  const word = text.toLowerCase();
  if (word === "live" || word === "oldest") return value({ kind: word });
  if (!/^\d+$/.test(text)) {
    const when = readTimeOrAge(text);
    return when.kind === "value" ? when : wrong(when.is, expected);
  }
  const seq = Number(text);
  if (!Number.isSafeInteger(seq)) return wrong(`it is above ${Number.MAX_SAFE_INTEGER}`, expected);
  return value({ kind: "seq", seq });
}

/** Reads the same, or `adopt`. */
export function readCursor(text: string): Read<StartCursor> {
  if (text.toLowerCase() === "adopt") return value({ kind: "adopt" });
  const start = readStart(text);
  return start.kind === "value" ? start : wrong(start.is, start.expected.replace("oldest,", "oldest, adopt,"));
}

/** The options about the cursor. */
export const CURSOR_OPTIONS = {
  cursor: {
    group: "Firehose",
    flag: "cursor",
    counterparts: ["from"],
    env: ["BLUESKY_CURSOR"],
    placeholder: "live|oldest|adopt|SEQ|TIME|AGE",
    read: readCursor,
    default: null,
    defaultText: "the saved cursor, else live",
    doc: "Where to start, at every start with this flag: 2h is two hours ago (s, m, h, d); adopt takes over the " +
      "saved cursor of another job",
  },
  cursorFile: {
    group: "Firehose",
    flag: "cursor-file",
    env: ["BLUESKY_CURSOR_FILE"],
    placeholder: "PATH",
    read: readFilePath,
    default: "/tmp/bluesky_cursor",
    doc: "File that stores the cursor between runs. Put it on a disk that survives a reboot",
  },
} as const satisfies OptionTable;
