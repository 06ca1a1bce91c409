import { assert, assertEquals } from "@std/assert";
import { createRandom } from "../../src/simulator/random.ts";
import { Budget } from "../../src/pipeline/budget.ts";
import { NO_PLACE, Watermark } from "../../src/pipeline/watermark.ts";

const ARRIVAL = { timeMs: 0 };

const create = (budget = new Budget(1e9)) => new Watermark(() => {}, budget);

Deno.test("Watermark moves in order though tickets settle in any", () => {
  const watermark = create();
  const [a, b, c] = [
    watermark.open(1, "h", 0, ARRIVAL),
    watermark.open(2, "h", 0, ARRIVAL),
    watermark.open(3, "h", 0, ARRIVAL),
  ];
  b.done();
  assertEquals([watermark.mark, watermark.pending], [null, 3]);
  a.done();
  assertEquals([watermark.mark?.seq, watermark.pending], [2, 1]);
  c.done();
  assertEquals([watermark.mark?.seq, watermark.pending], [3, 0]);
});

Deno.test("Watermark stays before a frame until all its records ended", () => {
  const watermark = create();
  const ticket = watermark.open(7, "h", 0, ARRIVAL);
  ticket.expect(0);
  ticket.expect(0);
  ticket.done();
  ticket.done();
  assertEquals(watermark.mark, null);
  ticket.done();
  assertEquals(watermark.mark?.seq, 7);
});

Deno.test("Watermark moves over the frames of one ticket together, to the last of them", () => {
  const watermark = create();
  const run = watermark.open(1, "h", 1, ARRIVAL);
  run.extend(2, 2);
  assertEquals([run.frames, watermark.newest?.seq, watermark.newest?.messages], [2, 2, 2]);
  watermark.note(5000);
  const other = watermark.open(3, "h", 3, ARRIVAL);
  run.expect(0);
  run.done();
  other.done();
  assertEquals([watermark.mark, watermark.pending, watermark.markTimeMs], [null, 3, null]);
  run.done();
  assertEquals([watermark.mark?.seq, watermark.mark?.messages, watermark.pending], [3, 3, 0]);
  assertEquals(watermark.markTimeMs, 5000);
});

Deno.test("Watermark keeps all from the mark on in its budget, settled or not", () => {
  const budget = new Budget(1e9);
  const watermark = create(budget);
  const [first, second, third] = [
    watermark.open(1, "h", 0, ARRIVAL),
    watermark.open(2, "h", 0, ARRIVAL),
    watermark.open(3, "h", 0, ARRIVAL),
  ];
  const frames = budget.bytes;
  assert(frames > 0);
  first.expect(1000);
  second.expect(5000);
  const records = budget.bytes - frames;
  assert(records > 6000);
  for (const ticket of [second, second, third, first]) ticket.done();
  assertEquals(budget.bytes, frames + records);
  first.done();
  assertEquals([watermark.mark?.seq, budget.bytes], [3, 0]);
});

Deno.test("Watermark keeps more for each further frame of a ticket, until the mark passes them", () => {
  const budget = new Budget(1e9);
  const watermark = create(budget);
  const run = watermark.open(1, "h", 1, ARRIVAL);
  const first = budget.bytes;
  run.extend(2, 2);
  const second = budget.bytes - first;
  run.extend(3, 3);
  assert(second > 0);
  assertEquals([budget.bytes, run.bytes, run.frames], [first + 2 * second, first + 2 * second, 3]);
  assertEquals(run.isEmpty, true);
  run.expect(0);
  assertEquals(run.isEmpty, false);
  run.done();
  run.done();
  assertEquals(budget.bytes, 0);
});

Deno.test("Watermark follows into a lower sequence space", () => {
  const watermark = create();
  watermark.open(1_000_000, "h", 0, ARRIVAL).done();
  watermark.open(5, "h", 0, ARRIVAL).done();
  assertEquals(watermark.mark?.seq, 5);
});

Deno.test("Watermark never passes an open ticket, in any order of settling", () => {
  const random = createRandom(11);
  const watermark = create();
  const open: { seq: number; done: () => void }[] = [];
  const settled = new Set<number>();
  for (let seq = 1; seq <= 3000; seq++) {
    open.push(watermark.open(seq, "h", 0, ARRIVAL));
    while (open.length > 0 && random.next() < 0.5) {
      const [ticket] = open.splice(random.below(open.length), 1);
      if (ticket === undefined) break;
      settled.add(ticket.seq);
      ticket.done();
    }
    const mark = watermark.mark?.seq ?? 0;
    const oldestOpen = open.reduce((least, ticket) => Math.min(least, ticket.seq), seq + 1);
    assertEquals(mark, oldestOpen - 1);
  }
});

Deno.test("Watermark.markTimeMs is that of a message at the mark or before, and never of one after it", () => {
  const watermark = create();
  const tickets = Array.from({ length: 3000 }, (_, i) => {
    const ticket = watermark.open(i, "h", 0, ARRIVAL);
    if (i % 10 === 9) watermark.note(1_000_000 + i * 500);
    return ticket;
  });
  assertEquals(watermark.markTimeMs, null);
  for (let i = 0; i < 15; i++) tickets[i]?.done();
  assertEquals([watermark.mark?.seq, watermark.markTimeMs], [14, 1_000_000 + 9 * 500]);
  for (let i = 16; i < 2500; i++) tickets[i]?.done();
  assertEquals(watermark.markTimeMs, 1_000_000 + 9 * 500);
  tickets[15]?.done();
  assertEquals([watermark.mark?.seq, watermark.markTimeMs], [2499, 1_000_000 + 2499 * 500]);
});

Deno.test("Watermark gives no place to a frame that has none, and lets none pass it", () => {
  const watermark = create();
  const nowhere = watermark.open(NO_PLACE, "h", 0, ARRIVAL);
  watermark.open(5, "h", 0, ARRIVAL).done();
  assertEquals(watermark.mark, null);
  nowhere.done();
  assertEquals(watermark.mark?.seq, 5);
  const other = create();
  other.open(NO_PLACE, "h", 0, ARRIVAL).done();
  assertEquals([other.mark, other.newest], [null, null]);
});

Deno.test("Watermark has the newest frame, settled or not, also where all have settled", () => {
  const watermark = create();
  assertEquals(watermark.newest, null);
  for (let seq = 1; seq <= 3000; seq++) {
    const ticket = watermark.open(seq, "h", 0, ARRIVAL);
    assertEquals(watermark.newest?.seq, seq);
    ticket.done();
    assertEquals(watermark.newest?.seq, seq);
  }
});

Deno.test("Watermark knows the time of the oldest frame that has not settled, also where it is told later", () => {
  const watermark = create();
  const [earlier, later] = [{ timeMs: 0 }, { timeMs: 2000 }];
  const first = watermark.open(1, "h", 0, earlier);
  const second = watermark.open(2, "h", 0, later);
  earlier.timeMs = 1000;
  second.done();
  assertEquals(watermark.oldestMs, 1000);
  first.done();
  assertEquals(watermark.oldestMs, null);
});
