import { assert, assertEquals, assertThrows } from "@std/assert";
import { join } from "node:path";
import { expectedEvents, requireSame, SAMENESS } from "../../bench/check_peers.ts";
import { FIRST_SEQ, makeFrames } from "../../bench/frames.ts";
import { differenceOf, type Produced } from "../../bench/peers/comparison.ts";
import { buildPeers, NATIVE_PEERS, type NativePeer } from "../../bench/peers/native.ts";
import { STAGES } from "../../bench/plan.ts";
import { COLLECTIONS } from "../../src/events/registry.ts";

function peer(name: string, tool: string, ...args: readonly string[]): NativePeer {
  return { name, tool, args, env: {}, folder: ".", binary: "none" };
}

Deno.test("buildPeers() says in one line which peer is left out and why when it cannot be built", async () => {
  const said: string[] = [];
  const failing = 'console.error("Compiling\\n  error: no network\\nmore"); Deno.exit(1)';
  const leftOut = await buildPeers([
    peer("built", Deno.execPath(), "--version"),
    peer("without-tool", "no-such-compiler"),
    peer("broken", Deno.execPath(), "eval", failing),
  ], (text) => said.push(text));
  const broken = `${Deno.execPath()} cannot build it: error: no network`;
  assertEquals(leftOut, [
    { name: "without-tool", why: "no-such-compiler is not on the PATH" },
    { name: "broken", why: broken },
  ]);
  assertEquals(said, [
    "Building built",
    "Building without-tool",
    "without-tool is left out: no-such-compiler is not on the PATH",
    "Building broken",
    `broken is left out: ${broken}`,
  ]);
});

Deno.test("STAGES has each compiled peer, and each peer is compared with us", () => {
  const peers = STAGES.map(({ name }) => name).filter((name) => name.endsWith("-peer"));
  assertEquals(peers.toSorted(), Object.keys(SAMENESS).toSorted());
  for (const { name, folder } of NATIVE_PEERS) {
    assert(peers.includes(name), name);
    const files = [...Deno.readDirSync(folder)].map((entry) => entry.name);
    assert(files.includes("Cargo.lock") || files.includes("go.sum"), name);
  }
});

function produced(id: string, data: Readonly<Record<string, unknown>>, key = "did:plc:a"): Produced {
  const event = { id, type: "T", source: "ws://a", subject: "did:plc:a", time: "2026-01-01T00:00:00Z", data };
  return { key, value: JSON.stringify(event), contentType: "application/cloudevents+json; charset=UTF-8" };
}

Deno.test("differenceOf() takes the same fields in another order, also of JSON in a string, as the same", () => {
  const ours = [produced("1", { text: "a", facets: '[{"a":1,"b":2}]' }), produced("2", { text: "b" })];
  const theirs = [produced("2", { text: "b" }), produced("1", { facets: '[{"b":2,"a":1}]', text: "a" })];
  assertEquals(differenceOf(ours, theirs, "every field"), null);
});

Deno.test("differenceOf() finds another field, key, event, repetition, and all that are missing", () => {
  const ours = Array.from({ length: 4 }, (_, i) => produced(String(i), { text: "a" }));
  const with0 = (first: Produced) => [first, ...ours.slice(1)];
  const find = (theirs: readonly Produced[]) => differenceOf(ours, theirs, "every field");
  assertEquals(find(with0(produced("0", { text: "b" }))), '0 has another "data.text": "b", expected "a"');
  assertEquals(find(with0(produced("0", {}))), '0 has another "data.text": undefined, expected "a"');
  assertEquals(
    find(with0(produced("0", { text: "a" }, "other"))),
    '0 has another "key": "other", expected "did:plc:a"',
  );
  assertEquals(find(with0(produced("9", { text: "a" }))), "9 is not expected");
  assertEquals(find([...ours, ...ours.slice(0, 1)]), "1 events are there twice");
  assertEquals(find(ours.slice(1)), null);
  assertEquals(find(ours.slice(2)), "2 events are missing, such as 0");
});

Deno.test("differenceOf() looks at no data where only the identity has to be the same", () => {
  const ours = [produced("1", { text: "a" })];
  assertEquals(differenceOf(ours, [produced("1", {})], "identity"), null);
  assertEquals(
    differenceOf(ours, [produced("1", {}, "other")], "identity"),
    '1 has another "key": "other", expected "did:plc:a"',
  );
});

Deno.test("expectedEvents() has the numbers and the source of what is served, and requireSame() compares with them", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = join(folder, "frames.bin");
    await makeFrames(file, 60, 20);
    const events = await expectedEvents(file, 50, COLLECTIONS, "ws://a/b");
    assert(events.length > 25, String(events.length));
    const seqs = events.map(({ value }) => JSON.parse(value).data.seq as number);
    assertEquals(seqs, seqs.toSorted((a, b) => a - b));
    assert((seqs.at(0) ?? 0) >= FIRST_SEQ && (seqs.at(-1) ?? Infinity) < FIRST_SEQ + 50);
    for (const { key, value } of events) {
      const { source, subject } = JSON.parse(value);
      assertEquals([source, subject], ["ws://a/b", key]);
    }
    requireSame("rust-peer", events, events);
    const other = events.map((event) => ({ ...event, contentType: "text/plain" }));
    assertThrows(() => requireSame("rust-peer", events, other), Error, "Cannot compare with rust-peer");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
