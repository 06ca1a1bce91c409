import { assert, assertEquals } from "@std/assert";
import { openIdentities } from "../../src/app/identities.ts";
import { TestFolder } from "../support/folder.ts";
import { IdentityStub } from "../support/identity_stub.ts";
import { resolved } from "../support/resolved.ts";
import { until } from "../support/wait.ts";

const DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";
const WEB = "did:web:bob.test";

async function open(flags: Readonly<Record<string, string>>) {
  const happened: string[] = [];
  const observer = {
    looked: () => {},
    requested: (of: string) => void happened.push(of),
    refused: (of: string, reason: string) => void happened.push(`${of} ${reason}`),
    dropped: () => void happened.push("dropped"),
    memoryFailed: ({ reason }: { reason: string }) => void happened.push(reason),
  };
  const { config } = resolved({ output: "-", ...flags });
  const identities = await openIdentities({ config, observer, log: () => {} });
  const handleOf = (did: string) => {
    const bytes = new TextEncoder().encode(did);
    const handle = identities?.handles?.handleOf(bytes, { start: 0, end: bytes.length }) ?? null;
    return handle === null ? null : new TextDecoder().decode(handle);
  };
  return { identities, handleOf, happened };
}

Deno.test("openIdentities() asks nobody when no handles are wanted", async () => {
  assertEquals((await open({})).identities, null);
});

Deno.test("openIdentities() asks the directory and the hosts, and a restart asks nobody again", async () => {
  await using folder = new TestFolder();
  await using stub = new IdentityStub();
  stub.account(DID, "alice.test");
  stub.said.set("bob.test/.well-known/did.json", { id: WEB, alsoKnownAs: ["at://bob.test"] });
  const flags = {
    handles: "verified",
    plcUrl: stub.url.href,
    identityStandIn: stub.url.href,
    identityCache: folder.file("identities"),
    plcRate: "1000",
    // Nobody answers there, so that hosts are asked.
    handleDns: "127.0.0.1:9",
  };
  {
    const { identities, handleOf, happened } = await open(flags);
    await using _identities = identities;
    assertEquals([handleOf(DID), handleOf(WEB)], [null, null]);
    await until("the handle", () => handleOf(DID) !== null);
    assertEquals(handleOf(DID), "alice.test");
    for (const whom of ["directory", "host", "handle"]) assert(happened.includes(whom), whom);
    assertEquals(identities?.state.entries, 2);
    assert((identities?.state.oldestMs ?? 0) > Date.now() - 60_000);
    await until("the host is asked", () => stub.asked.includes("bob.test/.well-known/atproto-did"));
  }
  const asked = stub.asked.length;
  const { identities, handleOf, happened } = await open(flags);
  await using _identities = identities;
  assertEquals([handleOf(DID), identities?.source.keyOf(DID)], ["alice.test", null]);
  assertEquals([stub.asked.length, happened], [asked, []]);
  stub.said.delete("alice.test/.well-known/atproto-did");
  stub.account(DID, "renamed.test");
  identities?.changed(DID);
  await until("the new handle", () => handleOf(DID) === "renamed.test");
});
