/**
 * The messages of a made-up network, encoded, beside what they say.
 *
 * @module
 */
import type { SimulatedCommit, SimulatedOp } from "./account.ts";
import type { CommitFaultName } from "./faults.ts";
import { encodeMessage, type Lex } from "./frames.ts";
import type { Moment } from "./timeline.ts";

/** One message, and what it says. */
export interface SimulatedFrame {
  readonly seq: number;
  readonly bytes: Uint8Array;
  /** The message's type, as `#commit`. */
  readonly type: string;
  readonly did: string;
  readonly rev: string | null;
  readonly time: string;
  readonly ops: readonly SimulatedOp[];
  /** What is wrong with it on purpose. */
  readonly fault?: CommitFaultName;
}

/** A `#commit` of the repository `did`. */
export function commitFrame(did: string, commit: SimulatedCommit, { seq, time }: Moment): SimulatedFrame {
  const { cid, rev, since, prevData, blocks } = commit;
  const ops = commit.ops.map((op) => ({
    action: op.action,
    path: op.path,
    cid: op.cid,
    ...(op.prev === null ? {} : { prev: op.prev }),
  }));
  const bytes = encodeMessage("#commit", {
    seq,
    rebase: false,
    tooBig: false,
    repo: did,
    commit: cid,
    rev,
    since,
    blocks,
    ops,
    blobs: [],
    prevData,
    time,
  });
  return { seq, bytes, type: "#commit", did, rev, time, ops: commit.ops };
}

/** A `#sync`, with the commit that states the repository as it is now. */
export function syncFrame(did: string, { rev, commitBlock }: SimulatedCommit, moment: Moment): SimulatedFrame {
  return { ...messageFrame("#sync", did, { rev, blocks: commitBlock }, moment), rev };
}

/** A message of another type about `did`, with these fields beside `seq`, `did` and `time`. */
export function messageFrame(
  type: string,
  did: string,
  fields: { readonly [field: string]: Lex },
  { seq, time }: Moment,
): SimulatedFrame {
  const bytes = encodeMessage(type, { seq, did, time, ...fields });
  return { seq, bytes, type, did, rev: null, time, ops: [] };
}
