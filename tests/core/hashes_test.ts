import { assertEquals } from "@std/assert";
import { rulesOf } from "../../src/filter/collections.ts";
import type { EventMakerOptions } from "../../src/pipeline/event_maker.ts";
import * as b from "../fuzz/bytes.ts";
import { commitOfRecords, EMPTY, eventsOf, LIKE, record, TYPED } from "../support/core.ts";

/** A commit of so many records, of which one has another block. */
function spoiled(count: number, wrong: number): Uint8Array {
  const blocks = Array.from(
    { length: count },
    (_, i) => record({ n: b.head(0, i), x: b.byteString(b.fill(i * 9, i)) }),
  );
  const cids = blocks.map((block) => b.cidOf(block));
  const sections = blocks.map((block, i) => b.section(cids[i] ?? EMPTY, i === wrong ? EMPTY : block));
  return b.commit(cids.map((cid, i) => b.op("create", `${LIKE}/${i}`, cid)), b.car(b.cidOf(EMPTY), sections));
}

Deno.test("checkBlocks() leaves the frame of a wrong block alone, wherever it stands, and takes those beside it", () => {
  const good = commitOfRecords([[LIKE, EMPTY], [LIKE, record({ x: b.NULL })]]);
  for (const count of [1, 2, 3, 4, 5, 9, 17]) {
    for (let wrong = 0; wrong < count; wrong++) {
      // The generic path rejects one record, the others are its own or the core's.
      const { events, byCore } = eventsOf([good, spoiled(count, wrong), good]);
      assertEquals(events, count - 1 + 4, `${wrong} of ${count}`);
      if (byCore < 4) throw new Error(`${byCore} by the core: ${wrong} of ${count}`);
    }
  }
});

Deno.test("checkBlocks() does not look at what is not in the sample", () => {
  const options: EventMakerOptions = {
    ...TYPED,
    selection: { ...TYPED.selection, collections: rulesOf(["*"]), sampleRates: { rest: 0.5, of: [] } },
  };
  const messages = Array.from({ length: 200 }, (_, i) =>
    b.commit(
      [b.op("create", `${LIKE}/${i}`, b.cidOf(EMPTY)), b.op("create", `${LIKE}/x${i}`, b.cidOf(record({ i: b.NULL })))],
      b.car(b.cidOf(EMPTY), [
        b.section(b.cidOf(EMPTY), EMPTY),
        b.section(b.cidOf(record({ i: b.NULL })), record({ i: b.NULL })),
      ]),
    ));
  const { events, byCore } = eventsOf(messages, options);
  if (events < 150 || events > 250 || byCore !== events) throw new Error(`${byCore} of ${events}`);
});

Deno.test("checkBlocks() ends where a batch has no blocks, and where it has one", () => {
  assertEquals(eventsOf([b.commit([], b.fill(0, 0))]), { events: 0, byCore: 0 });
  assertEquals(eventsOf([b.fill(0, 0), b.commit([], b.fill(0, 0)), commitOfRecords([[LIKE, EMPTY]])]), {
    events: 1,
    byCore: 1,
  });
});
