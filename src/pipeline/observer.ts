/**
 * What a run reports.
 *
 * @module
 */
import type { Cursor } from "../cursor/cursor.ts";
import type { OperationCounts } from "../filter/drops.ts";
import type { MemoryName } from "../memory/names.ts";
import type { FutureRev } from "../memory/repo_memory.ts";
import type { RepoGap } from "../memory/repo_gap.ts";
import type { StreamGap } from "../upstream/gap.ts";
import type { ProducerRecord } from "../record/producer_record.ts";
import type { Reason, Rejected } from "../atproto/rejected.ts";
import type { Outcome } from "../record/producer.ts";
import type { VerdictObserver } from "./verdicts.ts";

/** What happens on the way, besides what the upstream reports of its connections. */
export interface RunObserver extends VerdictObserver {
  /** Another relay is read from now on. */
  switched(event: { readonly from: string; readonly to: string }): void;
  /** There may be a gap; `gap` or `released` follows. */
  held(event: StreamGap): void;
  /** What was held is no gap. */
  released(): void;
  gap(event: StreamGap): void;
  frame(bytes: number): void;
  /** How far the stream's time is behind the arrival of its messages, in milliseconds: after all that came together. */
  lag(ms: number): void;
  /** After all that came together: the last number, and the operations so far, in an object that counts on. */
  received(event: { readonly seq: number | null; readonly counts: Readonly<OperationCounts> }): void;
  /** A record came that had been written, as another host has it too. */
  repeatedRecord(): void;
  /** A commit came that had come before, as its revision shows. */
  repeatedCommit(): void;
  /** Something of one repository is missing. */
  repoGap(gap: RepoGap): void;
  /** A revision is ahead of the clock. */
  futureRev(future: FutureRev): void;
  /** A record was deleted whose subject is remembered, or is not. */
  subjectRecalled(isKnown: boolean): void;
  /** What is remembered cannot be written, so that a restart begins with nothing of it. */
  memoryFailed(event: { readonly what: MemoryName; readonly reason: string }): void;
  rejected(rejected: Rejected): void;
  /** A record ended, so many milliseconds after the time of the stream at its frame. */
  settled(record: ProducerRecord, outcome: Outcome, ageMs: number): void;
  /** A dead letter ended. */
  deadLetterSettled(reason: Reason, outcome: Outcome): void;
  /** What is kept, what is undelivered, and the age of the oldest undelivered frame in milliseconds, 0 if there is none. */
  inFlight(bytes: number, records: number, oldestMs: number): void;
  cursorSaved(cursor: Cursor): void;
  cursorFailed(error: Error): void;
  /** It stopped with something undelivered, which is read again where a cursor is kept. */
  undelivered(event: { readonly frames: number; readonly bytes: number; readonly resumes: boolean }): void;
}
