import { assertEquals } from "@std/assert";
import { TransactionTimeout } from "../../../src/kafka/producer/transaction_timeout.ts";

Deno.test("TransactionTimeout doubles up to eight minutes, and begins again after a commit", () => {
  const timeout = new TransactionTimeout();
  const times = [timeout.ms];
  for (let i = 0; i < 6; i++) {
    timeout.double();
    times.push(timeout.ms);
  }
  assertEquals(times, [30_000, 60_000, 120_000, 240_000, 480_000, 480_000, 480_000]);
  timeout.reset();
  assertEquals(timeout.ms, 30_000);
});

Deno.test("TransactionTimeout stays within what the brokers permit once they refused more", () => {
  const timeout = new TransactionTimeout();
  timeout.double();
  timeout.double();
  assertEquals([timeout.halve(), timeout.ms], [true, 60_000]);
  timeout.double();
  assertEquals(timeout.ms, 60_000);
  timeout.reset();
  assertEquals(timeout.ms, 30_000);
  // Brokers whose limit is below what is usual.
  assertEquals([timeout.halve(), timeout.halve(), timeout.ms], [true, true, 7500]);
  timeout.reset();
  timeout.double();
  assertEquals(timeout.ms, 7500);
  let halved = 0;
  while (timeout.halve()) halved++;
  assertEquals([halved, timeout.ms], [7, 100]);
});
