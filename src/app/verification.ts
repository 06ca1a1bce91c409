/**
 * Verification as a run has it: workers, and the way of messages past them.
 *
 * @module
 */
import { wait } from "../async.ts";
import { verifiesRightly } from "../atproto/signature.ts";
import type { VerifyMode } from "../atproto/verify.ts";
import type { Config } from "../config/config.ts";
import type { AccountFilter } from "../filter/accounts.ts";
import type { IdentitySource } from "../identity/keys.ts";
import type { VerdictSource } from "../pipeline/verdicts.ts";
import { FinalError } from "../record/final_error.ts";
import type { SubscribeOptions } from "../upstream/subscribe_repos.ts";
import type { VerifyObserver } from "../verify/names.ts";
import { WorkerPool } from "../verify/pool.ts";
import { Verification } from "../verify/verification.ts";

/** Keys that a worker keeps ready: 12 MB of them. */
const MOST_KEYS = 16_384;
/** What waits for its verdict is at most so much of what may be undelivered, and no more than the most that is of use. */
const SHARE = 1 / 8;
const MOST_BYTES = 16_777_216;

/** What verifies a run; null: nothing. Disposed of, its threads end. */
export interface OpenedVerification extends Disposable {
  readonly verdicts: VerdictSource | null;
  readonly through: SubscribeOptions["through"];
  /** Messages that wait; null where nothing is verified. */
  readonly queue: { readonly waiting: number } | null;
}

/** What verification needs to know of the run. */
export interface VerificationRun {
  readonly config: Pick<Config, "verify" | "unverified" | "verifyThreads" | "trackRepos" | "maxInFlightBytes">;
  readonly accounts: AccountFilter | null;
  /** Keys of accounts; null where nothing is verified. */
  readonly identity: IdentitySource | null;
  readonly observer: VerifyObserver;
}

/** How many threads verify: as many as are asked for, else one less than there are processors. */
export function threadsOf({ verifyThreads }: Pick<Config, "verifyThreads">, processors: number): number {
  return verifyThreads ?? Math.max(1, processors - 1);
}

const WRONG_RUNTIME =
  `Cannot verify: Deno ${Deno.version.deno} takes a good signature for a bad one; Deno 2.9 or newer is expected`;

/**
 * Starts what verifies messages, if they are to be verified.
 *
 * @throws {FinalError} if the runtime verifies wrongly
 */
export function openVerification({ config, accounts, identity, observer }: VerificationRun): OpenedVerification {
  const { verify, unverified, maxInFlightBytes, trackRepos } = config;
  if (verify === "off" || identity === null) {
    return { verdicts: null, through: null, queue: null, [Symbol.dispose]: () => {} };
  }
  if (!verifiesRightly()) throw new FinalError(WRONG_RUNTIME);
  const mode: VerifyMode = verify;
  const pool = new WorkerPool({ mode, mostKeys: MOST_KEYS }, threadsOf(config, navigator.hardwareConcurrency));
  const verification = new Verification({
    verifiers: pool,
    identity,
    isWanted: (bytes, did) => accounts === null || accounts.drops(bytes, did) === null,
    maxBytes: Math.min(MOST_BYTES, maxInFlightBytes * SHARE),
    observer,
    nowMs: () => performance.now(),
    wait,
  });
  return {
    verdicts: {
      of: (frame) => verification.of(frame),
      unverified,
      comparesHistory: mode === "proofs" && trackRepos > 0,
    },
    through: (received) => verification.through(received),
    queue: verification,
    [Symbol.dispose]: () => pool[Symbol.dispose](),
  };
}
