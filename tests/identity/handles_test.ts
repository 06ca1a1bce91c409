import { BASE32 } from "../../src/atproto/base32.ts";
import { assert, assertEquals } from "@std/assert";
import { NEGATIVE_TTL_MS } from "../../src/identity/resolver.ts";
import { identityParts } from "../support/identity_parts.ts";
import { IdentityStub } from "../support/identity_stub.ts";

const DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";
const PATH = "alice.test/.well-known/atproto-did";

Deno.test("Handles that are claimed are those of the document, and nobody else is asked", async () => {
  await using stub = new IdentityStub();
  await using parts = identityParts(stub);
  stub.said.set(`/${DID}`, { id: DID, alsoKnownAs: ["at://Alice.test"] });
  assertEquals(parts.handleOf(DID), null);
  await parts.settle();
  assertEquals(parts.handleOf(DID), "alice.test");
  stub.said.set(`/${DID}`, { id: DID });
  parts.handles.changed(DID);
  await parts.settle();
  assertEquals([parts.handleOf(DID), stub.asked], [null, [`/${DID}`, `/${DID}`]]);
});

Deno.test("Handles that are verified need the domain to name the DID too", async () => {
  await using stub = new IdentityStub();
  await using parts = identityParts(stub, "verified");
  const cases: [name: string, set: () => void, expected: string][] = [
    ["by its host", () => stub.account(DID, "alice.test"), "alice.test"],
    ["by DNS", () => {
      stub.said.delete(PATH);
      stub.records.set("_atproto.alice.test", [[`did=${DID}`]]);
    }, "alice.test"],
    ["of another", () => stub.records.set("_atproto.alice.test", [["did=did:plc:other"]]), "handle.invalid"],
    ["of nobody", () => stub.records.clear(), "handle.invalid"],
    ["without one", () => stub.said.set(`/${DID}`, { id: DID }), "handle.invalid"],
    ["that is none", () => stub.said.set(`/${DID}`, { id: DID, alsoKnownAs: ["at://x"] }), "handle.invalid"],
    ["by its host again", () => stub.account(DID, "alice.test"), "alice.test"],
  ];
  assertEquals(parts.handleOf(DID), null);
  for (const [name, set, expected] of cases) {
    set();
    parts.handles.changed(DID);
    parts.handleOf(DID);
    await parts.settle();
    parts.handleOf(DID);
    await parts.settle();
    assertEquals(parts.handleOf(DID), expected, name);
  }
});

Deno.test("Handles that are verified are null until they are, and no half of a renaming shows", async () => {
  await using stub = new IdentityStub();
  await using parts = identityParts(stub, "verified");
  stub.account(DID, "alice.test");
  const seen = new Set<string | null>();
  const look = () => void seen.add(parts.handleOf(DID));
  for (let ms = 0; ms < 3000; ms += 50) parts.clock.at(ms, look);
  parts.clock.at(1500, () => {
    stub.said.delete(PATH);
    stub.account(DID, "renamed.test");
    parts.handles.changed(DID);
  });
  await parts.settle();
  assertEquals([...seen][0], null);
  assertEquals(new Set(seen), new Set([null, "alice.test", "renamed.test"]));
  assertEquals(parts.handleOf(DID), "renamed.test");
});

Deno.test("Handles stay confirmed while nobody answers, and those that never were are invalid the second time", async () => {
  await using stub = new IdentityStub();
  await using parts = identityParts(stub, "verified");
  const [bob, silent] = ["did:plc:bbbbbbbbbbbbbbbbbbbbbbbb", () => new Response("", { status: 503 })];
  stub.account(DID, "alice.test");
  stub.account(bob, "bob.test");
  stub.said.set("bob.test/.well-known/atproto-did", silent);
  const look = async () => {
    [DID, bob].map(parts.handleOf);
    await parts.settle();
    [DID, bob].map(parts.handleOf);
    await parts.settle();
    return [DID, bob].map(parts.handleOf);
  };
  assertEquals(await look(), ["alice.test", null]);
  stub.said.set(PATH, silent);
  parts.clock.nowMs += 86_500_000;
  assertEquals(await look(), ["alice.test", "handle.invalid"]);
  const asked = stub.asked.length;
  assertEquals(await look(), ["alice.test", "handle.invalid"]);
  assertEquals(stub.asked.length, asked);
  parts.clock.nowMs += NEGATIVE_TTL_MS + 2000;
  stub.said.delete(PATH);
  assertEquals(await look(), ["handle.invalid", "handle.invalid"]);
});

Deno.test("Handles of a renamed account change within a minute while the directory refuses half of all requests", async () => {
  await using stub = new IdentityStub();
  await using parts = identityParts(stub, "verified");
  const dids = Array.from(
    { length: 300 },
    (_, i) => `did:plc:${BASE32.charAt(i % 32)}${BASE32.charAt(i >> 5).repeat(23)}`,
  );
  let turn = 0;
  let handle = "before.test";
  stub.account(dids[0] ?? "", "before.test");
  const document = () => ({ id: dids[0], alsoKnownAs: [`at://${handle}`] });
  for (const [i, did] of dids.entries()) {
    stub.account(did, `h${i}.test`);
    const said = stub.said.get(`/${did}`) as object;
    stub.said.set(
      `/${did}`,
      () =>
        turn++ % 2 === 0
          ? new Response("", { status: 429, headers: { "retry-after": "1" } })
          : Response.json(i === 0 ? document() : said),
    );
  }
  dids.slice(0, 1).map(parts.handleOf);
  await parts.settle();
  dids.map(parts.handleOf);
  const begunMs = parts.clock.nowMs;
  let changedMs = NaN;
  const look = () => {
    if (Number.isNaN(changedMs) && parts.handleOf(dids[0] ?? "") === "after.test") {
      changedMs = parts.clock.nowMs - begunMs;
    }
  };
  for (let ms = 0; ms < 120_000; ms += 500) parts.clock.at(begunMs + ms, look);
  parts.clock.at(begunMs + 5000, () => {
    handle = "after.test";
    stub.said.set("after.test/.well-known/atproto-did", dids[0] ?? "");
    parts.handles.changed(dids[0] ?? "");
  });
  await parts.settle();
  assert(changedMs - 5000 < 60_000, `${changedMs}`);
  assertEquals(parts.handleOf(dids[299] ?? ""), "h299.test");
});
