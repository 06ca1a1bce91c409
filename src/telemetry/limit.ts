/**
 * A bound on how much is logged of each kind: a broker that is down for an hour, or a relay that sends
 * garbage, must not fill the disk. What is left out is counted, and reported with the next line of its kind or at the end.
 *
 * @module
 */
import type { Fields, Level, Log } from "./log.ts";

/** So many lines of a kind are logged in each window. */
export interface Rate {
  readonly lines: number;
  readonly windowMs: number;
}

/** Logs one line of a kind, or counts it. */
export type LimitedLog = (kind: string, rate: Rate, level: Level, message: string, fields?: Fields) => void;

interface Window {
  startMs: number;
  logged: number;
  leftOut: number;
}

/** A log with a bound for each kind; `tellRest` logs what was left out since the last line of each kind. */
export function limitLog(log: Log, now: () => number): { readonly limited: LimitedLog; tellRest(): void } {
  const windows = new Map<string, Window>();
  return {
    limited: (kind, rate, level, message, fields = {}) => {
      const window = windows.get(kind) ?? { startMs: -Infinity, logged: 0, leftOut: 0 };
      windows.set(kind, window);
      if (window.startMs + rate.windowMs <= now()) {
        window.startMs = now();
        window.logged = 0;
      }
      if (window.logged >= rate.lines) {
        window.leftOut++;
        log("debug", message, fields);
        return;
      }
      window.logged++;
      log(level, message, window.leftOut === 0 ? fields : { ...fields, leftOut: window.leftOut });
      window.leftOut = 0;
    },
    tellRest: () => {
      for (const [kind, window] of windows) {
        if (window.leftOut > 0) log("info", "Log lines were suppressed", { kind, leftOut: window.leftOut });
        window.leftOut = 0;
      }
    },
  };
}
