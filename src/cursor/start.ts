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
  /** Where that comes from, for the start line. */
  readonly origin: string;
  /** What the operator should know, or null. */
  readonly warning: string | null;
}

/** Decides the start on the firehose `host`. A number of another host says nothing here, so it is not used. */
export function decideStart(choice: StartChoice, stored: Cursor | null, host: string): Start {
  if (choice !== null) return chosen(choice);
  if (stored === null) return { seq: null, origin: "live (no cursor kept yet)", warning: null };
  if (stored.host !== null && stored.host !== host) {
    return {
      seq: null,
      origin: "live (the cursor kept is another host's)",
      warning: `The cursor kept, ${stored.seq}, is of ${stored.host} and says nothing about ${host}: starting live. ` +
        "What came between is not read; --cursor oldest reads all that the host still has",
    };
  }
  return {
    seq: stored.seq,
    origin: `${stored.seq} (cursor kept${stored.time ? ` at ${stored.time}` : ""})`,
    warning: null,
  };
}

function chosen(choice: Exclude<StartChoice, null>): Start {
  switch (choice.kind) {
    case "live":
      return { seq: null, origin: "live (as chosen)", warning: null };
    case "oldest":
      return { seq: 0, origin: "oldest (as chosen)", warning: null };
    case "seq":
      return { seq: choice.seq, origin: `${choice.seq} (as chosen)`, warning: null };
  }
}
