import { assert, assertEquals } from "@std/assert";
import { EventEncoder } from "../../src/events/encoder.ts";
import { RECORD_TYPES } from "../../src/events/registry.ts";
import { EventBuffers } from "../../src/events/event_buffer.ts";
import { createRandom } from "../../src/simulator/random.ts";
import { encoderOptions, recordedBlocks } from "../support/events.ts";

Deno.test("EventBuffers.take() gives a buffer that is held to nobody else, and then one that all have released", () => {
  const buffers = new EventBuffers();
  const first = buffers.take(100);
  first.hold();
  first.release();
  const second = buffers.take(100);
  assert(second !== first);
  first.release();
  assertEquals(buffers.take(100), first);
  assert(buffers.take(100) !== second);
});

Deno.test("EventBuffers.take() gives a larger buffer where one is wanted, and does not keep it", () => {
  const buffers = new EventBuffers();
  const large = buffers.take(1_000_000);
  assertEquals(large.bytes.length, 1_000_000);
  large.release();
  assert(buffers.take(100) !== large);
});

Deno.test("EventBuffers keep what live traffic needs, and let go what an outage piled up", () => {
  const buffers = new EventBuffers();
  const piled = Array.from({ length: 100 }, () => buffers.take(1));
  for (const buffer of piled) buffer.release();
  const again = Array.from({ length: 100 }, () => buffers.take(1)).filter((buffer) => piled.includes(buffer));
  assertEquals(again.length, 16);
});

Deno.test("EventEncoder writes over no event that was not released, and soon over those that were", async () => {
  const random = createRandom(31);
  const blocks = await recordedBlocks();
  for (const mode of ["structured", "binary"] as const) {
    const encoder = new EventEncoder(encoderOptions(RECORD_TYPES, mode));
    const buffers = new Set<Uint8Array>();
    let waiting: { readonly value: Uint8Array; readonly copy: Uint8Array; readonly release: () => void }[] = [];
    for (let bytes = 0, i = 0; bytes < 20_000_000; i++) {
      const block = blocks[i % blocks.length];
      const event = block === undefined ? null : encoder.encode(block, 0);
      if (event === null || "kind" in event) continue;
      bytes += event.size;
      buffers.add(event.bytes);
      waiting.push({ value: event.value, copy: event.value.slice(), release: () => event.release() });
      if (waiting.length < 1000) continue;
      // Half of those that wait end, in any order, as partitions are acknowledged in any order.
      const ended = waiting.filter(() => random.next() < 0.5);
      for (const { value, copy, release } of ended) {
        assertEquals(value, copy);
        release();
      }
      waiting = waiting.filter((each) => !ended.includes(each));
    }
    // Those of the generic path have a buffer each.
    const shared = [...buffers].filter(({ length }) => length === 393_216);
    assert(shared.length >= 2 && shared.length <= 30, `${mode}: ${shared.length} buffers`);
  }
});
