import { assert, assertEquals } from "@std/assert";
import { HandledMessages } from "../../src/upstream/handled.ts";
import { UNKNOWN_MESSAGE } from "../../src/upstream/sequence.ts";

Deno.test("HandledMessages remembers the last messages, of which damaged ones are none, and those of before", () => {
  const handled = new HandledMessages(60_000);
  for (let print = 1; print <= 1_000_000; print++) handled.add(print);
  handled.add(UNKNOWN_MESSAGE);
  const known = handled.with(new Set([-5]));
  assert(known.has(1_000_000) && known.has(1_000_000 - 120_000) && known.has(-5));
  assert(!known.has(1) && !known.has(UNKNOWN_MESSAGE));
  assert(known.size < 300_000, String(known.size));
});

Deno.test("HandledMessages remembers nothing where no other host may be read", () => {
  const handled = new HandledMessages(0);
  handled.add(5);
  assertEquals([...handled.with(new Set([7]))], [7]);
});
