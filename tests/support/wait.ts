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
