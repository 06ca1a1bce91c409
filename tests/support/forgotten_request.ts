/**
 * A request that KafkaJS forgets: it neither succeeds nor fails, and no timer looks after it.
 *
 * @module
 */
import RequestQueue from "kafkajs/src/network/requestQueue/index.js";

/** Lets KafkaJS forget its next request of this kind, as a connection does that lost the timer of its requests. */
export function forgetRequest(apiName: string): Disposable & { readonly forgotten: number } {
  const queue = RequestQueue.prototype as unknown as { push(request: { entry: { apiName: string } }): void };
  const { push } = queue;
  let forgotten = 0;
  queue.push = function (request) {
    if (request.entry.apiName === apiName && forgotten === 0) forgotten++;
    else push.call(this, request);
  };
  return {
    get forgotten() {
      return forgotten;
    },
    [Symbol.dispose]: () => void (queue.push = push),
  };
}
