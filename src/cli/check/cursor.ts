/**
 * The cursor: whether it can be read and kept, where it stands, and how far that is from live. Nothing is written, so
 * some of what hinders a save shows at a start alone.
 *
 * @module
 */
import type { Ask } from "../../app/ask.ts";
import { storedExactlyOnce } from "../../app/cursor_claim.ts";
import type { ReadFile } from "../../app/evidence.ts";
import { isExactlyOnce, jobOf } from "../../app/exactly_once.ts";
import { resumeFrom, storedAtLeastOnce } from "../../app/resume.ts";
import type { Settings } from "../../app/settings.ts";
import type { Config } from "../../config/config.ts";
import { CursorError } from "../../cursor/cursor.ts";
import { ephemeralReason } from "../../cursor/ephemeral.ts";
import { CursorFile } from "../../cursor/file.ts";
import type { Start } from "../../cursor/resume.ts";
import { classify, isCoordinatorMissing, reasonOf, typesOf } from "../../kafka/client/classify.ts";
import { CursorRefusedError } from "../../kafka/client/errors.ts";
import { retried, unlessAborted } from "../../kafka/client/wait.ts";
import { adviceFor, adviceOn, errorAdvice } from "../advice.ts";
import { type Finding, finding } from "./finding.ts";
import { readFirst } from "./firehose.ts";
import { whyUnwritable } from "./writable.ts";

const NAME = "cursor";
/** For how long brokers that begin are asked again: five seconds. */
const ATTEMPTS = 20;
const RETRY_MS = 250;
/** From the best to the worst. */
const STATUSES = ["ok", "skipped", "warning", "failed"] as const;

/** What the other checks found out. */
export interface Found {
  /** The number of the first live message; null where the firehose cannot be read. */
  readonly liveSeq: number | null;
  /** Whether the brokers can be asked. */
  readonly brokers: boolean;
}

/** Decides where stream would resume, by the same code, and looks at the file that keeps the cursor. */
export async function checkCursor(settings: Settings, found: Found, signal: AbortSignal): Promise<Finding> {
  const { config } = settings;
  const isInKafka = isExactlyOnce(config);
  const decision = await decide(settings, found, signal);
  const place = "status" in decision ? decision : await checkPlace(config, decision, found.liveSeq, signal);
  if (isInKafka) return both(place, finding(NAME, "ok", `kept in the group "${jobOf(config)}"`));
  // A file that cannot be read has been reported, and nothing is known of it.
  if (place.detail.startsWith("Cannot")) return place;
  return [place, ...await checkFile(config, new CursorFile(config.cursorFile))].reduce(both);
}

/** Whether a broker answers that it is not ready, as one does that never had a coordinator of groups before. */
function isEarly(error: unknown): boolean {
  return (typesOf(error).length > 0 || isCoordinatorMissing(error)) && classify(error) === "retry";
}

/** The decision, or the finding that there is none. */
async function decide(settings: Settings, { brokers }: Found, signal: AbortSignal): Promise<Start | Finding> {
  const { config, origins } = settings;
  const isInKafka = isExactlyOnce(config);
  const isAsked = config.kafka !== null && brokers;
  const ask: Ask = (_what, ask) => retried(ATTEMPTS, isEarly, () => unlessAborted(ask(), signal), RETRY_MS);
  try {
    if (isInKafka && !isAsked) return finding(NAME, "skipped", "unknown without the brokers, which store it");
    // Without the brokers the file is all the evidence that there is.
    const asked = isAsked ? settings : { origins, config: { ...config, kafka: null } };
    const stored = isInKafka
      ? await storedExactlyOnce(settings, ask)
      : (await storedAtLeastOnce(asked, await readFile(config), ask)).stored;
    const decision = await resumeFrom(stored, asked, ask);
    if (decision.kind === "start") return decision;
    return finding(NAME, "failed", decision.problem, adviceOn(["CURSOR_OF_OTHER_JOB"]));
  } catch (error) {
    if (error instanceof CursorRefusedError || error instanceof CursorError) {
      return finding(NAME, "failed", error.message, errorAdvice(error));
    }
    if (!isAsked) throw error;
    return finding(NAME, "warning", `cannot be read: ${reasonOf(error)}`, "stream retries until it succeeds");
  }
}

