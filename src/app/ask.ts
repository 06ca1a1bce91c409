/**
 * Questions to brokers at a start, which are asked until they are answered.
 *
 * @module
 */
import { backoffMs, wait } from "../async.ts";
import type { ProducerObserver } from "../kafka/client/options.ts";
import { FinalError } from "../record/final_error.ts";

const BACKOFF = { firstMs: 500, longestMs: 10_000 } as const;

/** Asks until there is an answer; `what` is what it cannot be known without. Rejects where asking again cannot help. */
export type Ask = <T>(what: string, ask: () => Promise<T>) => Promise<T>;

/** Asks again, waiting longer and longer, until there is an answer; what cannot be answered ever is thrown. */
export function askUntilAnswered(observer: AskObserver, signal: AbortSignal): Ask {
  return async (what, ask) => {
    for (let attempt = 1;; attempt++) {
      try {
        const answer = await ask();
        if (attempt > 1) observer.answered();
        return answer;
      } catch (error) {
        const { classify, describeTrouble, isBug } = await import("../kafka/client/classify.ts");
        signal.throwIfAborted();
        if (classify(error) === "fatal" || error instanceof FinalError || isBug(error)) throw error;
        const retryInMs = backoffMs(attempt, 1, BACKOFF);
        const trouble = describeTrouble(error);
        observer.waiting({ ...trouble, reason: `cannot read ${what}: ${trouble.reason}`, retryInMs });
        await wait(retryInMs, signal);
        signal.throwIfAborted();
      }
    }
  };
}

/** Who is to know that the brokers keep a start waiting. */
export interface AskObserver extends Pick<ProducerObserver, "waiting"> {
  answered(): void;
}
