/**
 * KafkaJS looks after requests that wait by a timer that renews itself, every millisecond and for ever, on every
 * connection, and gives it a negative time, of which Node and Deno warn (tulios/kafkajs#1704, #1751). Here a timer
 * runs only while a request waits.
 *
 * @module
 */
import RequestQueue from "kafkajs/src/network/requestQueue/index.js";

/** What of a connection's queue this needs; KafkaJS has no types for it. */
export interface RequestQueueState {
  /** Milliseconds since 1970 until which the broker wants no requests; -1 if it never said so. */
  throttledUntil: number;
  throttleCheckTimeoutId: ReturnType<typeof setTimeout> | null;
  readonly pending: readonly unknown[];
  checkPendingRequests(): void;
}

const CHECK_EVERY_MS = 10;

/** Makes sure that requests which wait are looked after once the broker takes them again. */
export function scheduleCheckPendingRequests(this: RequestQueueState): void {
  // Without a request that waits there is nothing to look after: adding one comes here again.
  if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
  const throttledMs = this.throttledUntil - Date.now();
  this.throttleCheckTimeoutId = setTimeout(() => {
    this.throttleCheckTimeoutId = null;
    this.checkPendingRequests();
  }, Math.max(throttledMs, CHECK_EVERY_MS));
}

/** Puts it in the place of KafkaJS's own, for every connection of this process. */
export function calmRequestQueues(): void {
  RequestQueue.prototype.scheduleCheckPendingRequests = scheduleCheckPendingRequests;
}
