import { assert, assertEquals } from "@std/assert";
import { CompiledTypes } from "../../src/events/compiled.ts";
import { COLLECTIONS, WHOLE_RECORD_TYPES } from "../../src/events/registry.ts";
import { Tables } from "../../src/plane/compile.ts";
import * as core from "../../src/plane/memory.ts";
import { bytes as memory, wordAt, words } from "../../src/plane/memory.ts";
import { createRandom } from "../../src/simulator/random.ts";
import * as b from "../fuzz/bytes.ts";
import { gatherSeeds } from "../fuzz/kinds.ts";
import { mutate } from "../fuzz/mutate.ts";
import { makeCase } from "../fuzz/run.ts";
import { commitOfRecords, OTHER, record } from "../support/core.ts";
import { REGIONS } from "../support/core_regions.ts";
import { encoderOptions } from "../support/events.ts";

const SEEDS = await gatherSeeds();
const MESSAGES = SEEDS.messages as [Uint8Array, ...Uint8Array[]];
const INPUT_END = core.INPUT + core.INPUT_BYTES;
const OUT_END = core.OUT + core.OUT_BYTES;
const BATCHES = 150;
const BATCH = 100;
/** Written between the regions, where nothing is to be written. */
const GUARD = 0xa5;

const tables = new Tables(new CompiledTypes(encoderOptions(WHOLE_RECORD_TYPES, "binary")));
for (const name of [...COLLECTIONS, OTHER]) tables.add(name, true);
core.configure(tables.table, tables.unwanted, true, true);

/** Where the bytes are that belong to no region. */
const gaps = REGIONS.map(({ start, bytes }, i): [from: number, to: number] => [
  start + bytes,
  REGIONS[i + 1]?.start ?? memory.length,
]);
for (const [from, to] of gaps) memory.fill(GUARD, from, to);
/** What the compiler and the host wrote, which is only read from here on. */
const constant = [memory.slice(0, core.SHA), memory.slice(core.CONFIG, core.CONFIG + core.CONFIG_BYTES)] as const;

/** Whether two are the same: eight bytes at a time, as they have megabytes. */
function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && differenceOf(one, other) < 0;
}

/** Where they differ first; -1 if nowhere. */
function differenceOf(one: Uint8Array, other: Uint8Array): number {
  const view = (each: Uint8Array) => new BigUint64Array(each.slice().buffer, 0, each.length >>> 3);
  const [x, y] = [view(one), view(other)];
  for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return i * 8;
  for (let i = x.length * 8; i < one.length; i++) if (one[i] !== other[i]) return i;
  return -1;
}

/** Puts messages one behind the other, so that the last one ends where the region ends; decodes, and encodes some. */
function run(messages: readonly Uint8Array[], isSkipped: (row: number) => boolean): number {
  const length = messages.reduce((sum, each) => sum + each.length, 0);
  const start = INPUT_END - length;
  let at = start;
  messages.forEach((message, i) => {
    const row = core.FRAMES + i * core.FRAME_ROW;
    words[(row + core.F_START) >>> 2] = at;
    words[(row + core.F_LENGTH) >>> 2] = message.length;
    memory.set(message, at);
    at += message.length;
  });
  const input = memory.slice(start, INPUT_END);
  core.decode(messages.length);
  for (let i = 0; i < messages.length; i++) {
    const row = core.FRAMES + i * core.FRAME_ROW;
    if (isSkipped(i)) words[(row + core.F_IS_SKIPPED) >>> 2] = 1;
  }
  core.encode(0, messages.length);
  assert(isSame(input, memory.slice(start, INPUT_END)), "The core wrote into its input");
  return messages.reduce((sum, _, i) => sum + checkFrame(core.FRAMES + i * core.FRAME_ROW), 0);
}

