/**
 * The relay of a job: the messages of a simulated network, numbered as relays do it, and noted for the account.
 *
 * @module
 */
import { setTimeout as after } from "node:timers/promises";
import type { Random } from "../../src/simulator/random.ts";
import { withSeq } from "../../src/simulator/rewrite.ts";
import type { Source } from "../../src/simulator/server.ts";
import type { SimulatedFrame } from "../../src/simulator/messages.ts";
import type { World } from "../../src/simulator/world.ts";

/** How a relay numbers: `dense` leaves out no number, `sparse` leaves out some at random, and seldom a million. */
export type RelayNumbering = "dense" | "sparse";

const FIRST_SEQ = 31_500_000_000;
const HOLE_ONE_IN = 3;
const MOST_LEFT_OUT = 60;
const JUMP_ONE_IN = 4000;
const JUMP = 1_000_000;

/** The sequence number after `seq`. */
export function nextSeq(seq: number, numbering: RelayNumbering, random: Random): number {
  if (numbering === "dense") return seq + 1;
  if (random.below(JUMP_ONE_IN) === 0) return seq + JUMP;
  return seq + (random.below(HOLE_ONE_IN) === 0 ? 2 + random.below(MOST_LEFT_OUT) : 1);
}

/** Where the messages of a relay come from, and when. */
export interface RelayOptions {
  readonly world: World;
  readonly numbering: RelayNumbering;
  readonly random: Random;
  /** The pause before each message, in milliseconds; null makes them as fast as they are taken. */
  readonly pauseMs: (() => number) | null;
  /** When the last message is made, by `performance.now()`. */
  readonly endMs: number;
}

/** A source with a note of everything that it made, without the bytes. */
export interface RelaySource extends Source {
  readonly frames: readonly SimulatedFrame[];
}

/** Makes the messages of a relay. */
export function relaySource({ world, numbering, random, pauseMs, endMs }: RelayOptions): RelaySource {
  const frames: SimulatedFrame[] = [];
  let seq = FIRST_SEQ;
  return {
    frames,
    async next() {
      if (pauseMs !== null) await after(Math.max(0, Math.min(pauseMs(), endMs - performance.now())));
      if (performance.now() >= endMs) return null;
      const frame = await world.next();
      seq = nextSeq(seq, numbering, random);
      frames.push({ ...frame, seq, bytes: new Uint8Array() });
      return { seq, bytes: withSeq(frame.bytes, seq), atMs: null };
    },
  };
}
