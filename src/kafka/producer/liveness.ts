/**
 * Whether the active instance is alive, as a standby sees it.
 *
 * The active one writes a sign of life every other second: the offset of a group of its own, outside of transactions, so
 * that neither a silent firehose nor a transaction that waits for its brokers makes it look dead. A standby compares no
 * clocks: it watches whether the signs change, by its own clock, and counts only what it saw. While it could not ask, or
 * stood still itself, no time passes. An instance that ends well says so, and is succeeded at once.
 *
 * @module
 */
import { setTimeout as after } from "node:timers/promises";
import type { OffsetStore } from "../offsets/offset_store.ts";
import { type OffsetAndMetadata, type StoredCursor, storedCursorOf } from "../offsets/cursor_offset.ts";

const BEAT_MS = 2000;
/** A sign that takes longer is given up for the next one, on a new connection. */
const BEAT_TIMEOUT_MS = 3000;
const ASK_MS = 1000;
/** Five signs in a row are missing. */
export const SILENCE_MS = 10_000;
/** So much longer, at most, does a standby wait, so that of two one is first. */
export const JITTER_MS = 2000;
const RELEASED = "released";

/** The group that has the signs of life for a cursor's group. */
export function aliveGroup(cursorGroup: string): string {
  return `${cursorGroup}-alive`;
}

/** Gives signs of life. */
export class Heartbeat {
  readonly #groups: OffsetStore;
  readonly #group: string;
  readonly #instance: string;
  #timer: ReturnType<typeof setInterval> | null = null;
  #beating = false;
  #paused = false;
  #stopped = false;
  #count = 0;

  constructor(groups: OffsetStore, cursorGroup: string, instance: string) {
    this.#groups = groups;
    this.#group = aliveGroup(cursorGroup);
    this.#instance = instance;
  }

  /** The first sign, and from then on one every other second. */
  async start(): Promise<void> {
    this.#paused = false;
    await this.#beat("");
    if (!this.#stopped) this.#timer ??= setInterval(() => void this.#again(), BEAT_MS);
  }

  /** No signs until {@linkcode resume}: each would overwrite that of an instance which may be the successor. */
  pause(): void {
    this.#paused = true;
  }

  /** Signs again. */
  resume(): void {
    this.#paused = false;
  }

  /** No signs from now on. `released`: somebody may take over at once. */
  async stop(released: boolean): Promise<void> {
    this.#stopped = true;
    if (this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
    if (!released) return;
    const saying = this.#beat(RELEASED).catch(() => {});
    await Promise.race([saying, after(BEAT_TIMEOUT_MS)]);
  }

  async #again(): Promise<void> {
    if (this.#beating || this.#paused) return;
    this.#beating = true;
    const timer = setTimeout(() => this.#groups.reset(), BEAT_TIMEOUT_MS);
    try {
      await this.#beat("");
    } catch {
      // The next sign comes soon enough; commits report an outage.
    } finally {
      clearTimeout(timer);
      this.#beating = false;
    }
  }

  #beat(state: string): Promise<void> {
    const metadata = JSON.stringify({ by: this.#instance, state });
    return this.#groups.write(this.#group, { offset: BigInt(this.#count++), metadata });
  }
}

/** What a standby sees of the active instance. */
export interface Signs {
  /** The cursor's group. */
  readonly cursor: OffsetAndMetadata | null;
  /** The group of the signs of life. */
  readonly sign: OffsetAndMetadata | null;
}

/** Follows what a standby sees; `now` is in milliseconds that only grow, `random` from 0 to 1. */
export class Silence {
  readonly #limitMs: number;
  #last = "";
  #seenMs: number | null = null;
  #silentMs = 0;

  constructor(random: number) {
    this.#limitMs = SILENCE_MS + random * JITTER_MS;
  }

  /** Whether nobody is alive, given what was just seen. */
  isOver({ cursor, sign }: Signs, nowMs: number): boolean {
    if (cursor === null && sign === null) return true;
    const owner = cursor === null ? null : storedCursorOf(cursor).by;
    if (sign !== null && isReleased(sign, owner)) return true;
    const seen = [cursor, sign].map((each) => each === null ? "" : `${each.offset} ${each.metadata}`).join("\n");
    const isSame = seen === this.#last;
    this.#last = seen;
    // A longer time between two looks is one in which this process stood still.
    if (isSame && this.#seenMs !== null) this.#silentMs += Math.min(nowMs - this.#seenMs, 2 * ASK_MS);
    else this.#silentMs = 0;
    this.#seenMs = nowMs;
    return this.#silentMs >= this.#limitMs;
  }

  /** It could not be seen who is alive. */
  blind(): void {
    this.#silentMs = 0;
    this.#seenMs = null;
  }
}

/** What a released instance says counts only if nobody claimed the cursor after it. */
function isReleased(sign: OffsetAndMetadata, owner: string | null): boolean {
  const { by, released } = beatOf(sign);
  return released && by === owner;
}

/** A sign of life, as it was read. */
export interface Beat {
  /** The instance; null where the sign is none of ours. */
  readonly by: string | null;
  /** Grows with each sign of an instance. */
  readonly count: bigint;
  /** Whether the instance has ended, and somebody may take over at once. */
  readonly released: boolean;
}

/** Reads a sign of life. */
export function beatOf({ offset, metadata }: OffsetAndMetadata): Beat {
  try {
    const { by, state } = JSON.parse(metadata);
    return { by: typeof by === "string" ? by : null, count: offset, released: state === RELEASED };
  } catch {
    return { by: null, count: offset, released: false };
  }
}

/** What a standby needs. */
export interface StandbyOptions {
  readonly groups: OffsetStore;
  readonly cursorGroup: string;
  readonly random: () => number;
  readonly now: () => number;
  /** Waits so many milliseconds; false if it is to wait no longer. */
  readonly wait: (ms: number) => Promise<boolean>;
  /** Somebody is alive; reported once for each, and again after the groups could not be read. */
  readonly standingBy: (event: { readonly active: string | null }) => void;
  /** The groups could not be read; it keeps asking, unless this throws. */
  readonly unreachable: (error: unknown) => void;
}

/** Waits until no other instance is alive; false if it is to wait no longer. */
export async function awaitTurn(options: StandbyOptions): Promise<boolean> {
  const { groups, cursorGroup, now } = options;
  const silence = new Silence(options.random());
  let reported: StoredCursor["by"] | undefined;
  do {
    try {
      // One that was killed leaves a transaction open.
      const cursor = await groups.peek(cursorGroup);
      const sign = await groups.peek(aliveGroup(cursorGroup));
      if (silence.isOver({ cursor, sign }, now())) return true;
      const by = cursor === null ? null : storedCursorOf(cursor).by;
      if (by !== reported) options.standingBy({ active: by });
      reported = by;
    } catch (error) {
      silence.blind();
      reported = undefined;
      options.unreachable(error);
    }
  } while (await options.wait(ASK_MS));
  return false;
}
