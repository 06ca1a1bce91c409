/**
 * Where a run starts: what the command says, else the cursor kept, else live.
 *
 * @module
 */
import type { Cursor } from "./cursor.ts";

/** The choice made on the command line; null leaves it to the cursor kept. */
export type StartChoice =
  | { readonly kind: "live" }
  | { readonly kind: "oldest" }
  | { readonly kind: "seq"; readonly seq: number }
  | null;

/** A start: `seq` null is live, 0 everything the server still has. */
export interface Start {
  readonly seq: number | null;
  /** The time of the message at `seq`, if the cursor kept has it. */
  readonly time: string | null;
  /** The cursor kept, where it is another host's and so cannot be resumed at; else null. */
  readonly left: Cursor | null;
  /** Where that comes from, for the start line. */
  readonly origin: string;
  /** What the operator should know, or null. */
  readonly warning: string | null;
}

/** Decides the start on the firehose `host`. A number of another host says nothing here, so it is not used. */
export function decideStart(choice: StartChoice, stored: Cursor | null, host: string): Start {
  if (choice !== null) return chosen(choice);
  if (stored === null) return { ...NOTHING_KEPT, seq: null, origin: "live (no cursor kept yet)" };
  if (stored.host !== null && stored.host !== host) {
    return {
      ...NOTHING_KEPT,
      seq: null,
      left: stored,
      origin: "live (the cursor kept is another host's)",
      warning: `The cursor kept, ${stored.seq}, is of ${stored.host} and says nothing about ${host}: starting live. ` +
        "What came between is not read; --cursor oldest reads all that the host still has",
    };
  }
  return {
    ...NOTHING_KEPT,
    seq: stored.seq,
    time: stored.time,
    origin: `${stored.seq} (cursor kept${stored.time ? ` at ${stored.time}` : ""})`,
  };
}

const NOTHING_KEPT = { time: null, left: null, warning: null } as const;

function chosen(choice: Exclude<StartChoice, null>): Start {
  switch (choice.kind) {
    case "live":
      return { ...NOTHING_KEPT, seq: null, origin: "live (as chosen)" };
    case "oldest":
      return { ...NOTHING_KEPT, seq: 0, origin: "oldest (as chosen)" };
    case "seq":
      return { ...NOTHING_KEPT, seq: choice.seq, origin: `${choice.seq} (as chosen)` };
  }
}
