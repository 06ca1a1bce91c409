import { assert, assertEquals, assertRejects } from "@std/assert";
import { verifySignature } from "@atproto/crypto";
import { getHandle, getKey, getPds } from "@atproto/identity";
import type { SimulatedFrame } from "../../../src/simulator/messages.ts";
import { createWorld } from "../../../src/simulator/world.ts";
import { Identities } from "../../../src/simulator/identity/identities.ts";
import { encodeOperation } from "../../../src/simulator/identity/plc_operation.ts";
import { fetchFrom, identityNetwork, resolverOf, serveWorld, WORLD_OPTIONS } from "../../support/identity_world.ts";
import { bodyOf } from "../../support/simulated_commits.ts";
import { until } from "../../support/wait.ts";

const BUSY = { like: 30, identity: 20, "key-rotation": 10, account: 10 };

Deno.test("serveIdentities() resolves every account in both directions, as @atproto/identity asks, after renames and rotations", async () => {
  const { network, identities } = await identityNetwork(BUSY);
  const last = new Map<string, SimulatedFrame>();
  for (let i = 0; i < 500; i++) {
    const frame = await network.next();
    if (frame.type === "#identity") last.set(frame.did, frame);
  }
  await using server = await serveWorld(identities);
  const resolver = resolverOf(server);
  const seen = { plc: 0, web: 0, k256: 0, p256: 0, gone: 0, confirmed: 0, unconfirmed: 0, renamed: 0, dns: 0, http: 0 };
  for (const { did, keypair, isErased, handle: firstHandle } of network.accounts) {
    const entry = identities.get(did);
    assert(entry !== null);
    if (isErased) {
      seen.gone++;
      if (did.startsWith("did:web:")) assertEquals(await resolver.did.resolve(did), null);
      else await assertRejects(() => resolver.did.resolve(did), Error, "Gone");
      assertEquals(await resolver.handle.resolve(entry.handle), undefined);
      continue;
    }
    const { signingKey, pds, handle } = await resolver.did.resolveAtprotoData(did);
    assertEquals([signingKey, pds, handle], [keypair.did(), entry.pds, entry.handle]);
    seen[did.startsWith("did:web:") ? "web" : "plc"]++;
    seen[keypair.jwtAlg === "ES256" ? "p256" : "k256"]++;
    const isConfirmed = entry.confirmation !== "none";
    assertEquals(await resolver.handle.resolve(handle), isConfirmed ? did : undefined, handle);
    seen[isConfirmed ? "confirmed" : "unconfirmed"]++;
    if (entry.confirmation === "dns") {
      seen.dns++;
      assertEquals(await resolver.handle.resolveHttp(handle), undefined);
    }
    if (entry.confirmation === "http") {
      seen.http++;
      assertEquals(await resolver.handle.resolveDns(handle), undefined);
    }
    if (handle !== firstHandle) {
      seen.renamed++;
      assertEquals(await resolver.handle.resolve(firstHandle), undefined);
    }
  }
  for (const [kind, count] of Object.entries(seen)) assert(count >= 3, `${kind}: ${JSON.stringify(seen)}`);
  // What the stream said last of a name is what the directory says, or that nobody confirms it.
  let named = 0;
  for (const [did, frame] of last) {
    const { handle } = bodyOf(frame) as unknown as { handle?: string };
    const entry = identities.get(did);
    if (handle === undefined || entry === null || entry.isGone) continue;
    assertEquals(
      handle === "handle.invalid" ? "none" : handle,
      handle === "handle.invalid" ? entry.confirmation : entry.handle,
    );
    named++;
  }
  assert(named > 20, `${named} names`);
});

Deno.test("serveIdentities() gives each account of a plain world its document, and its log begins with the hash in the DID", async () => {
  const identities = await Identities.create(WORLD_OPTIONS.seed, WORLD_OPTIONS.startMs);
  const world = await createWorld({ ...WORLD_OPTIONS, identities });
  await using server = await serveWorld(identities);
  const resolver = resolverOf(server);
  for (const { did, handle, keypair } of world.accounts) {
    const document = await resolver.did.ensureResolve(did);
    assertEquals([getHandle(document), getKey(document)], [handle, keypair.did()]);
    assert(getPds(document)?.startsWith("https://pds"));
  }
  assertEquals(
    (await createWorld({ ...WORLD_OPTIONS })).accounts.map(({ keypair }) => keypair.did()),
    world.accounts.map(({ keypair }) => keypair.did()),
  );
});

Deno.test("serveIdentities() has logs whose operations are signed by a rotation key of the one before", async () => {
  const { network, identities } = await identityNetwork(BUSY);
  for (let i = 0; i < 300; i++) await network.next();
  await using server = await serveWorld(identities);
  let operations = 0;
  for (const { did, log } of identities.entries) {
    if (did.startsWith("did:web:")) continue;
    const answer = await (await fetch(`${server.url}/${did}/log`)).json();
    assertEquals(answer, log.map(({ operation }) => operation));
    assertEquals(await (await fetch(`${server.url}/${did}/log/audit`)).json(), log);
    assertEquals(await (await fetch(`${server.url}/${did}/log/last`)).json(), answer.at(-1));
    let keys: string[] = answer[0].rotationKeys;
    for (const { sig, ...unsigned } of answer) {
      const signature = Uint8Array.fromBase64(sig, { alphabet: "base64url" });
      assert(await verifySignature(keys[0] ?? "", encodeOperation(unsigned), signature));
      keys = unsigned.rotationKeys ?? keys;
      operations++;
    }
    for (const [i, { prev }] of answer.entries()) assertEquals(prev, log[i - 1]?.cid ?? null);
  }
  assert(operations > 80, `${operations} operations`);
});

