import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Identities } from "../../../src/simulator/identity/identities.ts";
import { identityNetwork, WORLD_OPTIONS } from "../../support/identity_world.ts";

const START = new Date(WORLD_OPTIONS.startMs).toISOString();

Deno.test("Identities makes the same world of the same seed, and another of another", async () => {
  const dids = async (seed: number) =>
    [...(await identityNetwork({ like: 1 }, { seed })).identities.entries].map(({ did }) => did);
  assertEquals(await dids(1), await dids(1));
  assert((await dids(1))[0] !== (await dids(2))[0]);
});

Deno.test("Identities has everyone who is there before the stream in its log before it begins, each at its own time", async () => {
  const { identities } = await identityNetwork({ like: 1 });
  const log = identities.logAfter(-Infinity, 1000);
  assertEquals(log.length, 36);
  assert(log.every(({ createdAt }) => createdAt < START));
  assertEquals(new Set(log.map(({ createdAt }) => createdAt)).size, 36);
  assertEquals(identities.logAfter(Date.parse(log[9]?.createdAt ?? ""), 3), log.slice(10, 13));
});

Deno.test("Identities.rotate() changes the key alone, to either curve", async () => {
  const { identities } = await identityNetwork({ like: 1 });
  const [first] = identities.entries;
  assert(first !== undefined);
  const curves = new Set<string>();
  for (let i = 0; i < 20; i++) {
    const keypair = await identities.rotate(first.did, START);
    curves.add(keypair.jwtAlg);
    const entry = identities.get(first.did);
    assertEquals(entry, { ...first, signingKey: keypair.did(), log: entry?.log ?? [] });
  }
  assertEquals(curves.size, 2);
  assertEquals(identities.get(first.did)?.log.length, 21);
});

Deno.test("Identities.close() ends an account: nothing about it can change", async () => {
  const { identities } = await identityNetwork({ like: 1 });
  const [first] = identities.entries;
  assert(first !== undefined);
  await identities.close(first.did, START);
  assertEquals(identities.get(first.did)?.log.at(-1)?.operation.type, "plc_tombstone");
  assertEquals(identities.ofHandle(first.handle), null);
  await assertRejects(() => identities.rename(first.did, "a.example.com", START), RangeError, "no such account");
  assertThrows(() => identities.unconfirm("did:plc:nobody"), RangeError, "no such account");
});

Deno.test("Identities.create() begins without anyone", async () => {
  assertEquals([...(await Identities.create(1, 0)).entries], []);
});
