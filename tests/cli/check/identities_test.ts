import { assertEquals, assertMatch } from "@std/assert";
import { checkIdentities } from "../../../src/cli/check/identities.ts";
import type { Finding } from "../../../src/cli/check/finding.ts";
import { TestFolder } from "../../support/folder.ts";
import { IdentityStub } from "../../support/identity_stub.ts";
import { resolved } from "../../support/resolved.ts";

const NEVER = new AbortController().signal;

async function look(flags: Readonly<Record<string, string>>): Promise<readonly Finding[]> {
  return await Array.fromAsync(checkIdentities(resolved({ output: "-", ...flags }).config, NEVER, Date.now));
}

Deno.test("checkIdentities() looks at nothing when no handles are wanted", async () => {
  assertEquals(await look({ plcUrl: "http://127.0.0.1:9" }), []);
});

Deno.test("checkIdentities() says whether the directory answers, how fast it is asked, and what is kept", async () => {
  await using stub = new IdentityStub();
  await using folder = new TestFolder();
  const flags = { handles: "claimed", plcUrl: stub.url.href, identityCache: folder.file("identities") };
  const [directory, cache, ...rest] = await look({ ...flags, plcExport: "new" });
  assertMatch(
    directory?.detail ?? "",
    /^http.* responds after [\d.]+ s; 10 per second, 36,000 accounts per hour; its export is/,
  );
  assertMatch(cache?.detail ?? "", /identities" will be created; room for 500,000 accounts$/);
  assertEquals([directory?.status, cache?.status, rest, stub.asked.length], ["ok", "ok", [], 1]);
  await Deno.writeFile(flags.identityCache, new Uint8Array(2_500_000));
  assertMatch((await look(flags))[1]?.detail ?? "", /has 2\.5 MB, written 0\.0 h ago; room for/);
});

Deno.test("checkIdentities() says what is verified, by how many threads, and what becomes of what is false", async () => {
  await using stub = new IdentityStub();
  const flags = { plcUrl: stub.url.href, verify: "proofs", trackRepos: "10", verifyThreads: "3" };
  const [directory, verification, ...rest] = await look(flags);
  assertEquals([directory?.name, directory?.status, rest], ["directory", "ok", []]);
  assertEquals(verification?.detail, "proofs by 3 threads; if it fails: marked");
  const [, alone] = await look({ ...flags, verify: "signatures", unverified: "drop", verifyThreads: "1" });
  assertEquals(alone?.detail, "signatures by one thread; if it fails: left out");
});

Deno.test("checkIdentities() warns of what does not answer, as events come without handles too", async () => {
  await using stub = new IdentityStub();
  stub.said.set("/did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", new Response("", { status: 429 }));
  const flags = {
    handles: "verified",
    plcUrl: stub.url.href,
    identityCache: "/nowhere/at/all",
    handleDns: "127.0.0.1:9",
  };
  const found = await look(flags);
  assertEquals(found.map(({ name, status }) => `${name} ${status}`), [
    "directory warning",
    "handle DNS warning",
    "identities warning",
  ]);
  assertMatch(found[0]?.detail ?? "", /does not respond: throttled$/);
  assertMatch(found[1]?.detail ?? "", /^127\.0\.0\.1 port 9 does not respond: /);
  assertEquals(found.every(({ advice }) => advice !== null), true);
});