Deno.test("serveIdentities() says what it does not know, and what is no more", async () => {
  const { network, identities } = await identityNetwork({ account: 1 });
  for (let i = 0; i < 200; i++) await network.next();
  await using server = await serveWorld(identities);
  const gone = [...identities.entries].find(({ did, isGone }) => isGone && did.startsWith("did:plc:"));
  const status = async (path: string) => {
    const response = await fetch(`${server.url}${path}`);
    await response.body?.cancel();
    return response.status;
  };
  assertEquals(await status("/did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"), 404);
  assertEquals(await status(`/${gone?.did}`), 410);
  assertEquals(await status(`/${gone?.did}/data`), 410);
  assertEquals(await status(`/${gone?.did}/log`), 200);
  assertEquals(await status(`/${encodeURIComponent(gone?.did ?? "")}/log/else`), 404);
  assertEquals(await status("/%ff"), 404);
  const listed = await (await fetch(`${server.url}/_identities`)).json();
  const { log: _, repository: __, ...entry } = identities.get(gone?.did ?? "") ?? {};
  assertEquals(listed.length, network.accounts.length);
  assertEquals(listed.find(({ did }: { did: string }) => did === gone?.did), entry);
  const elsewhere = await fetchFrom(server)("https://nobody.example.com/.well-known/did.json");
  assertEquals([elsewhere.status, await elsewhere.text()], [404, "Not found"]);
});

Deno.test("serveIdentities() resolves handles for others, as com.atproto.identity.resolveHandle", async () => {
  const { identities } = await identityNetwork({ like: 1 });
  await using server = await serveWorld(identities);
  const ask = async (handle: string) =>
    await (await fetch(`${server.url}/xrpc/com.atproto.identity.resolveHandle?handle=${handle}`)).json();
  const counts = { known: 0, unknown: 0 };
  for (const { did, handle, confirmation } of identities.entries) {
    const isConfirmed = confirmation !== "none";
    counts[isConfirmed ? "known" : "unknown"]++;
    const answer = await ask(handle);
    assertEquals(answer.did ?? answer.error, isConfirmed ? did : "HandleNotFound");
  }
  assertEquals(counts, { known: 38, unknown: 2 });
});

Deno.test("serveIdentities() is in trouble as often as asked, each its own way, and counts what it was asked", async () => {
  const { identities } = await identityNetwork({ like: 1 });
  const did = [...identities.entries].find(({ did }) => did.startsWith("did:plc:"))?.did ?? "";
  const troubles = { busy: 0.4, refuse: 0.1, error: 0.1, garbage: 0.1 };
  await using server = await serveWorld(identities, troubles);
  const counts: Record<string, number> = {};
  for (let i = 0; i < 300; i++) {
    const response = await fetch(`${server.url}/${did}`);
    const text = await response.text();
    const word = response.status === 200 && !text.includes(did) ? "garbage" : String(response.status);
    counts[word] = (counts[word] ?? 0) + 1;
    if (response.status === 429) assertEquals(response.headers.get("retry-after"), "1");
  }
  const about = (word: string, share: number) => {
    const count = counts[word] ?? 0;
    assert(count > 300 * share * 0.6 && count < 300 * share * 1.4, `${word}: ${JSON.stringify(counts)}`);
  };
  about("429", 0.4);
  about("403", 0.1);
  about("503", 0.1);
  about("garbage", 0.1);
  about("200", 0.3);
  assertEquals(Object.values(server.stats.statuses).reduce((sum, count) => sum + count, 0), 300);
  assertEquals((await (await fetch(`${server.url}/_stats`)).json()).directory, server.stats.directory);
  assertEquals([server.stats.mostAtOnce, server.stats.mostAtOnceOfOne], [1, 1]);
});

Deno.test("serveIdentities() leaves requests without an answer, and says how many there were at once", async () => {
  const { identities } = await identityNetwork({ like: 1 });
  await using server = await serveWorld(identities, { hang: 1 });
  const leave = new AbortController();
  const asked = Array.from({ length: 5 }, (_, i) => fetch(`${server.url}/did:plc:${i % 2}`, { signal: leave.signal }));
  const ended = Promise.allSettled(asked);
  await until("five at once", () => server.stats.mostAtOnce === 5);
  assertEquals(server.stats.mostAtOnceOfOne, 3);
  leave.abort();
  assertEquals((await ended).map(({ status }) => status), new Array(5).fill("rejected"));
});

Deno.test("serveIdentities() sends more than anyone should read", async () => {
  const { identities } = await identityNetwork({ like: 1 });
  await using server = await serveWorld(identities, { huge: 1 });
  const { body } = await fetch(`${server.url}/did:plc:a`);
  let bytes = 0;
  for await (const chunk of body ?? []) bytes += chunk.length;
  assertEquals(bytes, 64 * 1024 * 1024);
});
