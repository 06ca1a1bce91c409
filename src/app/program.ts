/**
 * What metrics say of this program.
 *
 * @module
 */
import process from "node:process";
import type { Program } from "../telemetry/metrics.ts";
import { VERSION } from "../version.ts";

/** Nothing is acknowledged for longer than this only while brokers are away. */
const UNACKNOWLEDGED_MS = 30_000;

/** The program, which reads a firehose that is replaced after so many milliseconds of silence. */
export function programOf(idleTimeoutMs: number): Program {
  return {
    version: VERSION,
    runtime: Deno.version.deno,
    // The connection is replaced at the idle timeout, so half of it is what is worth a look.
    limits: { silenceMs: idleTimeoutMs / 2, unacknowledgedMs: UNACKNOWLEDGED_MS },
    process: () => {
      const { user, system } = process.cpuUsage();
      const { rss, heapTotal } = Deno.memoryUsage();
      return {
        cpuSeconds: (user + system) / 1e6,
        residentBytes: rss,
        heapBytes: heapTotal,
        startSeconds: performance.timeOrigin / 1000,
      };
    },
    now: Date.now,
  };
}
