/**
 * Saves the place reached, in one of two ways. With acknowledgements it is the watermark's mark, which all before is
 * delivered up to. With transactions it is the newest frame, as saving commits the records and the cursor together.
 * Nothing else in the pipeline knows which of them it is.
 *
 * @module
 */
import type { Cursor, CursorStore } from "../cursor/cursor.ts";
import type { Producer } from "../record/producer.ts";
import type { Upstream } from "../upstream/upstream.ts";
import type { DeadLetters } from "./dead_letters.ts";
import type { RunObserver } from "./observer.ts";
import type { RecentMessages } from "./recent.ts";
import type { Mark, Watermark } from "./watermark.ts";

/** How a run saves. */
export interface CheckpointOptions {
  /** What every cursor that is saved says of this run. */
  readonly stamp: Pick<Cursor, "epoch" | "owner">;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Where records and cursors go. */
export interface CheckpointParts {
  readonly producer: Pick<Producer, "flush">;
  /** Where dead letters go; null: nowhere. */
  readonly deadLetters: Pick<DeadLetters, "flush"> | null;
  /** Where the cursor is kept; null: nowhere. */
  readonly cursors: CursorStore | null;
  readonly observer: RunObserver;
}

/** What a cursor is made of. */
export interface CheckpointState {
  readonly watermark: Watermark;
  readonly recent: RecentMessages;
  readonly upstream: Upstream;
}

/** Makes the checkpoint of a run. */
export type OpenCheckpoint = (
  options: CheckpointOptions,
  parts: CheckpointParts,
  state: CheckpointState,
) => Checkpoint;

/** Saves what is acknowledged, for delivery at least once. */
export function acknowledgedCheckpoint(...run: Parameters<OpenCheckpoint>): Checkpoint {
  return new AcknowledgedCheckpoint(...run);
}

/** Commits what was written with its place, for delivery exactly once. */
export function transactionalCheckpoint(...run: Parameters<OpenCheckpoint>): Checkpoint {
  return new TransactionalCheckpoint(...run);
}

/** Saves the cursors of one run. */
export abstract class Checkpoint {
  readonly #options: CheckpointOptions;
  protected readonly parts: CheckpointParts;
  readonly #state: CheckpointState;
  /** The time of the stream where the run began, in milliseconds since 1970; null if unknown. */
  readonly #startMs: number | null;
  #saved: Mark | null = null;
  #saving: Promise<Error | null> = Promise.resolve(null);
  #saves = 0;
  /** Whether there may be a gap, which is not decided yet. */
  isHeld = false;
  /** Whether a run may end between two records of a commit: its frame is read again then. */
  abstract readonly endsWithinCommits: boolean;

  constructor(options: CheckpointOptions, parts: CheckpointParts, state: CheckpointState) {
    this.#options = options;
    this.parts = parts;
    this.#state = state;
    this.#startMs = state.upstream.timeMs;
  }

  /** Resolves when all that was written is delivered. */
  abstract flush(): Promise<void>;

  /** Saves for the last time, after the producer has ended or was given up. Answers with what went wrong, or null. */
  abstract saveLast(): Promise<Error | null>;

  /** The place that may be saved now; null where there is none. */
  protected abstract placeIn(watermark: Watermark): Mark | null;

  /** Tells what went wrong with a save, where nobody else does. */
  protected abstract failed(error: Error): void;

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
    const { stamp, now } = this.#options;
    const { watermark, recent } = this.#state;
    const { markTimeMs } = watermark;
    const mark = this.placeIn(watermark);
    const { cursors, observer } = this.parts;
    if (cursors === null || mark === null || mark === this.#saved) return null;
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
      this.failed(error);
      return error;
    }
  }
}

class AcknowledgedCheckpoint extends Checkpoint {
  readonly endsWithinCommits = true;

  /** Dead letters last, as the producer may find more of them. */
  async flush(): Promise<void> {
    await this.parts.producer.flush();
    await this.parts.deadLetters?.flush();
  }

  saveLast(): Promise<Error | null> {
    return this.save();
  }

  protected placeIn({ mark }: Watermark): Mark | null {
    return mark;
  }

  protected failed(error: Error): void {
    this.parts.observer.cursorFailed(error);
  }
}

class TransactionalCheckpoint extends Checkpoint {
  readonly endsWithinCommits = false;

  async flush(): Promise<void> {
    await this.save();
  }

  /** A transaction that has not ended in time would hold this up for as long as the brokers are away. */
  saveLast(): Promise<null> {
    return Promise.resolve(null);
  }

  /** While there may be a gap nothing is committed, as the transaction would pass it. */
  protected placeIn({ newest }: Watermark): Mark | null {
    return this.isHeld ? null : newest;
  }

  /** The producer reports a transaction that fails, which ends the run. */
  protected failed(): void {}
}
