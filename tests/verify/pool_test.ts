import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { WorkerSettings } from "../../src/verify/job.ts";
import { WorkerPool } from "../../src/verify/pool.ts";
import { forgedCommits, keyOf } from "../support/forged.ts";

const COMMITS = await forgedCommits(2);
const MESSAGES = COMMITS.map(({ bytes, account }) => ({ bytes, key: keyOf(account.keypair.did()) }));
const WHOLE = MESSAGES.slice(0, 1);

Deno.test("WorkerPool verifies in its workers, and answers calls one after another", async () => {
  using pool = new WorkerPool({ mode: "proofs", mostKeys: 8 }, 2);
  assertEquals(pool.count, 2);
  const order: string[] = [];
  const calls = [0, 1, 0, 1, 0].map(async (index, call) => {
    const verdicts = await pool.verify(index, MESSAGES);
    order.push(`${index}/${call}`);
    return verdicts.map(({ reason }) => reason);
  });
  const [first, ...others] = await Promise.all(calls);
  assertEquals(first?.length, MESSAGES.length);
  for (const other of others) assertEquals(other, first);
  assertEquals(order.filter((each) => each.startsWith("0")), ["0/0", "0/2", "0/4"]);
  assertEquals(COMMITS.filter((_, place) => first?.[place] === null).map(({ kind }) => kind), ["whole", "whole"]);
});

Deno.test("WorkerPool leaves the messages as they are, and takes none for a worker that is not there", async () => {
  using pool = new WorkerPool({ mode: "signatures", mostKeys: 8 }, 1);
  const before = MESSAGES[0]?.bytes.slice();
  await pool.verify(0, WHOLE);
  assertEquals(MESSAGES[0]?.bytes, before);
  assertThrows(() => pool.verify(1, WHOLE), RangeError, "no worker 1");
});

Deno.test("WorkerPool rejects what it has not answered when it ends, and all after that", async () => {
  const pool = new WorkerPool({ mode: "signatures", mostKeys: 8 }, 1);
  const waiting = pool.verify(0, MESSAGES);
  pool[Symbol.dispose]();
  await assertRejects(() => waiting, Error, "has ended");
  await assertRejects(() => pool.verify(0, WHOLE), Error, "has ended");
});

Deno.test("WorkerPool fails with a worker that fails, for good", async () => {
  // A worker that is not told how to verify takes this for a job.
  using pool = new WorkerPool({} as WorkerSettings, 1);
  await assertRejects(() => pool.verify(0, WHOLE), Error, "A worker that verifies messages failed");
  await assertRejects(() => pool.verify(0, WHOLE), Error, "A worker that verifies messages failed");
});
