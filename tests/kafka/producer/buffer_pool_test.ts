import { assert, assertEquals } from "@std/assert";
import { BufferPool } from "../../../src/kafka/producer/buffer_pool.ts";

Deno.test("BufferPool.take() gives a buffer that was given back, if it is large enough, to one at a time", () => {
  const pool = new BufferPool();
  const first = pool.take(100_000);
  assert(first.length >= 100_000);
  pool.give(first);
  const larger = pool.take(1_000_000);
  assert(larger !== first && larger.length >= 1_000_000);
  assertEquals(pool.take(90_000), first);
  assert(pool.take(90_000) !== first);
});

Deno.test("BufferPool keeps a bounded number of buffers, the largest ones", () => {
  const pool = new BufferPool();
  const small = Array.from({ length: 50 }, () => pool.take(1));
  const large = Array.from({ length: 10 }, () => pool.take(500_000));
  for (const buffer of [...small, ...large]) pool.give(buffer);
  const again = Array.from({ length: 60 }, () => pool.take(1));
  assertEquals(again.filter((buffer) => large.includes(buffer)).length, 10);
  assertEquals(again.filter((buffer) => small.includes(buffer)).length, 6);
});
