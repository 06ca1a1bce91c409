import { BASE32 } from "../../src/atproto/base32.ts";
import { assert, assertEquals } from "@std/assert";
import { ExportFollower, MOST_PAGE_BYTES } from "../../src/identity/export.ts";
import { identityParts } from "../support/identity_parts.ts";
import { IdentityStub } from "../support/identity_stub.ts";
import type { HostAnswer } from "../../src/net/host_get.ts";

const BEGIN_MS = 1_700_000_000_000;

function did(i: number): string {
  return `did:plc:${BASE32.charAt(i % 32)}${BASE32.charAt((i >> 5) % 32)}${BASE32.charAt((i >> 10) % 32).repeat(22)}`;
}

interface Line {
  readonly did: string;
  readonly operation: object;
  readonly createdAt: string;
  readonly nullified: boolean;
}

function line(name: string, handle: string | null, atMs: number, nullified = false): Line {
  const operation = handle === null
    ? { type: "plc_tombstone" }
    : { type: "plc_operation", alsoKnownAs: [`at://${handle}`] };
  return { did: name, operation, createdAt: new Date(atMs).toISOString(), nullified };
}

/** A directory whose export is these lines; and whoever follows it, on a clock that the test moves. */
function following(
  isWhole: boolean,
  lines: Line[],
  change: (text: string) => string | HostAnswer | Error = (text) => text,
) {
  const stub = new IdentityStub();
  const parts = identityParts(stub);
  const asked: string[] = [];
  const { clock, cache, resolver, counts } = parts;
  const nowMs = () => BEGIN_MS + clock.nowMs;
  const observer = {
    looked: () => {},
    requested: () => {},
    refused: (_: string, reason: string) => void counts.refusals.push(reason),
    dropped: () => {},
  };
  const get = (url: URL) => {
    const after = url.searchParams.get("after");
    asked.push(after ?? "the beginning");
    const from = after === null ? -Infinity : Date.parse(after);
    const page = lines.filter(({ createdAt }) => Date.parse(createdAt) > from).slice(0, 1000);
    const said = change(page.map((each) => JSON.stringify(each)).join("\n"));
    if (said instanceof Error) return Promise.reject(said);
    const answer = { status: 200, retryAfter: null, location: null };
    return Promise.resolve(typeof said === "string" ? { ...answer, body: new TextEncoder().encode(said) } : said);
  };
  const options = { isWhole, directory: new URL("https://plc.test/"), get, cache, resolver, observer, clock, nowMs };
  const follow = async (forMs: number) => {
    const follower = new ExportFollower(options);
    const stop = new AbortController();
    const ran = follower.run(stop.signal);
    clock.at(clock.nowMs + forMs, () => stop.abort());
    await clock.settle(() => !stop.signal.aborted);
    await ran;
    return follower;
  };
  return {
    ...parts,
    stub,
    asked,
    follow,
    async [Symbol.asyncDispose]() {
      await parts[Symbol.asyncDispose]();
      await stub[Symbol.asyncDispose]();
    },
  };
}

Deno.test("ExportFollower reads all of it, no operation twice a page, and goes on where it was", async () => {
  const lines = Array.from({ length: 900 }, (_, i) => line(did(i), `h${i}.test`, BEGIN_MS + i * 10));
  // Most of the next pages have one time.
  for (let i = 0; i < 2300; i++) {
    lines.push(line(did(i % 900), `g${i}.test`, BEGIN_MS + 10_000 + Math.floor(i / 800) * 1000));
  }
  await using world = following(true, lines);
  const { cache, resolver, handleOf, asked, follow } = world;
  assertEquals(resolver.isCatchingUp, false);
  const follower = await follow(60_000);
  assertEquals([resolver.isCatchingUp, resolver.isFollowing], [false, true]);
  for (let i = 0; i < 900; i++) {
    const expected = i + 1800 < 2300 ? `g${i + 1800}.test` : `g${i + 900}.test`;
    assertEquals(handleOf(did(i)), expected, `${i}`);
  }
  assert((follower.exportedToMs ?? 0) >= BEGIN_MS + 50_000);
  assertEquals(asked[0], "the beginning");
  assert(asked.length < 20, `${asked}`);
  assertEquals(cache.place, `all ${new Date(BEGIN_MS + 12_000).toISOString()}`);
  asked.length = 0;
  lines.push(line(did(5), "renamed.test", BEGIN_MS + 90_000), line(did(6), null, BEGIN_MS + 90_000));
  lines.push(line(did(7), "nullified.test", BEGIN_MS + 90_000, true));
  await follow(10_000);
  assertEquals(asked[0], new Date(BEGIN_MS + 11_999).toISOString());
  assertEquals([5, 6, 7].map((i) => handleOf(did(i))), ["renamed.test", null, "g1807.test"]);
  assertEquals(world.stub.asked, []);
});

