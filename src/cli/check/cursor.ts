/**
 * The cursor: whether it can be read and kept, where it stands, and how far that is from live. Nothing is written, so
 * some of what hinders a save shows at a start alone.
 *
 * @module
 */
import type { Config } from "../../config/resolve.ts";
import type { Cursor } from "../../cursor/cursor.ts";
import { CursorError } from "../../cursor/cursor.ts";
import { ephemeralReason } from "../../cursor/ephemeral.ts";
import { CursorFile } from "../../cursor/file.ts";
import { decideStart, type Start } from "../../cursor/start.ts";
import { commitEveryMs } from "../exactly_once.ts";
import { type Finding, finding } from "./finding.ts";
import { firstMessage } from "./firehose.ts";
import { whyUnwritable } from "./writable.ts";

const NAME = "cursor";
/** From the best to the worst. */
const STATUSES = ["ok", "skipped", "warning", "failed"] as const;

/** Looks at the cursor; `liveSeq` is null where the firehose cannot be read. */
export async function checkCursor(
  config: Config,
  liveSeq: number | null,
  signal: AbortSignal,
): Promise<Finding> {
  const { cursor, cursorFile, firehoseUrl } = config;
  const [first, ...others] = firehoseUrl.map((url) => new URL(url).host);
  const hosts: [string, ...string[]] = [first ?? "", ...others];
  const file = new CursorFile(cursorFile);
  let stored: Cursor | null;
  try {
    stored = cursor === null ? await file.load() : null;
  } catch (error) {
    if (!(error instanceof CursorError)) throw error;
    return finding(NAME, "failed", error.message, "another path by --cursor-file, on a volume that is kept");
  }
  const start = decideStart(cursor, stored, file.others, hosts, commitEveryMs(config) === null);
  return [await checkPlace(config, start, liveSeq, signal), ...await checkFile(config, file)].reduce(both);
}

/** The file that keeps it, and what is to be said of that; the first is ok. */
async function checkFile({ cursorFile, output }: Config, file: CursorFile): Promise<Finding[]> {
  const { problem: found, usedBy, note } = await file.look();
  // A file that is there may be written in place, whatever its folder.
  const isNew = found === null && !(await exists(cursorFile));
  const problem = isNew ? await whyUnwritable(cursorFile, { createsFolders: true }) : found;
  if (problem !== null) {
    const advice = "another path by --cursor-file, on a volume that is kept";
    return [finding(NAME, "failed", `Cannot write the cursor file "${cursorFile}": ${problem}`, advice)];
  }
  const findings = [finding(NAME, "ok", `kept in "${cursorFile}"`)];
  if (usedBy !== null) {
    const advice = "each producer needs a --cursor-file of its own; stop that one before another starts on this file";
    findings.push(finding(NAME, "warning", `it is in use by ${usedBy}`, advice));
  }
  if (note !== null) {
    const isWarning = note.level === "warn";
    const advice = isWarning ? "a --cursor-file that this user may write to" : null;
    findings.push(finding(NAME, isWarning ? "warning" : "ok", note.text, advice));
  }
  const reason = output.kind === "kafka" ? await ephemeralReason(cursorFile) : null;
  if (reason !== null) {
    findings.push(finding(NAME, "warning", `it ${reason}`, "a --cursor-file on a volume or disk that is kept"));
  }
  return findings;
}

/** Two findings about the cursor as one, which is as bad as the worse. */
function both(one: Finding, other: Finding): Finding {
  const status = STATUSES[Math.max(STATUSES.indexOf(one.status), STATUSES.indexOf(other.status))] ?? "failed";
  const advice = [one.advice, other.advice].filter((text) => text !== null);
  return finding(NAME, status, `${one.detail}; ${other.detail}`, advice.length === 0 ? null : advice.join("; "));
}

/** Where the stream starts, and whether the firehose still has what comes next. */
async function checkPlace(
  { firehoseUrl }: Config,
  start: Start,
  liveSeq: number | null,
  signal: AbortSignal,
): Promise<Finding> {
  if (start.warning !== null) {
    return finding(NAME, "warning", `starts ${start.origin}`, start.warning);
  }
  const kept = `starts ${start.origin}`;
  if (start.seq === null || start.seq === 0) return finding(NAME, "ok", kept);
  if (liveSeq === null) return finding(NAME, "skipped", `${kept}; its distance is unknown without the firehose`);
  if (start.seq > liveSeq) {
    return finding(
      NAME,
      "failed",
      `${kept}, which is ahead of live (${liveSeq})`,
      "the firehose has not got that far: it is of another firehose, or mistyped; --cursor live or oldest",
    );
  }
  const behind = `${kept}, ${liveSeq - start.seq} numbers behind live`;
  const url = firehoseUrl.find((each) => new URL(each).host === start.host) ?? firehoseUrl[0];
  const next = await firstMessage(url, start.seq, signal);
  if (next.kind === "none") return finding(NAME, "warning", `${behind}; from there ${next.detail}`, next.advice);
  if (next.notes.includes("OutdatedCursor")) {
    return finding(
      NAME,
      "warning",
      `${behind}; the firehose has only what comes after ${next.seq}`,
      "what came between is lost to this firehose; another relay may keep it for longer",
    );
  }
  return finding(NAME, "ok", `${behind}; the firehose still has what comes next`);
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch {
    return false;
  }
}
