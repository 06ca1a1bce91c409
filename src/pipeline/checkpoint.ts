/**
 * Saves cursors: the watermark's mark; where saving is a transaction that takes records and cursor in one, the newest
 * frame.
 *
 * @module
 */
import type { Cursor, CursorStore } from "../cursor/cursor.ts";
import type { Upstream } from "../upstream/upstream.ts";
import type { RunObserver } from "./observer.ts";
import type { RecentMessages } from "./recent.ts";
import type { Mark, Watermark } from "./watermark.ts";

/** How a run saves. */
export interface CheckpointOptions {
  /** Whether saving a cursor is what delivers the records written before, in one transaction with it. */
  readonly transactional: boolean;
  /** What every cursor that is saved says of this run. */
  readonly stamp: Pick<Cursor, "epoch" | "owner">;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Where cursors go. */
export interface CheckpointParts {
  readonly cursors: CursorStore | null;
  readonly observer: RunObserver;
}

/** What a cursor is made of. */
export interface CheckpointState {
  readonly watermark: Watermark;
  readonly recent: RecentMessages;
  readonly upstream: Upstream;
}

/** Saves the cursors of one run. */
export class Checkpoint {
  readonly #options: CheckpointOptions;
  readonly #parts: CheckpointParts;
  readonly #state: CheckpointState;
  /** The time of the stream where the run began, in milliseconds since 1970; null if unknown. */
  readonly #startMs: number | null;
  #saved: Mark | null = null;
  #saving: Promise<Error | null> = Promise.resolve(null);
  #saves = 0;
  /** Whether there may be a gap: no transaction is committed meanwhile, as it would pass it. */
  isHeld = false;

  constructor(options: CheckpointOptions, parts: CheckpointParts, state: CheckpointState) {
    this.#options = options;
    this.#parts = parts;
    this.#state = state;
    this.#startMs = state.upstream.timeMs;
  }

  /** Whether a save is under way. */
  get isSaving(): boolean {
    return this.#saves > 0;
  }

  /** Saves the mark if it moved; one save at a time, each after the one before. Answers with what went wrong, or null. */
  save(): Promise<Error | null> {
    this.#saves++;
    return this.#saving = this.#saving.then(() => this.#saveNow()).finally(() => this.#saves--);
  }

  /** How the relay of the cursor numbers, where that is the one that is read. */
  #stepOf({ host }: Mark): Pick<Cursor, "usualStep"> {
    const { upstream } = this.#state;
    const usualStep = upstream.host === host ? upstream.usualStep : null;
    return usualStep === null ? {} : { usualStep };
  }

  async #saveNow(): Promise<Error | null> {
    const { transactional, stamp, now } = this.#options;
    const { watermark, recent } = this.#state;
    const { markTimeMs } = watermark;
    const mark = transactional ? watermark.newest : watermark.mark;
    const { cursors, observer } = this.#parts;
    if (cursors === null || mark === null || mark === this.#saved) return null;
    if (transactional && this.isHeld) return null;
    const nowMs = now();
    const time = new Date(markTimeMs ?? this.#startMs ?? nowMs).toISOString();
    const savedAt = new Date(nowMs).toISOString();
    const messages = recent.texts(mark.messages);
    const cursor = { host: mark.host, seq: mark.seq, time, savedAt, recent: messages, ...this.#stepOf(mark), ...stamp };
    try {
      await cursors.save(cursor);
      this.#saved = mark;
      observer.cursorSaved(cursor);
      return null;
    } catch (error) {
      // A disk that is full now may have room in a second; what was delivered is repeated at worst.
      if (!(error instanceof Error)) throw error;
      // The sink reports a transaction that fails, which ends the run.
      if (!transactional) observer.cursorFailed(error);
      return error;
    }
  }
}
