import { assert, assertEquals } from "@std/assert";
import { decodeAll } from "@atproto/lex-cbor";
import { createRandom } from "../../src/simulator/random.ts";
import { createWorld } from "../../src/simulator/world.ts";
import { nextSeq, relaySource } from "./relay.ts";

Deno.test("nextSeq() leaves out no number on a dense relay, and on a sparse one some and seldom a million", () => {
  const random = createRandom(1);
  assertEquals(nextSeq(7, "dense", random), 8);
  const steps = Array.from({ length: 20_000 }, () => nextSeq(0, "sparse", random));
  const jumps = steps.filter((step) => step === 1_000_000).length;
  assert(jumps > 0 && jumps < 20, String(jumps));
  const holes = steps.filter((step) => step > 1).length / steps.length;
  assert(holes > 0.3 && holes < 0.37, String(holes));
  assert(steps.every((step) => step === 1_000_000 || step >= 1 && step <= 61));
});

Deno.test("relaySource() numbers the messages anew, notes them, and ends in time", async () => {
  const world = await createWorld({ seed: 1, accounts: 2, firstSeq: 0, startMs: 0, stepMs: 1, pastRecords: 1 });
  const options = { world, numbering: "dense", random: createRandom(1), pauseMs: () => 1 } as const;
  const relay = relaySource({ ...options, endMs: Infinity });
  const messages = [await relay.next(), await relay.next()];
  const seqs = messages.map((message) => [...decodeAll(message?.bytes ?? new Uint8Array())][1]);
  assertEquals(relay.frames.map(({ seq }) => seq), [31_500_000_001, 31_500_000_002]);
  assertEquals(seqs.map((body) => (body as { readonly seq: number }).seq), [31_500_000_001, 31_500_000_002]);
  assertEquals(await relaySource({ ...options, endMs: 0 }).next(), null);
});
