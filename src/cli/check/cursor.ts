/**
 * The cursor: whether it can be read and kept, where it stands, and how far that is from live.
 *
 * @module
 */
import type { Config } from "../../config/resolve.ts";
import type { Cursor } from "../../cursor/cursor.ts";
import { CursorError } from "../../cursor/cursor.ts";
import { CursorFile } from "../../cursor/file.ts";
import { decideStart } from "../../cursor/start.ts";
import { commitEveryMs } from "../exactly_once.ts";
import { type Finding, finding } from "./finding.ts";
import { firstMessage } from "./firehose.ts";
import { whyUnwritable } from "./writable.ts";

/** Looks at the cursor; `liveSeq` is null where the firehose cannot be read. */
export async function checkCursor(
  config: Config,
  liveSeq: number | null,
  signal: AbortSignal,
): Promise<Finding> {
  const { cursor, cursorFile, firehoseUrl, output } = config;
  const name = "cursor";
  const [first, ...others] = firehoseUrl.map((url) => new URL(url).host);
  const hosts: [string, ...string[]] = [first ?? "", ...others];
  const file = new CursorFile(cursorFile);
  let stored: Cursor | null;
  const elsewhere = "another path by --cursor-file, on a volume that is kept";
  try {
    stored = cursor === null ? await file.load() : null;
  } catch (error) {
    if (!(error instanceof CursorError)) throw error;
    return finding(name, "failed", error.message, elsewhere);
  }
  const unwritable = await whyUnwritable(cursorFile, { createsFolders: true });
  if (unwritable !== null) {
    return finding(name, "failed", `Cannot write the cursor file "${cursorFile}": ${unwritable}`, elsewhere);
  }
  const start = decideStart(cursor, stored, file.others, hosts, commitEveryMs(config) === null);
  if (start.warning !== null) {
    return finding(name, "warning", `starts ${start.origin}`, start.warning);
  }
  if (output.kind === "kafka" && await file.isEphemeral()) {
    return finding(
      name,
      "warning",
      `starts ${start.origin}; "${cursorFile}" is lost with the container`,
      "put it on a volume and name it by --cursor-file",
    );
  }
  const kept = `starts ${start.origin}`;
  if (start.seq === null || start.seq === 0) return finding(name, "ok", `${kept}; kept in "${cursorFile}"`);
  if (liveSeq === null) return finding(name, "skipped", `${kept}; its distance is unknown without the firehose`);
  if (start.seq > liveSeq) {
    return finding(
      name,
      "failed",
      `${kept}, which is ahead of live (${liveSeq})`,
      "the firehose has not got that far: it is of another firehose, or mistyped; --cursor live or oldest",
    );
  }
  const behind = `${kept}, ${liveSeq - start.seq} numbers behind live`;
  const url = firehoseUrl.find((each) => new URL(each).host === start.host) ?? firehoseUrl[0];
  const next = await firstMessage(url, start.seq, signal);
  if (next.kind === "none") return finding(name, "warning", `${behind}; from there ${next.detail}`, next.advice);
  if (next.notes.includes("OutdatedCursor")) {
    return finding(
      name,
      "warning",
      `${behind}; the firehose has only what comes after ${next.seq}`,
      "what came between is lost to this firehose; another relay may keep it for longer",
    );
  }
  return finding(name, "ok", `${behind}; the firehose still has what comes next`);
}
