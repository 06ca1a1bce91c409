/**
 * What verification says of the message that is handled, with what is remembered of its account, and whether its events
 * are left out for it.
 *
 * @module
 */
import type { CommitFrame, SequencedFrame, SyncFrame } from "../atproto/frame.ts";
import { reject, type Rejected } from "../atproto/rejected.ts";
import { type Verdict, verdictOf, VERIFIED, VERIFY_REASONS, type VerifyReason } from "../atproto/verify.ts";
import type { RepoGap } from "../memory/repo_gap.ts";

/** What can become of the events of a commit whose verdict is false. */
export const UNVERIFIED_POLICIES = ["mark", "drop", "dead-letter"] as const;

/** One of {@linkcode UNVERIFIED_POLICIES}. */
export type UnverifiedPolicy = typeof UNVERIFIED_POLICIES[number];

/** Where verdicts come from, and what they are for. */
export interface VerdictSource {
  /** What was found of a message before it came here. */
  of(frame: CommitFrame | SyncFrame): Verdict;
  readonly unverified: UnverifiedPolicy;
  /** Whether a commit has to follow on what is remembered of its account. */
  readonly comparesHistory: boolean;
}

/** What happens, for counts and the log. */
export interface VerdictObserver {
  /** A `#commit` or `#sync` has this verdict. */
  verdict(verdict: Verdict): void;
  /** The events of one are left out. */
  unverified(event: { readonly reason: VerifyReason; readonly frame: CommitFrame | SyncFrame }): void;
}

/** What a gap before a commit says of it: a loss, or that its claims contradict each other. */
const OF_GAP: { readonly [cause in RepoGap["cause"]]: VerifyReason } = {
  revision: "history-gap",
  data: "history-mismatch",
};

/** The verdict of one message after the other. */
export class Verdicts {
  readonly #source: VerdictSource | null;
  readonly #observer: VerdictObserver;
  /** That of the message being handled; the usual one where there is nothing to verify. */
  current: Verdict | null;

  /** Without a source nothing is verified. */
  constructor(source: VerdictSource | null, observer: VerdictObserver) {
    this.#source = source;
    this.#observer = observer;
    this.current = source === null ? null : VERIFIED;
  }

  /** A message is being handled. */
  begin(frame: SequencedFrame): void {
    if (this.#source === null) return;
    this.current = isVerified(frame) ? this.#source.of(frame) : VERIFIED;
  }

  /** Whether it says what its account never said: nothing may be remembered of it. */
  get isFalse(): boolean {
    return this.current?.verified === "false";
  }

  /** It does not follow on what is remembered of its account. */
  missed({ cause }: RepoGap): void {
    if (this.#source?.comparesHistory !== true || this.current?.verified === "false") return;
    const found = verdictOf(OF_GAP[cause]);
    // What was unknown before stays so, unless it is known to be false now.
    if (found.verified === "false" || this.current === VERIFIED) this.current = found;
  }

  /** The verdict is final; where the events of the message are to be left out, why. */
  settle(frame: SequencedFrame): Rejected | null {
    if (this.#source === null || this.current === null || !isVerified(frame)) return null;
    this.#observer.verdict(this.current);
    const { reason } = this.current;
    if (reason === null || !this.isFalse || this.#source.unverified === "mark") return null;
    this.#observer.unverified({ reason, frame });
    return reject("commit-unverified", `${reason}: ${VERIFY_REASONS[reason].doc}`, { seq: frame.seq, did: frame.did });
  }

  /** Whether what is left out is kept as a dead letter. */
  get keepsLetters(): boolean {
    return this.#source?.unverified === "dead-letter";
  }
}

function isVerified(frame: SequencedFrame): frame is CommitFrame | SyncFrame {
  return frame.kind === "commit" || frame.kind === "sync";
}
