/**
 * What happens to a job's cursor while its producer is down.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { setTimeout as after } from "node:timers/promises";
import type { Cluster } from "../../scripts/kafka.ts";
import { withAdmin } from "../support/kafka.ts";
import { runProgram } from "../support/program.ts";

/** A fault that strikes between two runs of a producer. */
export type DownFault =
  /** The clock of the run before was minutes off, so `savedAt` of the cursor file is. */
  | "skewed-clock"
  /** The cursor file of another job stands in place of this one's, and the start is refused; then the right one is back. */
  | "swapped-cursor"
  /** The group's offsets are gone, as when they expire. */
  | "expired-offsets"
  /** Another consumer commits an offset to the job's group. */
  | "foreign-commit";

/** The job that a fault strikes. */
export interface Struck {
  readonly cluster: Cluster;
  readonly topic: string;
  readonly cursorFile: string;
  /** The command of the next run. */
  readonly command: readonly string[];
  /** By how many minutes the clock is off. */
  readonly offMinutes: number;
}

/** The faults that take the cursor away: a job that keeps it in the group alone resumes by the topic's last records. */
export const LOSES_CURSOR: ReadonlySet<DownFault> = new Set(["expired-offsets", "foreign-commit"]);

const RETRY_MS = 500;
const MOST_TRIES = 120;
const FOREIGN_OFFSET = "3";

/** The text of a cursor file that was saved by a clock that is so many minutes off. */
export function withClockOff(text: string, minutes: number): string {
  const saved = JSON.parse(text);
  return JSON.stringify({
    ...saved,
    savedAt: new Date(Date.parse(saved.savedAt) + minutes * 60_000).toISOString(),
  });
}

/** The text of the cursor file as another job would have saved it, which is somewhere else in the stream. */
export function ofAnotherJob(text: string): string {
  const saved = JSON.parse(text);
  return JSON.stringify({
    ...saved,
    cursor: saved.cursor + 1000,
    owner: { ...saved.owner, job: "another", topic: "another" },
  });
}

/** Does a fault. */
export async function strike(fault: DownFault, struck: Struck): Promise<void> {
  const { cluster, topic, cursorFile, offMinutes } = struck;
  const groupId = `bluesky_firehose-${topic}`;
  switch (fault) {
    case "skewed-clock":
      return await Deno.writeTextFile(cursorFile, withClockOff(await Deno.readTextFile(cursorFile), offMinutes));
    case "swapped-cursor":
      return await swap(struck);
    case "expired-offsets":
      return await untilOffset(struck, groupId, "-1", async () => {
        await withAdmin(cluster, (admin) => admin.deleteGroups([groupId, `${groupId}-alive`]));
      });
    case "foreign-commit":
      return await untilOffset(struck, groupId, FOREIGN_OFFSET, async () => {
        const partitions = [{ partition: 0, offset: FOREIGN_OFFSET }];
        await withAdmin(cluster, (admin) => admin.setOffsets({ groupId, topic, partitions }));
      });
  }
}

async function swap({ cursorFile, command }: Struck): Promise<void> {
  const right = await Deno.readTextFile(cursorFile);
  const wrong = ofAnotherJob(right);
  await Deno.writeTextFile(cursorFile, wrong);
  const { code, stderr } = await runProgram(command);
  assertEquals([code, stderr.includes("belongs to another job")], [1, true], stderr.slice(-2000));
  assertEquals(await Deno.readTextFile(cursorFile), wrong, "a refused start leaves the file as it is");
  await Deno.writeTextFile(cursorFile, right);
}

/** Changes the group until its offset is as expected: a broker may be away, or the change done though it failed. */
async function untilOffset(
  { cluster, topic }: Struck,
  groupId: string,
  expected: string,
  change: () => Promise<void>,
): Promise<void> {
  let failure: unknown = null;
  for (let i = 0; i < MOST_TRIES; i++) {
    await change().catch((error: unknown) => failure = error);
    try {
      const [found] = await withAdmin(cluster, (admin) => admin.fetchOffsets({ groupId, topics: [topic] }));
      const offset = found?.partitions.find(({ partition }) => partition === 0)?.offset;
      if (offset === expected) return;
    } catch (error) {
      failure = error;
    }
    await after(RETRY_MS);
  }
  throw new Error(`The group ${groupId} never had the offset ${expected}`, { cause: failure });
}
