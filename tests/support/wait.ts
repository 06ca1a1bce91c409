/**
 * Waiting for what another process or socket does. A wait ends on what it waits for, or when nothing has moved for so
 * long that nothing will: never on a total, which a slow machine would reach although all goes well.
 *
 * @module
 */
import { setTimeout as after } from "node:timers/promises";

const EVERY_MS = 20;
/** A wait fails when for so long nothing has moved. */
const STILL_MS = 90_000;
/** What one round of a wait counts at the most, as this process may have been kept from running meanwhile. */
const ROUND_MS = 100;

let moves = 0;

/** Notes that something moved: a program printed, a message or a connection came. Whoever waits goes on waiting. */
export function moved(): void {
  moves++;
}

/** Notes that a program printed this: its status every ten seconds is no move, as it comes also where nothing does. */
export function printed(text: string): void {
  if (!/"message":"Running"| events\/s /.test(text)) moved();
}

/** Resolves when `holds` does; fails, saying what did not come, when nothing has moved for 90 seconds. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  await waitFor(what, async () => [await holds(), null]);
}

/** Resolves when `read` gives `target` or more; each new value of it is a move. Returns the value. */
export async function untilAtLeast(
  what: string,
  target: number,
  read: () => number | Promise<number>,
): Promise<number> {
  return await waitFor(`${what}: ${target}`, async () => {
    const value = await read();
    return [value >= target, value];
  });
}

async function waitFor<T>(what: string, look: () => Promise<readonly [boolean, T]>): Promise<T> {
  let [holds, seen] = await look();
  let seenMoves = moves;
  let stillMs = 0;
  let beforeMs = performance.now();
  while (!holds) {
    if (stillMs > STILL_MS) {
      throw new Error(`Nothing has moved for ${STILL_MS / 1000} s. Expected: ${what}. Last seen: ${String(seen)}`);
    }
    await after(EVERY_MS);
    const [nowHolds, value] = await look();
    const nowMs = performance.now();
    stillMs = value === seen && moves === seenMoves ? stillMs + Math.min(nowMs - beforeMs, ROUND_MS) : 0;
    [holds, seen, seenMoves, beforeMs] = [nowHolds, value, moves, nowMs];
  }
  return seen;
}

/** Resolves when `holds` does; each new value of `progress`, as JSON, is a move. */
export async function untilStill(
  what: string,
  progress: () => unknown,
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  await waitFor(what, async () => [await holds(), JSON.stringify(await progress())]);
}
