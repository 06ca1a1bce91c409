import { assert, assertEquals } from "@std/assert";
import { Secp256k1Keypair } from "@atproto/crypto";
import { NEGATIVE_TTL_MS } from "../../src/identity/resolver.ts";
import { refused } from "../../src/identity/requests.ts";
import { identityParts } from "../support/identity_parts.ts";
import { IdentityStub } from "../support/identity_stub.ts";

const DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";

/** What a document has for a new key, and that key's point. */
async function newKey() {
  const text = (await Secp256k1Keypair.create()).did().slice("did:key:".length);
  const method = { id: "#atproto", type: "Multikey", controller: DID, publicKeyMultibase: text };
  return { more: { verificationMethod: [method] }, text };
}

Deno.test("Resolver.keyOf() is null at first and known later, and asks once", async () => {
  await using stub = new IdentityStub();
  await using parts = identityParts(stub);
  const { more } = await newKey();
  stub.account(DID, "alice.test", more);
  for (let i = 0; i < 10; i++) assertEquals(parts.resolver.keyOf(DID), null);
  await parts.settle();
  const key = parts.resolver.keyOf(DID);
  assert(key !== null && key.curve === "k256" && key.bytes.length === 33);
  assertEquals(stub.asked, [`/${DID}`]);
  assertEquals([parts.counts.known, parts.counts.unknown, parts.counts.requests], [1, 10, ["directory"]]);
});

Deno.test("Resolver.refresh() gives the key as it is now, and does not ask again what was just asked", async () => {
  await using stub = new IdentityStub();
  await using parts = identityParts(stub);
  const { resolver, clock, settle } = parts;
  const [first, second] = [await newKey(), await newKey()];
  stub.account(DID, "alice.test", first.more);
  const asked = resolver.refresh(DID);
  await settle();
  const before = await asked;
  stub.account(DID, "alice.test", second.more);
  assertEquals(await resolver.refresh(DID), before);
  assertEquals(stub.asked.length, 1);
  clock.nowMs += 5000;
  const again = [resolver.refresh(DID), resolver.refresh(DID)];
  await settle();
  const [one, other] = await Promise.all(again);
  assert(one && one.bytes.toHex() !== before?.bytes.toHex());
  assertEquals([one, stub.asked.length], [other, 2]);
});

Deno.test("Resolver.refresh() gives what is known when nobody answers in time", async () => {
  await using stub = new IdentityStub();
  await using parts = identityParts(stub);
  const { more } = await newKey();
  stub.account(DID, "alice.test", more);
  parts.resolver.keyOf(DID);
  await parts.settle();
  parts.clock.nowMs += 60_000;
  stub.said.set(`/${DID}`, new Response(null, { status: 429, headers: { "retry-after": "100" } }));
  const begunMs = parts.clock.nowMs;
  let gaveMs = NaN;
  const asked = parts.resolver.refresh(DID).finally(() => gaveMs = parts.clock.nowMs - begunMs);
  parts.clock.at(begunMs + 20_000, () => stub.account(DID, "alice.test", more));
  await parts.settle();
  assert((await asked) !== null);
  assertEquals(gaveMs, 10_000);
});

Deno.test("Resolver.changed() asks again about what is known, and about nothing else", async () => {
  await using stub = new IdentityStub();
  await using parts = identityParts(stub);
  stub.account(DID, "alice.test");
  parts.resolver.changed(DID);
  await parts.settle();
  assertEquals(stub.asked, []);
  assertEquals(parts.handleOf(DID), null);
  await parts.settle();
  stub.account(DID, "renamed.test");
  parts.resolver.changed(DID);
  assertEquals(parts.handleOf(DID), "alice.test");
  await parts.settle();
  assertEquals([parts.handleOf(DID), stub.asked.length], ["renamed.test", 2]);
});

Deno.test("Resolver asks again when what is known is old, and sooner where nothing was found", async () => {
  await using stub = new IdentityStub();
  await using parts = identityParts(stub);
  const gone = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa";
  stub.account(DID, "alice.test");
  const ask = async () => {
    const handles = [DID, gone].map(parts.handleOf);
    await parts.settle();
    return handles;
  };
  assertEquals(await ask(), [null, null]);
  assertEquals(await ask(), ["alice.test", null]);
  assertEquals(stub.asked.length, 2);
  parts.clock.nowMs += NEGATIVE_TTL_MS + 2000;
  await ask();
  assertEquals(stub.asked.slice(2), [`/${gone}`]);
  parts.clock.nowMs += 86_400_000;
  assertEquals(await ask(), ["alice.test", null]);
  assertEquals(stub.asked.length, 5);
});

Deno.test("Resolver leaves one DID alone when its document cannot be used, and asks about others meanwhile", async () => {
  await using stub = new IdentityStub();
  await using parts = identityParts(stub);
  const hostile = "did:plc:bbbbbbbbbbbbbbbbbbbbbbbb";
  stub.said.set(`/${hostile}`, "x".repeat(70_000));
  stub.account(DID, "alice.test");
  for (const did of [hostile, DID, "did:web:silent.test", "did:key:zzz", "did:plc:short", "nonsense"]) {
    parts.handleOf(did);
  }
  let early: string | null = null;
  parts.clock.at(450, () => early = parts.handleOf(DID));
  await parts.settle();
  assertEquals([early, parts.handleOf(DID)], ["alice.test", "alice.test"]);
  for (let i = 0; i < 5; i++) parts.handleOf(hostile);
  await parts.settle();
  assertEquals(stub.asked.filter((each) => each === `/${hostile}`).length, 5);
  assertEquals(parts.counts.refusals, Array(5).fill("directory too-large"));
});

Deno.test("Resolver asks once about a host that must not be asked", async () => {
  await using stub = new IdentityStub();
  await using parts = identityParts(stub, "claimed", 86_400_000, () => Promise.resolve(refused("forbidden")));
  for (let i = 0; i < 5; i++) {
    parts.handleOf("did:web:inside.test");
    await parts.settle();
  }
  assertEquals(parts.counts.refusals, ["host forbidden"]);
});

Deno.test("Resolver asks at most so many times a second, and again what the directory refused", async () => {
  await using stub = new IdentityStub();
  await using parts = identityParts(stub);
  const dids = Array.from({ length: 30 }, (_, i) => `did:plc:${"cdefghijklmnopqrstuvwxyz234567".charAt(i).repeat(24)}`);
  let turn = 0;
  for (const did of dids) {
    stub.said.set(
      `/${did}`,
      () =>
        turn++ % 2 === 0
          ? new Response("", { status: 429, headers: { "retry-after": "1" } })
          : Response.json({ id: did, alsoKnownAs: [`at://h${did.at(-1)}.test`] }),
    );
  }
  dids.forEach(parts.handleOf);
  await parts.settle();
  assertEquals(dids.map(parts.handleOf), dids.map((did) => `h${did.at(-1)}.test`));
  assertEquals(parts.counts.refusals.length, 30);
  assert(parts.clock.nowMs >= 15_000, `${parts.clock.nowMs}`);
});
