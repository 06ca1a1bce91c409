import { assert, assertEquals, assertRejects } from "@std/assert";
import { decodeFrame } from "../../src/atproto/frame.ts";
import type { StruckFault } from "../../src/simulator/commit_faults.ts";
import { encodeMessage } from "../../src/simulator/frames.ts";
import { mixOf } from "../../src/simulator/mix.ts";
import { encodeRecorded, RecordingError, recordingHeader } from "../../src/upstream/recording.ts";
import type { Source, SourceMessage } from "../../src/simulator/server.ts";
import { limitSource, prepareSource, recordedSource, worldSource } from "../../src/simulator/sources.ts";

const WORLD = { seed: 1, accounts: 2, firstSeq: 31_500_000_000, startMs: Date.UTC(2026, 0, 1), stepMs: 5 };

async function take(source: Source, count: number): Promise<SourceMessage[]> {
  const messages: SourceMessage[] = [];
  for (let i = 0; i < count; i++) {
    const message = await source.next();
    if (message === null) break;
    messages.push(message);
  }
  return messages;
}

/** Counts from 1 to `last`, and how far it was asked. */
function counter(last: number): Source & { made: number } {
  return {
    made: 0,
    next() {
      if (this.made === last) return Promise.resolve(null);
      const seq = ++this.made;
      return Promise.resolve({ seq, bytes: new Uint8Array([seq]), atMs: null });
    },
  };
}

Deno.test("worldSource() makes what a mix has, with messages that are too large in their turn", async () => {
  const messages = await take(await worldSource(WORLD, 5, mixOf({ identity: 1 })), 10);
  assertEquals(
    messages.map(({ bytes }) => bytes.length > 1_000_000),
    [4, 9].reduce((all, at) => all.with(at, true), Array(10).fill(false)),
  );
  const kinds = messages.map(({ bytes }) => decodeFrame(bytes).kind);
  assertEquals(kinds.map((kind) => kind === "commit"), kinds.map((_, i) => i < 2 || i % 5 === 4));
});

Deno.test("worldSource() makes every so many messages too large, in their turn", async () => {
  const messages = await take(await worldSource(WORLD, 3), 9);
  assertEquals(messages.map(({ bytes }) => bytes.length > 1_000_000), [
    ...[false, false, true],
    ...[false, false, true],
    ...[false, false, true],
  ]);
  const seqs = messages.map(({ seq }) => seq ?? 0);
  assertEquals(seqs, seqs.toSorted((a, b) => a - b));
  assertEquals(new Set(seqs).size, 9);
  assert(messages.every(({ bytes }) => decodeFrame(bytes).kind !== "rejected"));
});

Deno.test("limitSource() ends after so many messages, or where its source ends", async () => {
  assertEquals((await take(limitSource(counter(10), 4), 99)).map(({ seq }) => seq), [1, 2, 3, 4]);
  assertEquals((await take(limitSource(counter(3), 4), 99)).length, 3);
});

Deno.test("prepareSource() makes so many messages at once, and goes on after them", async () => {
  const source = counter(10);
  const prepared = await prepareSource(source, 4);
  assertEquals(source.made, 4);
  assertEquals((await take(prepared, 99)).map(({ seq }) => seq), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  assertEquals((await take(await prepareSource(counter(2), 4), 99)).length, 2);
});

Deno.test("recordedSource() gives numbers and times of a recording, and null for what has none", async () => {
  const messages = [
    encodeMessage("#identity", { seq: 7 }),
    encodeMessage("#info", { name: "x" }),
    new Uint8Array([255]),
  ];
  const path = await Deno.makeTempFile();
  const entries = messages.map((bytes, i) => encodeRecorded(bytes, 1000 + i));
  await Deno.writeFile(path, new Uint8Array([recordingHeader(), ...entries].flatMap((part) => [...part])));
  const source = await recordedSource(path);
  assertEquals(source.isTimed, true);
  assertEquals(await take(source, 99), [
    { seq: 7, bytes: messages[0] ?? new Uint8Array(), atMs: 1000 },
    { seq: null, bytes: messages[1] ?? new Uint8Array(), atMs: 1001 },
    { seq: null, bytes: messages[2] ?? new Uint8Array(), atMs: 1002 },
  ]);
});

Deno.test("recordedSource() reads plain recordings, and refuses what is none", async () => {
  const golden = new URL("../golden/indigo_relay.bin", import.meta.url).pathname;
  const source = await recordedSource(golden);
  const messages = await take(source, 999);
  assertEquals([source.isTimed, messages.every(({ seq }) => seq !== null)], [false, true]);
  assert(messages.length >= 35);
  const empty = await Deno.makeTempFile();
  await assertRejects(() => recordedSource(empty), RecordingError, "it holds no message");
  await assertRejects(() => recordedSource(`${empty}.x`), RecordingError, "there is no such file");
});

Deno.test("worldSource() makes faulty commits in their turn, and notes which they are", async () => {
  const struck: StruckFault[] = [];
  const faults = [{ name: "forged", every: 4 }, { name: "hidden-op", every: 6 }, { name: "stall", every: 2 }] as const;
  const messages = await take(await worldSource(WORLD, 9, mixOf({ like: 1 }), { faults, struck }), 40);
  const at = struck.map(({ seq }) => messages.findIndex((message) => message.seq === seq) + 1);
  const due = Array.from({ length: 40 }, (_, i) => i + 1).filter((n) => n % 4 === 0 || n % 6 === 0);
  // The 36th is too large instead.
  assertEquals(at, due.filter((count) => count % 9 !== 0));
  assertEquals(struck.map(({ fault }) => fault), at.map((count) => count % 4 === 0 ? "forged" : "hidden-op"));
  for (const [i, { did, rev }] of struck.entries()) {
    const frame = decodeFrame(messages[(at[i] ?? 0) - 1]?.bytes ?? new Uint8Array());
    assertEquals(frame.kind === "commit" ? [frame.did, frame.rev] : [], [did, rev ?? ""]);
  }
});
