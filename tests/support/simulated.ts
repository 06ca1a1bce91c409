/**
 * A small simulated firehose in the test's own process.
 *
 * @module
 */
import { type FirehoseServer, serve, type Source } from "../../src/simulator/server.ts";
import { limitSource, worldSource } from "../../src/simulator/sources.ts";

/** Where the numbers begin. */
export const FIRST_SEQ = 1000;

/** Each account has written little before: that makes commits small, and so cheap to make. */
function smallWorld(): Promise<Source> {
  return worldSource({
    accounts: 5,
    seed: 7,
    firstSeq: FIRST_SEQ,
    startMs: Date.UTC(2026, 0, 1),
    stepMs: 5,
    pastRecords: 20,
  });
}

/** Serves so many made-up messages, as fast as they are made or at a rate, and is silent then. */
export async function simulated(frames: number, rate: number | null = null): Promise<FirehoseServer> {
  return serve(limitSource(await smallWorld(), frames), { port: 0, rate, window: 100_000, faults: [] });
}

/** The number of the last of so many messages. */
export async function lastSeq(frames: number): Promise<number> {
  const world = limitSource(await smallWorld(), frames);
  let last = 0;
  for (let message = await world.next(); message !== null; message = await world.next()) last = message.seq ?? last;
  return last;
}
