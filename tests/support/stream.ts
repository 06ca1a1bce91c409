/**
 * The program between a simulated firehose and Kafka, and what must come of that.
 *
 * @module
 */
import { COLLECTIONS } from "../../src/events/registry.ts";
import type { SourceMessage } from "../../src/simulator/server.ts";
import { createWorld } from "../../src/simulator/world.ts";
import type { Consumed } from "./kafka.ts";
import { RunningProgram } from "./program.ts";
import { until } from "./wait.ts";

/** Where the simulator begins to count. */
export const FIRST_SEQ = 31_500_000_000;
const WANTED = new Set(COLLECTIONS);

/**
 * The simulator's first messages, the ids of all events that they hold, in order, the number of each one's message, and
 * the last message's.
 */
export async function expect(
  frames: number,
): Promise<{ messages: SourceMessage[]; ids: string[]; seqs: number[]; lastSeq: number }> {
  const world = await createWorld({
    seed: 1,
    accounts: 100,
    firstSeq: FIRST_SEQ,
    startMs: Date.UTC(2026, 0, 1),
    stepMs: 5,
  });
  const messages: SourceMessage[] = [];
  const ids: string[] = [];
  const seqs: number[] = [];
  let lastSeq = 0;
  for (let i = 0; i < frames; i++) {
    const { seq, bytes, did, rev, ops } = await world.next();
    messages.push({ seq, bytes, atMs: null });
    lastSeq = seq;
    for (const { action, path } of ops) {
      if (action === "delete" || !WANTED.has(path.split("/")[0] ?? "")) continue;
      ids.push(`${did}/${rev}/${path}`);
      seqs.push(seq);
    }
  }
  return { messages, ids, seqs, lastSeq };
}

/** The ids of the events in records. */
export function idsOf(records: readonly Consumed[]): string[] {
  return records.map(({ value }) => JSON.parse(value).id);
}

/** Starts the simulator. */
export async function simulator(...args: string[]): Promise<{ program: RunningProgram; url: string }> {
  const program = new RunningProgram(["simulate", "--port", "0", "--start", "2026-01-01", ...args]);
  await until("the simulator's URL", () => program.stdout.includes("\n"));
  return { program, url: program.stdout.trim() };
}

/** The number in the cursor file; 0 while there is none. */
export function readCursor(path: string): number {
  try {
    return Number(JSON.parse(Deno.readTextFileSync(path)).cursor);
  } catch {
    return 0;
  }
}
