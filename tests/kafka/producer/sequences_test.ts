import { assertEquals } from "@std/assert";
import { Sequences } from "../../../src/kafka/producer/sequences.ts";

const FIRST = { producerId: 7n, producerEpoch: 1 };

Deno.test("Sequences counts each partition of each topic by itself", async () => {
  const sequences = new Sequences(FIRST, () => Promise.reject(new Error("not asked")));
  sequences.advance("t", 0, 3);
  sequences.advance("t", 0, 2);
  sequences.advance("u", 0, 1);
  assertEquals(await sequences.of("t", 0), { ...FIRST, firstSequence: 5 });
  assertEquals(await sequences.of("t", 1), { ...FIRST, firstSequence: 0 });
  assertEquals(await sequences.of("u", 0), { ...FIRST, firstSequence: 1 });
});

Deno.test("Sequences begins again at 0 after 2^31 - 1, as brokers do", async () => {
  const sequences = new Sequences(FIRST, () => Promise.resolve(null));
  sequences.advance("t", 0, 2 ** 31 - 1);
  assertEquals((await sequences.of("t", 0))?.firstSequence, 2 ** 31 - 1);
  sequences.advance("t", 0, 500);
  assertEquals((await sequences.of("t", 0))?.firstSequence, 499);
});

Deno.test("Sequences.renew() gives one partition another producer, from 0, and the others keep theirs", async () => {
  let asked = 0;
  const sequences = new Sequences(
    FIRST,
    () => Promise.resolve({ producerId: BigInt(100 + ++asked), producerEpoch: 0 }),
  );
  for (const partition of [0, 1]) sequences.advance("t", partition, 4);
  sequences.renew("t", 0);
  assertEquals(asked, 0);
  assertEquals(await sequences.of("t", 0), { producerId: 101n, producerEpoch: 0, firstSequence: 0 });
  assertEquals(await sequences.of("t", 0), { producerId: 101n, producerEpoch: 0, firstSequence: 0 });
  assertEquals(await sequences.of("t", 1), { ...FIRST, firstSequence: 4 });
  assertEquals(asked, 1);
});

Deno.test("Sequences gives nothing where brokers give no producer ID", async () => {
  const refused = new Sequences(null, () => Promise.resolve(null));
  assertEquals(await refused.of("t", 0), null);
  const later = new Sequences(FIRST, () => Promise.resolve(null));
  later.renew("t", 0);
  later.forgo("t", 1);
  assertEquals([await later.of("t", 0), await later.of("t", 1)], [null, null]);
  assertEquals(await later.of("t", 2), { ...FIRST, firstSequence: 0 });
});
