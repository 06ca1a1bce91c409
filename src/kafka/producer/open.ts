/**
 * What both commit policies do alike: the beginning, and one attempt at a batch.
 *
 * @module
 */
import { FinalError } from "../../record/final_error.ts";
import { classify, describeTrouble } from "../client/classify.ts";
import { refused } from "../client/errors.ts";
import type { ProducerObserver, ProducerOptions } from "../client/options.ts";
import { ControllerPatience } from "../client/topic.ts";
import { retryMs, waitUnlessAborted } from "../client/wait.ts";

/**
 * Opens a producer, however long it takes until the brokers answer.
 *
 * @throws {FinalError} if an attempt throws one
 * @throws {ControllerMissingError} if a topic is to be created, and there is no controller for a minute
 * @throws {KafkaRefusedError} if the brokers refuse the credentials, or what the user may do
 */
export async function openPatiently<T>(
  options: Pick<ProducerOptions, "topics" | "brokers" | "random">,
  observer: Pick<ProducerObserver, "waiting">,
  signal: AbortSignal,
  attempt: () => Promise<T>,
): Promise<T> {
  const patience = new ControllerPatience();
  for (let attempts = 1;; attempts++) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof FinalError || patience.isOver(error)) throw error;
      if (classify(error) === "fatal") throw refused(options, error);
      const retryInMs = retryMs(attempts, options.random());
      observer.waiting({ ...describeTrouble(error), retryInMs });
      await waitUnlessAborted(retryInMs, signal);
    }
  }
}

/**
 * One attempt at a batch.
 *
 * @throws what `send` does, but for that the batch is too large
 */
export async function attemptBatch(
  observer: Pick<ProducerObserver, "sending" | "acknowledged">,
  event: { readonly topic: string; readonly partition: number; readonly records: number },
  send: () => Promise<void>,
): Promise<"acknowledged" | "too-large"> {
  try {
    observer.sending(event);
    await send();
    observer.acknowledged(event);
    return "acknowledged";
  } catch (error) {
    if (classify(error) === "split") return "too-large";
    throw error;
  }
}