Deno.test("ExportFollower that begins now keeps what is known, and adds nobody", async () => {
  const lines = [line(did(1), "old.test", BEGIN_MS - 999_999)];
  await using world = following(false, lines);
  const { resolver, handleOf, follow, stub, settle, clock } = world;
  stub.account(did(1), "one.test");
  handleOf(did(1));
  await settle();
  lines.push(line(did(1), "stale.test", BEGIN_MS - 30_000));
  lines.push(line(did(1), "later.test", BEGIN_MS + clock.nowMs + 5000), line(did(2), "two.test", BEGIN_MS + 5000));
  await follow(20_000);
  assertEquals(handleOf(did(1)), "later.test");
  assertEquals([resolver.isFollowing, handleOf(did(2))], [true, null]);
  clock.nowMs += 200_000_000;
  const asked = stub.asked.length;
  stub.account(did(2), "two.test");
  handleOf(did(1));
  await settle();
  // It is old, but the export says what changes; the other one is asked about as ever.
  assertEquals([stub.asked.slice(asked), handleOf(did(2))], [[`/${did(2)}`], "two.test"]);
});

Deno.test("ExportFollower takes a page up to where it is cut, and waits where there is none", async () => {
  const lines = Array.from({ length: 50 }, (_, i) => line(did(i), `h${i}.test`, BEGIN_MS + i));
  let turn = 0;
  await using world = following(true, lines, (text) => {
    turn++;
    if (turn === 1) return text.slice(0, text.length / 2);
    if (turn === 2) return { status: 429, retryAfter: "7", location: null, body: new Uint8Array() };
    if (turn === 3) return "<html>";
    if (turn === 4) return new TypeError("gone");
    return text;
  });
  await world.follow(120_000);
  assertEquals(world.counts.refusals, ["throttled", "invalid", "unreachable"]);
  assertEquals(world.handleOf(did(49)), "h49.test");
});

Deno.test("ExportFollower that hears nothing for long leaves it to questions", async () => {
  let isDown = false;
  await using world = following(
    true,
    [line(did(1), "one.test", BEGIN_MS)],
    (text) => isDown ? new Error() : text,
  );
  await world.follow(5000);
  assertEquals(world.resolver.isFollowing, true);
  isDown = true;
  await world.follow(700_000);
  assertEquals(world.resolver.isFollowing, false);
  world.stub.account(did(1), "asked.test");
  world.clock.nowMs += 100_000_000;
  world.handleOf(did(1));
  await world.settle();
  assertEquals(world.handleOf(did(1)), "asked.test");
});

Deno.test("ExportFollower leaves a full cache to those who are asked for", async () => {
  const lines = Array.from({ length: 1500 }, (_, i) => line(did(i), `h${i}.test`, BEGIN_MS + i));
  await using world = following(true, lines);
  await world.follow(20_000);
  assertEquals(world.cache.size, 1000);
  // One went for the place that was reached.
  assertEquals([0, 1, 999, 1000].map((i) => world.handleOf(did(i))), [null, "h1.test", "h999.test", null]);
  assert(world.cache.place !== null);
  assert(MOST_PAGE_BYTES > 7500 * 1000);
});
