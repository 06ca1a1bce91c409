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
  /** The host to begin with. */
  readonly host: string;
  readonly seq: number | null;
  /** The time of the message at `seq`, if the cursor kept has it. */
  readonly time: string | null;
  /** The cursor kept, where it is another host's and so cannot be resumed at; else null. */
  readonly left: Cursor | null;
  /** Whether the place of `left` is to be found by its time; a little before it is read again then. */
  readonly byTime: boolean;
  /** Where that comes from, for the start line. */
  readonly origin: string;
  /** What the operator should know, or null. */
  readonly warning: string | null;
}

/**
 * Decides the start: on the host of the cursor kept where that is one of `hosts`, else on the first of them. A number of
 * another host says nothing there, so its time is used if events `mayRepeat`; `others` are the cursors that are
 * kept of other hosts.
 */
export function decideStart(
  choice: StartChoice,
  stored: Cursor | null,
  others: ReadonlyMap<string, Omit<Cursor, "host">>,
  hosts: readonly [string, ...string[]],
  mayRepeat: boolean,
): Start {
  const [host] = hosts;
  if (choice !== null) return { host, ...chosen(choice) };
  if (stored === null) return { ...NOTHING_KEPT, host, seq: null, origin: "live (no cursor kept yet)" };
  if (stored.host !== null && !hosts.includes(stored.host)) {
    const known = hosts.find((each) => others.has(each));
    const place = known === undefined ? undefined : others.get(known);
    if (known !== undefined && place !== undefined) {
      const origin = `${place.seq} (cursor kept of ${known}${place.time ? ` at ${place.time}` : ""})`;
      return { ...NOTHING_KEPT, ...place, host: known, origin };
    }
    if (mayRepeat && !Number.isNaN(Date.parse(stored.time ?? ""))) {
      return {
        host,
        ...NOTHING_KEPT,
        seq: null,
        left: stored,
        byTime: true,
        origin: `shortly before ${stored.time} (the cursor kept is another host's)`,
        warning:
          `The cursor kept, ${stored.seq}, is of ${stored.host} and says nothing about ${host}: going on there ` +
          `from shortly before its time. Some events are delivered again; --cursor live reads what is new alone`,
      };
    }
    return {
      host,
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
    host: stored.host ?? host,
    seq: stored.seq,
    time: stored.time,
    origin: `${stored.seq} (cursor kept${stored.time ? ` at ${stored.time}` : ""})`,
  };
}

const NOTHING_KEPT = { time: null, left: null, byTime: false, warning: null } as const;

function chosen(choice: Exclude<StartChoice, null>): Omit<Start, "host"> {
  switch (choice.kind) {
    case "live":
      return { ...NOTHING_KEPT, seq: null, origin: "live (as chosen)" };
    case "oldest":
      return { ...NOTHING_KEPT, seq: 0, origin: "oldest (as chosen)" };
    case "seq":
      return { ...NOTHING_KEPT, seq: choice.seq, origin: `${choice.seq} (as chosen)` };
  }
}
