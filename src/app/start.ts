/**
 * Where a run starts: opens the cursor file that it keeps, and asks for the decision.
 *
 * @module
 */
import type { Config } from "../config/config.ts";
import { CursorError } from "../cursor/cursor.ts";
import { CursorFile } from "../cursor/file.ts";
import type { CursorOwner } from "../cursor/owner.ts";
import type { Start } from "../cursor/resume.ts";
import type { Log } from "../telemetry/log.ts";
import type { ReportParts } from "../telemetry/report.ts";
import { reportKafka } from "../telemetry/report_kafka.ts";
import { askUntilAnswered } from "./ask.ts";
import type { CursorClaim } from "./cursor_claim.ts";
import type { ReadFile } from "./evidence.ts";
import { resumeFrom, storedAtLeastOnce } from "./resume.ts";
import type { Settings } from "./settings.ts";

/** A cursor file that is kept, and what it held. */
export interface KeptFile extends ReadFile {
  readonly file: CursorFile;
}

/** A cursor is kept for Kafka always; for lines only where one asks for it, as trying out must not move it. */
export async function openCursor({ config, origins }: Settings, log: Log): Promise<KeptFile | null> {
  const isKept = config.output.kind === "kafka" || (origins["cursorFile"]?.kind ?? "default") !== "default";
  if (!isKept) return null;
  await using opened = new AsyncDisposableStack();
  const file = opened.use(new CursorFile(config.cursorFile));
  const since = new Date().toISOString();
  for (const { level, text } of await file.open({ pid: Deno.pid, host: Deno.hostname(), since })) log(level, text);
  const cursor = await loadCursor(file, config);
  opened.move();
  return { file, cursor, others: file.others };
}

/** A file that cannot be read is no obstacle where the command decides where to start. */
async function loadCursor(file: CursorFile, { cursor: choice }: Config): Promise<ReadFile["cursor"]> {
  try {
    return await file.load();
  } catch (error) {
    if (choice === null || choice.kind === "adopt" || !(error instanceof CursorError)) throw error;
    return null;
  }
}

/** Where to resume, and whose cursors this run saves; null where it is stopped before that is known. */
export async function findStart(
  settings: Settings,
  claim: CursorClaim | null,
  kept: KeptFile | null,
  parts: ReportParts,
  signal: AbortSignal,
): Promise<{ readonly start: Start; readonly owner: CursorOwner | null } | null> {
  const waiting = reportKafka(parts).waiting;
  const ask = askUntilAnswered({ waiting, answered: () => parts.outages.kafka.ended() }, signal);
  try {
    const { stored, owner } = claim ?? await storedAtLeastOnce(settings, kept, ask);
    const start = await resumeFrom(stored, settings, ask);
    if (start.kind === "refused") throw new CursorError("CURSOR_OF_OTHER_JOB", start.problem);
    return { start, owner };
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
}
