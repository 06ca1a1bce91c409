/**
 * A signature that is not by the known key: the key may be another one by now, so the account's document is asked for once
 * more. Nobody waits without end: not for a directory that does not answer, nor for many documents at once. What was read a
 * moment ago the source does not ask for again.
 *
 * @module
 */
import type { PublicKey } from "../atproto/signature.ts";
import { type Verdict, verdictOf } from "../atproto/verify.ts";
import type { IdentitySource } from "../identity/keys.ts";
import type { ToVerify } from "./job.ts";
import type { VerifyObserver } from "./names.ts";

/** How long a message waits for a document, in milliseconds. */
export const LONGEST_WAIT_MS = 5000;
/** How many documents may be awaited at once. */
export const MOST_AT_ONCE = 16;
/** After a document that did not come, no message waits for one during this time, in milliseconds. */
export const AFTER_NONE_MS = 10_000;

/** What a second look needs. */
export interface SecondLookOptions {
  readonly identity: IdentitySource;
  /** The verdict on one message by another key. */
  readonly verify: (message: ToVerify) => Promise<Verdict>;
  readonly observer: VerifyObserver;
  /** Milliseconds on a monotonic clock. */
  readonly nowMs: () => number;
  /** Resolves after so many milliseconds, or at once on abort. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Looks again at messages whose signature is not by the key that was known. */
export class SecondLook {
  readonly #options: SecondLookOptions;
  /** Documents that are being asked for, by DID. */
  readonly #asked = new Map<string, Promise<PublicKey | "unanswered">>();
  #patientFromMs = -Infinity;

  constructor(options: SecondLookOptions) {
    this.#options = options;
  }

  /** The final verdict on a message of the account `did`, whose first one is `found`. */
  async look(did: string, message: ToVerify, found: Verdict): Promise<Verdict> {
    const { identity, verify } = this.#options;
    let [verdict, key] = [found, message.key];
    // The document may have been read anew since the message came.
    const known = identity.keyOf(did);
    if (known !== null && key !== null && !isSame(known, key)) {
      verdict = await verify({ bytes: message.bytes, key: known });
      if (verdict.reason !== INVALID) return verdict;
      key = known;
    }
    const refreshed = await this.#refreshed(did, key);
    if (refreshed === "same") return verdict;
    if (refreshed === "unanswered") return verdictOf("key-unconfirmed");
    return await verify({ bytes: message.bytes, key: refreshed });
  }

  async #refreshed(did: string, key: PublicKey | null): Promise<PublicKey | "same" | "unanswered"> {
    const answer = await (this.#asked.get(did) ?? this.#ask(did));
    if (answer === "unanswered") return answer;
    const isSameKey = key !== null && isSame(answer, key);
    this.#options.observer.keyRefreshed(isSameKey ? "same" : "changed");
    return isSameKey ? "same" : answer;
  }

  #ask(did: string): Promise<PublicKey | "unanswered"> {
    const { nowMs, observer } = this.#options;
    if (this.#asked.size >= MOST_AT_ONCE || nowMs() < this.#patientFromMs) {
      observer.keyRefreshed("unanswered");
      return Promise.resolve("unanswered");
    }
    const asked = this.#answer(did).finally(() => this.#asked.delete(did));
    this.#asked.set(did, asked);
    return asked;
  }

  async #answer(did: string): Promise<PublicKey | "unanswered"> {
    const { identity, nowMs, observer, wait } = this.#options;
    const over = new AbortController();
    const late = wait(LONGEST_WAIT_MS, over.signal).then(() => null);
    const key = await Promise.race([identity.refresh(did), late]).finally(() => over.abort());
    if (key !== null) return key;
    observer.keyRefreshed("unanswered");
    this.#patientFromMs = nowMs() + AFTER_NONE_MS;
    return "unanswered";
  }
}

const INVALID = "signature-invalid";

function isSame(a: PublicKey, b: PublicKey): boolean {
  return a.curve === b.curve && a.bytes.length === b.bytes.length && a.bytes.every((byte, i) => byte === b.bytes[i]);
}