async function readFile({ cursor: choice, cursorFile }: Config): Promise<ReadFile> {
  const file = new CursorFile(cursorFile);
  const isDecided = choice !== null && choice.kind !== "adopt";
  return { cursor: isDecided ? null : await file.load(), others: file.others };
}

/** The file that keeps it, and what is to be said of that; the first is ok. */
async function checkFile({ cursorFile, output }: Config, file: CursorFile): Promise<Finding[]> {
  const { problem: found, usedBy, note } = await file.look();
  // A file that is there may be written in place, whatever its folder.
  const isNew = found === null && !(await exists(cursorFile));
  const problem = isNew ? await whyUnwritable(cursorFile, { createsFolders: true }) : found;
  if (problem !== null) {
    const detail = `Cannot write the cursor file "${cursorFile}": ${problem}`;
    return [finding(NAME, "failed", detail, adviceOn(["CURSOR_UNWRITABLE"]))];
  }
  const findings = [finding(NAME, "ok", `kept in "${cursorFile}"`)];
  if (usedBy !== null) {
    const advice = "give each producer its own --cursor-file, or stop that one first";
    findings.push(finding(NAME, "warning", `it is in use by ${usedBy}`, advice));
  }
  if (note !== null) {
    const isWarning = note.level === "warn";
    const advice = isWarning ? "name a --cursor-file that this user can write to" : null;
    findings.push(finding(NAME, isWarning ? "warning" : "ok", note.text, advice));
  }
  const reason = output.kind === "kafka" ? await ephemeralReason(cursorFile) : null;
  if (reason !== null) {
    findings.push(finding(NAME, "warning", `it ${reason}`, "name a --cursor-file on a persistent volume or disk"));
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
  const kept = `starts ${start.origin}`;
  const notes = start.notes.flatMap(({ text, code }) => code === null ? [text] : [text, adviceFor(code)]).join("; ");
  if (notes !== "") return finding(NAME, "warning", kept, notes);
  const url = firehoseUrl.find((each) => new URL(each).host === start.host) ?? firehoseUrl[0];
  const { at } = start;
  if (at.kind === "time") return await checkTime(url, kept, at.time, signal);
  if (at.kind !== "after" || at.seq === 0) return finding(NAME, "ok", kept);
  if (liveSeq === null) return finding(NAME, "skipped", `${kept}; its distance from live is unknown without a relay`);
  if (at.seq > liveSeq) {
    return finding(
      NAME,
      "warning",
      `${kept}, which is ahead of live (${liveSeq}): stream writes a gap and continues live`,
      "the relay reset its sequence numbers, or the number is mistyped or another relay's; --cursor live or oldest starts without a gap",
    );
  }
  const behind = `${kept}, ${liveSeq - at.seq} sequence numbers behind live`;
  const next = await readFirst(url, at.seq, signal);
  if (next.kind === "none") return finding(NAME, "warning", `${behind}; from there ${next.detail}`, next.advice);
  if (next.notes.includes("OutdatedCursor")) {
    return finding(
      NAME,
      "warning",
      `${behind}; the relay has only events after ${next.seq}`,
      "this relay has deleted the events between; another one may keep them for longer",
    );
  }
  return finding(NAME, "ok", `${behind}; the relay still has the next event`);
}

/** Whether the firehose still has what came at the time that was chosen. */
async function checkTime(url: string, kept: string, time: string, signal: AbortSignal): Promise<Finding> {
  const oldest = await readFirst(url, 0, signal);
  if (oldest.kind === "none") {
    return finding(NAME, "skipped", `${kept}; it is unknown whether the relay still has it: ${oldest.detail}`);
  }
  if (oldest.seq <= 1 || !(Date.parse(oldest.time) > Date.parse(time))) {
    return finding(NAME, "ok", `${kept}; the relay still has the events of that time`);
  }
  return finding(
    NAME,
    "warning",
    `${kept}; the relay has only events after ${oldest.time}`,
    "stream writes a gap and starts there; another relay may keep its messages for longer",
  );
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch {
    return false;
  }
}
