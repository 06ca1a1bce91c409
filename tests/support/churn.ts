/**
 * A made-up network whose accounts write, change, delete, come and go, and what there is of it in the end: what the tables
 * of databases must hold, whatever comes twice, late, or from another relay.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { LiveState } from "../../src/simulator/live.ts";
import type { SimulatedFrame } from "../../src/simulator/messages.ts";
import { type Mix, mixOf } from "../../src/simulator/mix.ts";
import { createNetwork } from "../../src/simulator/network.ts";
import { withSeq } from "../../src/simulator/rewrite.ts";
import { serve, type Source } from "../../src/simulator/server.ts";
import { TestFolder } from "./folder.ts";
import { runProgram } from "./program.ts";

/** Nothing is lost, as what nobody was told of nobody can know. */
const MIX = mixOf({
  ...{ like: 20, post: 12, repost: 8, follow: 8, block: 6, profile: 8, foreign: 12 },
  ...{ update: 20, delete: 24, identity: 6, account: 10, sync: 3, "repeated-commit": 12 },
});

/** A message of a firehose, to be served. */
export type Message = Pick<SimulatedFrame, "seq" | "bytes">;

/** Messages, and what there is after them. */
export interface Churn {
  readonly frames: readonly SimulatedFrame[];
  readonly live: LiveState;
}

/** So many messages of the network, in which what happens is drawn from this mix. */
export async function churn(count: number, mix: Mix = MIX): Promise<Churn> {
  const network = await createNetwork({
    seed: 23,
    accounts: 30,
    pastRecords: 40,
    firstSeq: 31_500_000_000,
    startMs: Date.UTC(2026, 0, 1),
    stepMs: 5,
    mix,
    keepsRecords: true,
  });
  const frames: SimulatedFrame[] = [];
  for (let i = 0; i < count; i++) frames.push(await network.next());
  return { frames, live: network.live() };
}

/** Whether nothing of an account with this status is to be seen. */
export function isRemoved(status: unknown): boolean {
  return status === "deleted" || status === "takendown";
}

/** The records that are to be seen, by AT-URI: written by a message, of an account that is neither deleted nor taken down. */
export function visible({ records, accounts }: LiveState): Map<string, { readonly cid: string }> {
  return new Map(
    [...records].filter(([uri, { seq }]) => {
      const did = uri.split("/")[2] ?? "";
      return seq !== null && !isRemoved(accounts.get(did)?.status);
    }).map(([uri, { cid }]) => [uri, { cid: cid.toString() }]),
  );
}

/**
 * Has the program write everything into a topic, and then once more from another relay, which counts on its own. So many
 * `events` are in the messages.
 */
export async function streamTwice({ frames }: Churn, events: number, connection: readonly string[]): Promise<void> {
  for (const messages of [frames, fromAnotherRelay(frames)]) {
    await streamAll(messages, events, ["--whole-records", ...connection]);
  }
}

/** The same messages as a relay has them that counts on its own. */
export function fromAnotherRelay(messages: readonly Message[]): Message[] {
  return messages.map(({ bytes }, i) => ({ seq: 1000 + i, bytes: withSeq(bytes, 1000 + i) }));
}

/** Has the program write all `events` of these messages into a topic, with further flags. */
export async function streamAll(
  messages: readonly Message[],
  events: number,
  flags: readonly string[],
): Promise<void> {
  await using folder = new TestFolder();
  await using server = serve(sourceOf(messages), { port: 0, rate: null, window: messages.length, faults: [] });
  const { code, stderr } = await runProgram([
    ...["stream", "--firehose-url", server.url, "--cursor-file", folder.file("cursor.json")],
    ...["--events", "all", "--collections", "*", "--max-events", String(events), "--create-topic", ...flags],
  ]);
  assertEquals(code, 0, stderr);
}

function sourceOf(messages: readonly Message[]): Source {
  const left = messages.values();
  return { next: () => Promise.resolve(left.next().value ?? null).then((each) => each && { ...each, atMs: null }) };
}
