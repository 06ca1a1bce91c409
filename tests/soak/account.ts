/**
 * The account of a long run: what became of every operation of the simulated network.
 *
 * @module
 */
import { isSampled } from "../../src/filter/sample.ts";
import { aboutAccount } from "../support/whole_network.ts";
import type { SimulatedFrame } from "../../src/simulator/messages.ts";

/** What the producer was told to take. */
export interface Taken {
  /** Null: everything that can become an event. */
  readonly collections: ReadonlySet<string> | null;
  readonly sampleRate: number;
  /** At every so many messages the blocks of the commit are missing. */
  readonly missingEvery: number;
}

/** How many operations, and messages about accounts where those are wanted, came to what end. */
export interface Account {
  operations: number;
  delivered: number;
  /** Deletes, and operations on collections that were not wanted. */
  filtered: number;
  sampledOut: number;
  /** Records whose blocks the firehose never sent. */
  rejected: number;
  lost: number;
  /** The lost ones, as INDEX OF THE MESSAGE (from 0) and the event's ID. */
  readonly lostIds: string[];
  /** Copies beyond the first. */
  repeated: number;
  /** Events that nothing in the simulated network stands for. */
  unknown: number;
  /** Events that came after a younger one of their account. */
  disordered: number;
}

/** An event as it stands in the topic, in the order of its partition. */
export interface Found {
  readonly id: string;
  readonly key: string;
}

/** What stands for an event about an account: relays may date it wrongly, so that its id is not known beforehand. */
export function accountId(did: string, kind: string, seq: number): string {
  return `${did}/${kind}#${seq}`;
}

/** Accounts for every operation of these messages, which are all that the network made, from the first on. */
export function accountFor(frames: readonly SimulatedFrame[], taken: Taken, found: readonly Found[]): Account {
  const copies = new Map<string, number>();
  for (const { id } of found) copies.set(id, (copies.get(id) ?? 0) + 1);
  const account: Account = {
    operations: 0,
    delivered: 0,
    filtered: 0,
    sampledOut: 0,
    rejected: 0,
    lost: 0,
    lostIds: [],
    repeated: 0,
    unknown: 0,
    disordered: 0,
  };
  const places = new Map<string, number>();
  frames.forEach((frame, index) => {
    const { did, rev, ops } = frame;
    const kind = taken.collections === null ? aboutAccount(frame) : null;
    if (kind !== null) {
      account.operations++;
      const id = accountId(did, kind, frame.seq);
      if (copies.has(id)) {
        account.delivered++;
        places.set(id, places.size);
      } else {
        account.lost++;
        account.lostIds.push(`${index} ${id}`);
      }
    }
    for (const { action, path } of ops) {
      account.operations++;
      const id = `${did}/${rev}/${path}`;
      const [collection = ""] = path.split("/");
      const isDelete = action === "delete";
      if (taken.collections !== null && (isDelete || !taken.collections.has(collection))) account.filtered++;
      else if (!isSampled(`at://${did}/${path}`, taken.sampleRate)) account.sampledOut++;
      else if (!isDelete && (index + 1) % taken.missingEvery === 0) account.rejected++;
      else if (copies.has(id)) account.delivered++;
      else {
        account.lost++;
        account.lostIds.push(`${index} ${id}`);
      }
      if (copies.has(id)) places.set(id, places.size);
    }
  });
  const last = new Map<string, number>();
  const seen = new Set<string>();
  for (const { id, key } of found) {
    if (seen.has(id)) continue;
    seen.add(id);
    const place = places.get(id);
    if (place === undefined) account.unknown++;
    else if (place < (last.get(key) ?? -1)) account.disordered++;
    else last.set(key, place);
  }
  account.repeated = found.length - copies.size;
  return account;
}

/** What a gap event says: the place before it and the place after it. */
export interface FoundGap {
  readonly id: string;
  readonly cause: string;
  readonly fromSeq: number;
  readonly toSeq: number;
}

/** What the gap events of a run are. */
export interface GapAccount {
  /** Between two messages that follow each other: a hole in the numbers that is larger than the relay's usual ones. */
  readonly holes: number;
  /** Any other: the relay had everything, so that nothing was missing. */
  readonly unexplained: readonly string[];
}

/** Explains each gap event, whose copies count once, by the messages that the relay made, in order. */
export function explainGaps(frames: readonly SimulatedFrame[], gaps: readonly FoundGap[]): GapAccount {
  const follower = new Map(frames.map(({ seq }, index) => [seq, frames[index + 1]?.seq ?? null]));
  const isHole = ({ cause, fromSeq, toSeq }: FoundGap) =>
    cause === "window-exceeded" && toSeq > fromSeq + 1 && follower.get(fromSeq) === toSeq;
  const all = [...new Map(gaps.map((gap) => [gap.id, gap])).values()];
  const unexplained = all.filter((gap) => !isHole(gap)).map(({ id, cause }) => `${cause} ${id}`);
  return { holes: all.length - unexplained.length, unexplained };
}
