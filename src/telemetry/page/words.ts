/**
 * The state of a run in words: the state of the status line, what it means, and why the program is not ready.
 *
 * @module
 */
import type { Figures } from "../metrics.ts";
import { UNREADY } from "../readiness.ts";
import { stateText, type StatusSample } from "../status.ts";

/** How good a state is. */
export type Mood = "good" | "wait" | "bad";

/** What each state of the status line means; the first whose name begins the text counts. */
export const STATES = {
  "DRAINING": ["wait", "The program was asked to stop and delivers what it has."],
  "KAFKA DOWN": ["bad", "Kafka is unreachable. Events are buffered; nothing is lost while the relay keeps the rest."],
  "KAFKA REFUSES": ["bad", "Kafka refuses events. They are buffered; nothing is lost while the relay keeps the rest."],
  "STANDING BY": ["good", "Another instance of the job is active. This one takes over if that one ends."],
  "RELAY DOWN": ["bad", "The relay cannot be read. The producer reconnects and resumes where it stopped."],
  "RELAY REFUSES": ["bad", "The relay refuses the connection. The producer retries and resumes where it stopped."],
  "CURSOR NOT SAVED": ["bad", "Events are delivered, but a restart would deliver some again."],
  "KAFKA SLOW": [
    "wait",
    "Events wait for acknowledgement. At the memory limit reading pauses until half of it is free.",
  ],
  "CONNECTING": ["wait", "The producer connects to the relay and to the destination."],
  "CATCHING UP": ["wait", "Events are delivered late, and the lag falls."],
  "BEHIND": ["wait", "Events are delivered late, and the lag does not fall."],
  "OK": ["good", "Events arrive and are delivered."],
} as const satisfies Readonly<Record<string, readonly [Mood, string]>>;

/** A state in words. */
export interface Words {
  /** The state without figures, so that it changes only when the state does. */
  readonly name: string;
  /** How long it lasts, or will; empty where that says nothing. */
  readonly detail: string;
  readonly mood: Mood;
  readonly meaning: string;
  /** Why it is not ready. */
  readonly reasons: readonly string[];
}

/** The words of this moment. */
export function wordsOf({ state, unready }: Figures, before: StatusSample, nowMs: number): Words {
  const text = stateText(state, before, nowMs);
  const [name, [mood, meaning]] = Object.entries(STATES).find(([name]) => text.startsWith(name)) ??
    [text, ["wait", ""] as const];
  const detail = text.slice(name.length).replace(/^,? /, "");
  return { name, detail, mood, meaning, reasons: unready().map((reason) => UNREADY[reason]) };
}
