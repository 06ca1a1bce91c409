import { BASE32 } from "../../src/atproto/base32.ts";
import { HEAP_FLAG } from "../../scripts/program_flags.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { IdentityCache, identityTable, restoreIdentity } from "../../src/identity/cache.ts";
import type { PublicKey } from "../../src/atproto/signature.ts";

/** The did:plc of a number. */
function plc(number: number): string {
  let name = "";
  for (let i = 0, left = number; i < 24; i++, left = Math.floor(left / 32)) name += BASE32.charAt(left % 32);
  return `did:plc:${name}`;
}

function randomKey(): PublicKey {
  const bytes = crypto.getRandomValues(new Uint8Array(33));
  bytes[0] = 2 + ((bytes[0] ?? 0) & 1);
  return { curve: (bytes[1] ?? 0) & 1 ? "p256" : "k256", bytes };
}

function handleOf(length: number): string {
  const labels = "abcdefghijklmnopqrstuvwxyz0123456789".repeat(8).match(/.{1,61}/g)?.join(".") ?? "";
  return `${labels.slice(0, length - 2).replace(/\.$/, "x")}.z`;
}

/** A log that keeps entries as a file would. */
function keptLog() {
  const entries: Uint32Array[] = [];
  return { entries, add: (words: Uint32Array, at: number) => void entries.push(words.slice(at, at + 27)) };
}

Deno.test("IdentityCache gives what was set, of did:plc and did:web, with handles of every length", () => {
  const log = keptLog();
  const cache = new IdentityCache(identityTable(2000, 1), log);
  const set = new Map<string, { handle: string | null; key: PublicKey | null }>();
  for (let length = 3; length <= 253; length++) {
    const did = length % 2 === 0 ? plc(length) : `did:web:host${length}.example.com`;
    const identity = { handle: handleOf(length), key: length % 3 === 0 ? null : randomKey() };
    assertEquals(identity.handle.length, length);
    cache.set(did, "found", identity, 1_700_000_000 + length);
    set.set(did, identity);
  }
  const restored = identityTable(2000, 2);
  for (const entry of log.entries) restoreIdentity(restored, entry, 0);
  for (const each of [cache, new IdentityCache(restored, null)]) {
    for (const [did, { handle, key }] of set) {
      const slot = each.findDid(did);
      assert(slot >= 0, did);
      assertEquals(each.at(slot), {
        state: "found",
        fetchedSecs: 1_700_000_000 + (handle?.length ?? 0),
        handle,
        key,
        verdict: "unasked",
        verdictSecs: 0,
      });
    }
  }
  assertEquals([cache.findDid(plc(9999)), cache.findDid("did:web:elsewhere.test")], [-1, -1]);
});

Deno.test("IdentityCache finds a DID by its bytes in a message", () => {
  const cache = new IdentityCache(identityTable(10, 1), null);
  cache.set(plc(7), "found", { handle: "seven.test", key: null }, 5);
  const message = new TextEncoder().encode(`xx${plc(7)}yy`);
  const slot = cache.find(message, { start: 2, end: 34 });
  assertEquals(new TextDecoder().decode(cache.handleAt(slot) ?? undefined), "seven.test");
  assertEquals(cache.find(message, { start: 1, end: 34 }), -1);
});

Deno.test("IdentityCache keeps the verdict while the handle stays, and takes none for another handle", () => {
  const cache = new IdentityCache(identityTable(10, 1), null);
  const did = plc(1);
  const now = () => cache.at(cache.findDid(did));
  cache.set(did, "found", { handle: "a.test", key: null }, 5);
  cache.setVerdict(did, "b.test", "verified", 6);
  assertEquals(now().verdict, "unasked");
  cache.setVerdict(did, "a.test", "verified", 6);
  cache.set(did, "found", { handle: "a.test", key: randomKey() }, 7);
  assertEquals([now().verdict, now().verdictSecs, now().fetchedSecs], ["verified", 6, 7]);
  cache.set(did, "found", { handle: "b.test", key: null }, 8);
  assertEquals([now().verdict, now().verdictSecs], ["unasked", 0]);
  cache.setVerdict(did, "b.test", "invalid", 9);
  cache.set(did, "absent", null, 10);
  assertEquals([now().state, now().handle, now().verdict], ["absent", null, "unasked"]);
});

Deno.test("IdentityCache.setFetched() says whether there is anything to ask again", () => {
  const cache = new IdentityCache(identityTable(10, 1), null);
  cache.set(plc(1), "found", { handle: "a.test", key: null }, 5);
  assertEquals([cache.setFetched(plc(1), 0), cache.setFetched(plc(2), 0)], [true, false]);
  const slot = cache.findDid(plc(1));
  assertEquals([cache.fetchedSecsAt(slot), cache.at(slot).handle], [0, "a.test"]);
});

Deno.test("IdentityCache.oldestSecs() is the oldest document's time, whatever else there is", () => {
  const cache = new IdentityCache(identityTable(20, 1), null);
  assertEquals(cache.oldestSecs(), null);
  cache.place = "2026-07-01T00:00:00.000Z";
  assertEquals(cache.oldestSecs(), null);
  for (const secs of [30, 10, 20]) {
    cache.set(`did:web:h${secs}.test`, "found", { handle: handleOf(253), key: null }, secs);
  }
  assertEquals(cache.oldestSecs(), 10);
  cache.setFetched("did:web:h10.test", 0);
  assertEquals(cache.oldestSecs(), 20);
});

Deno.test("IdentityCache keeps its place in an export through rounds of other entries", () => {
  const log = keptLog();
  const cache = new IdentityCache(identityTable(50, 1), log);
  assertEquals(cache.place, null);
  for (let i = 0; i < 500; i++) {
    if (i % 20 === 0) cache.place = `place ${i}`;
    cache.set(plc(i), "found", { handle: `h${i}.test`, key: null }, i + 1);
    assertEquals(cache.place, `place ${i - i % 20}`);
  }
  assertEquals([cache.size, cache.isFull], [50, true]);
  const restored = identityTable(50, 3);
  for (const entry of log.entries) restoreIdentity(restored, entry, 0);
  assertEquals(new IdentityCache(restored, null).place, "place 480");
  assertThrows(() => cache.place = "x".repeat(49), RangeError);
});

Deno.test("IdentityCache gives no half of a handle when a part of it has gone", () => {
  const cache = new IdentityCache(identityTable(8, 1), null);
  cache.set(plc(1), "found", { handle: handleOf(253), key: null }, 1);
  for (let i = 2; i < 40; i++) {
    cache.set(plc(i), "found", { handle: "x.test", key: null }, i);
    const slot = cache.findDid(plc(1));
    if (slot >= 0) assertEquals(cache.at(slot).handle, handleOf(253));
  }
  // What is set again is there once.
  for (let i = 0; i < 20; i++) cache.set(plc(1), "found", { handle: handleOf(253), key: null }, 50);
  assertEquals(cache.at(cache.findDid(plc(1))).handle, handleOf(253));
});

Deno.test("IdentityCache of 500,000 accounts takes less than 100 MB of the program", async () => {
  assert(identityTable(500_000, 5).byteLength < 60_000_000);
  const script = new URL("../support/identity_memory.ts", import.meta.url).pathname;
  const command = new Deno.Command(Deno.execPath(), { args: ["run", "-q", "--no-lock", HEAP_FLAG, script, "500000"] });
  const { size, grown } = JSON.parse(new TextDecoder().decode((await command.output()).stdout));
  assertEquals(size, 500_000);
  assert(grown > 50_000_000 && grown < 100_000_000, `${grown} bytes more are resident`);
});
