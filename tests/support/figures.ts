/**
 * The figures of a run that begins.
 *
 * @module
 */
import { createFigures, type Figures, type Program } from "../../src/telemetry/metrics.ts";

/** Figures of a made-up program at time 0, but for what `over` says. */
export function newFigures(over: Partial<Program> = {}): Figures {
  return createFigures({
    version: "1.2.3",
    runtime: "2.9.6",
    limits: { silenceMs: 1000, unacknowledgedMs: 1000 },
    process: () => ({ cpuSeconds: 1.5, residentBytes: 2, heapBytes: 3, startSeconds: 4 }),
    now: () => 0,
    ...over,
  });
}
