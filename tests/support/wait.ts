/**
 * Waiting for what another process or socket does.
 *
 * @module
 */
import { setTimeout as after } from "node:timers/promises";

const EVERY_MS = 20;

/** Resolves when `holds` does; fails after `seconds`, saying what did not come. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, seconds = 60): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`Not within ${seconds} s: ${what}`);
    await after(EVERY_MS);
  }
}

/**
 * Resolves when `holds` does; fails when `progress` has been the same for so many seconds, saying what did not come: so a
 * slow machine is only slow.
 */
export async function untilStill(
  what: string,
  progress: () => unknown,
  holds: () => boolean | Promise<boolean>,
  seconds = 90,
): Promise<void> {
  let last = "";
  let stillSince = Date.now();
  while (!(await holds())) {
    const now = JSON.stringify(await progress());
    if (now !== last) [last, stillSince] = [now, Date.now()];
    if (Date.now() - stillSince > seconds * 1000) throw new Error(`Nothing happens: ${what} (${last})`);
    await after(EVERY_MS);
  }
}
