import { assert, assertEquals, assertRejects } from "@std/assert";
import { type IdResolver, MemoryCache } from "@atproto/identity";
import { parseCommitAuthenticated } from "@atproto/sync";
import type { SimulatedFrame } from "../../src/simulator/messages.ts";
import { COMMIT_FAULTS, type CommitFaultName } from "../../src/simulator/faults.ts";
import { Identities } from "../../src/simulator/identity/identities.ts";
import { createWorld, type World } from "../../src/simulator/world.ts";
import { fetchFrom, identityNetwork, resolverOf, serveWorld, WORLD_OPTIONS } from "../support/identity_world.ts";
import { assertInvertible, bodyOf, commitOf } from "../support/simulated_commits.ts";

const NAMES = Object.keys(COMMIT_FAULTS) as CommitFaultName[];
/** What the reference library says of each; null where it takes the commit. */
const REFUSED: { readonly [fault in CommitFaultName]: RegExp | null } = {
  "forged": /Invalid signature/,
  "key-rotated": null,
  // It does not compare revs.
  "replayed": null,
  "high-s": /Invalid signature/,
  "wrong-did": /Invalid repo did/,
  "wrong-rev": null,
  "tampered-record": /Not a valid CID/,
  "tampered-commit": /Invalid signature/,
  "truncated-proof": /block not found/,
  // It does not take the operations back.
  "hidden-op": null,
  "no-prev-data": null,
};

/** Judges each commit as soon as it is made, as the library does that asks for the key each time its own fails. */
async function judge(world: World, resolver: IdResolver, rounds: number) {
  const honest: SimulatedFrame[] = [];
  const faulty = new Map<CommitFaultName, { frame: SimulatedFrame; error: string | null }[]>();
  for (let round = 0; round < rounds; round++) {
    for (const name of NAMES) {
      for (let i = 0; i < 4; i++) {
        const frame = i < 3 ? await world.next() : await world.nextFaulty(name);
        if (frame.type !== "#commit") continue;
        let error: string | null = null;
        try {
          const events = await parseCommitAuthenticated(resolver, bodyOf(frame));
          assertEquals(events.length, frame.ops.length);
        } catch (reason) {
          error = String(reason);
        }
        if (frame.fault === undefined) {
          assertEquals(error, null);
          await assertInvertible(frame);
          honest.push(frame);
        } else {
          faulty.set(frame.fault, [...faulty.get(frame.fault) ?? [], { frame, error }]);
        }
      }
    }
  }
  return { honest, faulty };
}

async function assertJudged(world: World, identities: Identities, rounds: number): Promise<void> {
  await using server = await serveWorld(identities);
  const resolver = resolverOf(server);
  resolver.did.cache = new MemoryCache();
  const { honest, faulty } = await judge(world, resolver, rounds);
  const chains = new Map<string, { rev: string; data: string }>();
  assert(honest.length > 20 * rounds, `${honest.length} honest commits`);
  for (const name of NAMES) {
    const struck = faulty.get(name) ?? [];
    assert(struck.length >= rounds * 0.7, `${name}: ${struck.length}`);
    for (const { error } of struck) {
      const expected = REFUSED[name];
      if (expected === null) assertEquals(error, null, name);
      else assert(error !== null && expected.test(error), `${name}: ${error}`);
    }
  }
  // The chains of the valid ones are as if the others had not been.
  const valid = [
    ...honest,
    ...(["key-rotated", "no-prev-data"] as const).flatMap((name) => (faulty.get(name) ?? []).map(({ frame }) => frame)),
  ].toSorted((one, other) => one.seq - other.seq);
  for (const frame of valid) {
    const { since, prevData, rev } = bodyOf(frame);
    const { commit } = await commitOf(frame);
    const before = chains.get(frame.did);
    if (before !== undefined) assertEquals(since, before.rev);
    if (before !== undefined && frame.fault !== "no-prev-data") assertEquals(String(prevData), before.data);
    chains.set(frame.did, { rev, data: String(commit.data) });
  }
  for (const { frame } of faulty.get("no-prev-data") ?? []) assertEquals(bodyOf(frame).prevData, undefined);
  for (const { frame } of faulty.get("hidden-op") ?? []) await assertRejects(() => assertInvertible(frame));
  for (const { frame } of faulty.get("wrong-rev") ?? []) {
    assert((await commitOf(frame)).commit.rev !== bodyOf(frame).rev && bodyOf(frame).rev === frame.rev);
  }
  for (const { frame } of faulty.get("replayed") ?? []) {
    const last = valid.findLast(({ did, seq }) => did === frame.did && seq < frame.seq);
    assert(last !== undefined && (frame.rev ?? "") < (last.rev ?? ""));
  }
}

Deno.test("nextFaulty() of a network strikes with each fault as the reference libraries see it, and leaves the rest as it is", async () => {
  const { network, identities } = await identityNetwork({ like: 20, update: 5, delete: 5, foreign: 3 }, {
    accounts: 10,
  });
  for (let i = 0; i < 10; i++) await network.next();
  await assertJudged(network, identities, 6);
});

Deno.test("nextFaulty() of a plain world does the same", async () => {
  const identities = await Identities.create(5, WORLD_OPTIONS.startMs);
  const world = await createWorld({ ...WORLD_OPTIONS, accounts: 10, seed: 5, identities });
  for (let i = 0; i < 10; i++) await world.next();
  await assertJudged(world, identities, 4);
});

Deno.test("nextFaulty() has a key that the directory had not before, of which no message speaks", async () => {
  const { network, identities } = await identityNetwork({ like: 1 }, { accounts: 3 });
  for (let i = 0; i < 3; i++) await network.next();
  await using server = await serveWorld(identities);
  const { resolveAtprotoKey } = resolverOf(server).did;
  const keyOf = (did: string) => resolveAtprotoKey.call(resolverOf(server).did, did);
  const before = new Map<string, string>();
  for (const { did } of identities.entries) before.set(did, await keyOf(did));
  const frame = await network.nextFaulty("key-rotated");
  assertEquals([frame.type, frame.fault], ["#commit", "key-rotated"]);
  for (const { did } of identities.entries) assertEquals(await keyOf(did) !== before.get(did), did === frame.did);
  assertEquals((await fetchFrom(server)(`http://127.0.0.1/_faults`)).status, 200);
});

Deno.test("nextFaulty() needs identities for a new key, and does something else while nothing can be replayed", async () => {
  const world = await createWorld({ ...WORLD_OPTIONS, accounts: 1 });
  assertEquals((await world.nextFaulty("forged")).fault, undefined);
  assertEquals((await world.nextFaulty("wrong-did")).fault, undefined);
  await assertRejects(() => world.nextFaulty("key-rotated"), TypeError, "without identities");
  const fresh = await createWorld({ ...WORLD_OPTIONS, accounts: 1 });
  await fresh.next();
  assertEquals((await fresh.nextFaulty("replayed")).fault, undefined);
  await fresh.next();
  assertEquals((await fresh.nextFaulty("replayed")).fault, "replayed");
});