/** Fails unless all places of a frame are in its message, and those of its events in OUT; how many events it has. */
function checkFrame(row: number): number {
  const state = wordAt(row + core.F_STATE);
  if (state === core.UNUSUAL) return 0;
  const start = wordAt(row + core.F_START);
  const end = start + wordAt(row + core.F_LENGTH);
  const isIn = (from: number, to: number) => start <= from && from <= to && to <= end;
  for (const field of [core.F_DID, core.F_REV, core.F_TIME, core.F_BLOCKS, core.F_OPS]) {
    assert(isIn(wordAt(row + field), wordAt(row + field + 4)), `A field is outside of the message: ${field}`);
  }
  if (state < core.ENCODED) return 0;
  const first = core.OPS + wordAt(row + core.F_FIRST_OP) * core.OP_ROW;
  const last = first + wordAt(row + core.F_OP_COUNT) * core.OP_ROW;
  assert(last <= core.OPS + core.MAX_OPS * core.OP_ROW);
  let events = 0;
  for (let op = first; op < last; op += core.OP_ROW) {
    for (const field of [core.O_PATH, core.O_BLOCK]) {
      // What is in no archive, or has no CID before, stands nowhere.
      const isNowhere = field === core.O_BLOCK && wordAt(op + field) === 0;
      assert(isNowhere || isIn(wordAt(op + field), wordAt(op + field + 4)), `A place is outside: ${field}`);
    }
    if (wordAt(op + core.O_STATE) !== core.DONE) continue;
    events++;
    const places = [core.O_KEY, core.O_HEADERS, core.O_VALUE, core.O_VALUE + 4].map((field) => wordAt(op + field));
    const inOrder = [core.OUT, ...places, OUT_END];
    assert(inOrder.every((place, i) => i === 0 || (inOrder[i - 1] ?? 0) <= place), `Out of order: ${inOrder}`);
  }
  return events;
}

/** Fails if anything was written between the regions, or into what is only read. */
function checkGuards(what: string): void {
  for (const [i, [from, to]] of gaps.entries()) {
    const gap = memory.subarray(from, to);
    const touched = gap.findIndex((byte) => byte !== GUARD);
    assertEquals(touched, -1, `${what}: ${touched} bytes behind ${REGIONS[i]?.name}`);
  }
  assert(
    isSame(memory.slice(0, core.CLASSES + 256), constant[0].subarray(0, core.CLASSES + 256)),
    `${what}: constants`,
  );
  const config = memory.slice(core.CONFIG, core.CONFIG + core.CONFIG_BYTES);
  assert(isSame(config, constant[1]), `${what}: CONFIG`);
}

Deno.test("a flood of damaged, made-up and random messages neither traps the core nor gets it to write elsewhere", () => {
  const random = createRandom(20260702);
  const kinds: readonly ((i: number) => Uint8Array)[] = [
    () => mutate(random.pick(MESSAGES), random, false),
    () => mutate(random.pick(MESSAGES), random, true),
    (i) => {
      const { kind, bytes } = makeCase(77, i, SEEDS);
      return kind === "huge" ? random.bytes(10) : bytes.subarray(0, 30_000);
    },
    () => random.pick(MESSAGES),
    () => random.bytes(random.below(200)),
  ];
  let events = 0;
  for (let batch = 0; batch < BATCHES; batch++) {
    const messages = Array.from({ length: BATCH }, (_, i) => {
      const kind = kinds[(batch + i) % kinds.length] ?? kinds[0];
      return kind?.(batch * BATCH + i) ?? new Uint8Array();
    });
    events += run(messages, () => random.below(10) === 0);
    if (batch % 20 === 0) checkGuards(`batch ${batch}`);
  }
  checkGuards("at the end");
  assert(events > BATCHES * BATCH / 20, `${events} events`);
});

Deno.test("messages that end anywhere neither trap the core nor get it to write elsewhere", () => {
  const message = commitOfRecords([[OTHER, record({ a: b.text("b"), c: b.array([b.NULL]) })], [
    "app.bsky.feed.post",
    record({ text: b.text("t") }),
  ]]);
  const parts = Array.from({ length: message.length + 1 }, (_, length) => message.subarray(0, length));
  let events = 0;
  for (let from = 0; from < parts.length; from += BATCH) events += run(parts.slice(from, from + BATCH), () => false);
  // Alone, so that what follows is what no message has written.
  for (const part of parts.slice(0, -1)) assertEquals(run([part], () => false), 0);
  checkGuards("cut messages");
  assertEquals(events, 2);
});

Deno.test("records that grow more than any others fill OUT to its end and no further", () => {
  const items = b.concat(b.head(4, 16_300), b.fill(16_300, 0x40));
  const grown = (i: number) => commitOfRecords([[OTHER, record({ i: b.head(0, i), x: items })]]);
  const facets = (i: number) => commitOfRecords([["app.bsky.feed.post", record({ i: b.head(0, i), facets: items })]]);
  const messages = Array.from({ length: BATCH }, (_, i) => i % 2 === 0 ? grown(i) : facets(i));
  const events = run(messages, () => false);
  checkGuards("grown records");
  assert(events > 10 && events < BATCH, `${events}`);
  assert(core.outEnd() > OUT_END - 1_000_000, `${OUT_END - core.outEnd()} bytes are free`);
});
