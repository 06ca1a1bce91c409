/**
 * What a firehose may do wrong, on purpose. Light, as the help of `simulate` names them all.
 *
 * @module
 */

/** Commits that are not what they say, and those that a consumer must not take for such. */
export const COMMIT_FAULTS = {
  "forged": "sends a commit signed by a key that is not the account's",
  "key-rotated": "signs with a key that only the directory knows yet: needs an identity world; the commit is valid",
  "replayed": "sends a commit again after later ones of its account",
  "high-s": "sends a commit whose signature has the other S, which the protocol forbids",
  "wrong-did": "sends a commit of another account, signed by that one, as this one's",
  "wrong-rev": "sends a commit whose message and block have different revs",
  "tampered-record": "sends a commit with a record that is not the one it has the hash of",
  "tampered-commit": "sends a commit block that was changed after it was signed",
  "truncated-proof": "sends a commit without the nodes of its tree",
  "hidden-op": "sends a commit that does not say all that it did",
  "no-prev-data": "sends a valid commit without prevData, as many PDSs do",
} as const satisfies Record<string, string>;

/** Every fault, and what it does. */
export const FAULTS = {
  "clean-close": "closes the connection with code 1000",
  "stall": "keeps the connection open and sends nothing more on it",
  "error-frame": "sends an error frame and closes",
  "garbage": "sends a message of random bytes, and one whose body is cut short",
  "repeat": "sends the last three messages once more",
  "seq-jump": "continues with sequence numbers a million higher",
  "seq-fall": "forgets its window, closes, and continues with sequence numbers from 1000",
  "wrong-time": "sends a message whose time is minutes or a year off",
  "missing-block": "sends a commit without the blocks of its records",
  "oversize-record": "sends a post larger than a broker takes",
  ...COMMIT_FAULTS,
} as const satisfies Record<string, string>;

/** One of {@linkcode FAULTS}. */
export type FaultName = keyof typeof FAULTS;

/** One of {@linkcode COMMIT_FAULTS}. */
export type CommitFaultName = keyof typeof COMMIT_FAULTS;

/** A fault that strikes at every so many messages. */
export interface Fault {
  readonly name: FaultName;
  readonly every: number;
}

const DEFAULT_EVERY = 1000;
const NONE: ReadonlySet<FaultName> = new Set();

/** Reads `NAME` or `NAME@N`; null if it is none. */
export function parseFault(text: string): Fault | null {
  const [, name = "", every] = /^([a-z-]+)(?:@([1-9]\d{0,8}))?$/.exec(text) ?? [];
  return isFaultName(name) ? { name, every: every === undefined ? DEFAULT_EVERY : Number(every) } : null;
}

/** Whether a fault is one of {@linkcode COMMIT_FAULTS}. */
export function isCommitFault(name: FaultName): name is CommitFaultName {
  return Object.hasOwn(COMMIT_FAULTS, name);
}

function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(FAULTS, name);
}

/** The faults that strike at message number `count` (from 1). */
export function faultsAt(faults: readonly Fault[], count: number): ReadonlySet<FaultName> {
  const due = faults.filter(({ every }) => count % every === 0);
  return due.length === 0 ? NONE : new Set(due.map(({ name }) => name));
}
