/**
 * Whether another instance really took the job over. A broker fences a producer, and a cursor has another owner, also
 * where nobody is left: a transaction took too long, a request was applied after the instance that sent it had died, or
 * a coordinator that has just been elected answers with an offset from before. So an instance ends for a living one
 * alone: one that owns the cursor and gave two new heartbeats while it was watched. One could be a late request.
 *
 * Two living instances cannot end each other: only the owner of the cursor counts as a successor, and the owner itself
 * finds nobody. The brokers decide who that is, as only the last producer of a transactional id can commit.
 *
 * @module
 */
import type { OffsetStore } from "../offsets/offset_store.ts";
import { type OffsetAndMetadata, storedCursorOf } from "../offsets/cursor_offset.ts";
import { aliveGroup, beatOf, SILENCE_MS } from "./liveness.ts";

/** How long to wait for the claim of a successor, which commits it right after its start. */
const CLAIM_MS = 5000;
const LOOK_MS = 250;
/** New heartbeats that prove a life. */
const PROOF = 2;

/** What is looked at, and how. */
export interface SuccessorOptions {
  readonly groups: Pick<OffsetStore, "peek">;
  readonly cursorGroup: string;
  /** Whether a broker said that another producer began. */
  readonly fenced: boolean;
  /** Whether a cursor that was found is of another instance, and not the one that this instance resumes at. */
  readonly isForeign: (found: OffsetAndMetadata | null) => boolean;
  /** Milliseconds that only grow. */
  readonly now: () => number;
  /** Waits so many milliseconds; throws if it is to wait no longer. */
  readonly wait: (ms: number) => Promise<void>;
  /** Another instance owns the cursor, and is watched; reported once for each. */
  readonly watching: (owner: string | null) => void;
}

/** What was found: nobody, one that is alive, or one without a heartbeat. */
export type Succession =
  | { readonly kind: "none" }
  | { readonly kind: "alive"; readonly owner: string }
  | { readonly kind: "dead"; readonly owner: string | null };

/**
 * Watches until it is clear whether this instance has a successor: at once where the cursor is its own and no broker
 * fenced it, within five seconds where no other instance claims the cursor, else within ten seconds after the last
 * heartbeat of the owner.
 *
 * @throws whatever KafkaJS says; nothing is known then
 */
export async function findSuccessor(options: SuccessorOptions): Promise<Succession> {
  const { groups, cursorGroup, fenced, isForeign, now, wait, watching } = options;
  let owner: string | null | undefined;
  let lastCount: bigint | null = null;
  let beats = 0;
  let quietMs = 0;
  let seenMs = now();
  for (;;) {
    const cursor = await groups.peek(cursorGroup);
    // A longer time between two looks is one in which this process stood still.
    const nowMs = now();
    quietMs += Math.min(nowMs - seenMs, 4 * LOOK_MS);
    seenMs = nowMs;
    if (cursor !== null && isForeign(cursor)) {
      const { by } = storedCursorOf(cursor);
      const sign = await groups.peek(aliveGroup(cursorGroup));
      const beat = sign === null ? null : beatOf(sign);
      const own = beat?.by === by ? beat : null;
      if (by !== owner) {
        watching(by);
        [owner, beats, quietMs, lastCount] = [by, 0, 0, own?.count ?? null];
      }
      // It took over and has ended since.
      if (own?.released) return { kind: "dead", owner: by };
      if (own !== null && (lastCount === null || own.count > lastCount)) {
        lastCount = own.count;
        quietMs = 0;
        if (++beats === PROOF && by !== null) return { kind: "alive", owner: by };
      }
    } else {
      if (!fenced) return { kind: "none" };
      owner = undefined;
    }
    if (owner === undefined ? quietMs >= CLAIM_MS : quietMs >= SILENCE_MS) {
      return owner === undefined ? { kind: "none" } : { kind: "dead", owner };
    }
    await wait(LOOK_MS);
  }
}
