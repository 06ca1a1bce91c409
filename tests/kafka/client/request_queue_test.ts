import { assertEquals } from "@std/assert";
import RequestQueue from "kafkajs/src/network/requestQueue/index.js";
import {
  calmRequestQueues,
  type RequestQueueState,
  scheduleCheckPendingRequests,
} from "../../../src/kafka/client/request_queue.ts";

function queue(pending: readonly unknown[], checked: () => void): RequestQueueState {
  return { throttledUntil: -1, throttleCheckTimeoutId: null, pending, checkPendingRequests: checked };
}

Deno.test("scheduleCheckPendingRequests() sets no timer while no request waits", () => {
  const idle = queue([], () => {});
  scheduleCheckPendingRequests.call(idle);
  assertEquals(idle.throttleCheckTimeoutId, null);
});

Deno.test("scheduleCheckPendingRequests() looks after requests that wait, once", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let checks = 0;
  const busy = queue(["a request"], () => {
    checks++;
    resolve();
  });
  scheduleCheckPendingRequests.call(busy);
  const timer = busy.throttleCheckTimeoutId;
  scheduleCheckPendingRequests.call(busy);
  assertEquals(busy.throttleCheckTimeoutId, timer);
  await promise;
  assertEquals([checks, busy.throttleCheckTimeoutId], [1, null]);
});

Deno.test("calmRequestQueues() changes the queues that KafkaJS makes", () => {
  calmRequestQueues();
  assertEquals(RequestQueue.prototype.scheduleCheckPendingRequests, scheduleCheckPendingRequests);
});
