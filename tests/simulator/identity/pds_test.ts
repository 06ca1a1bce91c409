import { assert, assertEquals, assertRejects } from "@std/assert";
import { cidForLex } from "@atproto/lex-cbor";
import { readCarWithRoot, verifyRepoCar } from "@atproto/repo";
import { Account, makePast } from "../../../src/simulator/account.ts";
import type { SimulatedFrame } from "../../../src/simulator/messages.ts";
import { createRandom } from "../../../src/simulator/random.ts";
import { answerPds } from "../../../src/simulator/identity/pds.ts";
import { fetchFrom, identityNetwork, resolverOf, serveWorld } from "../../support/identity_world.ts";

const BUSY = { like: 30, update: 10, delete: 15, sync: 2, account: 50, "key-rotation": 3 };

Deno.test("answerPds() has whole repositories, as @atproto/repo verifies them, of those that are active, at their PDS", async () => {
  const { network, identities } = await identityNetwork(BUSY, { keepsRecords: true });
  const last = new Map<string, SimulatedFrame>();
  for (let i = 0; i < 400; i++) {
    const frame = await network.next();
    if (frame.type === "#commit" || frame.type === "#sync") last.set(frame.did, frame);
  }
  await using server = await serveWorld(identities);
  const resolver = resolverOf(server);
  const ask = fetchFrom(server);
  const { records } = network.live();
  const seen = { whole: 0, records: 0, RepoNotFound: 0, RepoDeactivated: 0, elsewhere: 0 };
  for (const { did, pds, isActive, isGone, repository, status } of identities.entries) {
    const latest = await ask(`${pds}/xrpc/com.atproto.sync.getLatestCommit?did=${did}`);
    const answer = await latest.json();
    if (isGone || !isActive) {
      assertEquals(latest.status, 400);
      if (answer.error in seen) seen[answer.error as "RepoNotFound"]++;
      continue;
    }
    const { signingKey } = await resolver.did.resolveAtprotoData(did);
    const repo = await ask(`${pds}/xrpc/com.atproto.sync.getRepo?did=${did}`);
    assertEquals(repo.headers.get("content-type"), "application/vnd.ipld.car");
    const archive = new Uint8Array(await repo.arrayBuffer());
    const { creates, commit } = await verifyRepoCar(archive, did, signingKey);
    assertEquals([commit.cid.toString(), commit.rev], [answer.cid, answer.rev]);
    assertEquals(answer.rev, last.get(did)?.rev ?? answer.rev);
    const uris = creates.map(({ collection, rkey, cid }) =>
      [`at://${did}/${collection}/${rkey}`, cid.toString()] as const
    );
    const expected = [...records].filter(([uri]) => uri.startsWith(`at://${did}/`));
    assertEquals(new Map(uris), new Map(expected.map(([uri, { cid }]) => [uri, cid.toString()] as const)));
    const { root } = await readCarWithRoot(archive);
    assertEquals(root.toString(), answer.cid);
    const state = await (await ask(`${pds}/xrpc/com.atproto.sync.getRepoStatus?did=${did}`)).json();
    assertEquals(state, { did, active: true, rev: answer.rev, ...(status === null ? {} : { status }) });
    const other = await ask(`https://elsewhere.example.com/xrpc/com.atproto.sync.getRepo?did=${did}`);
    assertEquals([other.status, (await other.json()).error], [400, "RepoNotFound"]);
    seen.elsewhere++;
    seen.whole++;
    seen.records += uris.length;
    assert(repository !== null);
  }
  assert(
    seen.whole > 15 && seen.records > 300 && seen.RepoNotFound > 3 && seen.RepoDeactivated > 1,
    JSON.stringify(seen),
  );
});

Deno.test("answerPds() has no other methods, and everyone's repository at no name", async () => {
  const { identities } = await identityNetwork({ like: 1 }, { accounts: 3 });
  const [first] = identities.entries;
  const ask = (path: string) => answerPds(identities, null, new URL(path, "http://127.0.0.1"));
  assertEquals(await ask("/xrpc/com.atproto.sync.listRepos"), null);
  assertEquals(await ask("/xrpc/com.atproto.server.describeServer"), null);
  const status = await (await ask(`/xrpc/com.atproto.sync.getRepoStatus?did=${first?.did}`))?.json();
  assertEquals([status.did, status.active], [first?.did, true]);
  assertEquals((await ask("/xrpc/com.atproto.sync.getRepo"))?.status, 400);
  const errors = { takendown: "RepoTakendown", suspended: "RepoSuspended", quarantined: "RepoDeactivated" };
  for (const [reason, error] of Object.entries(errors)) {
    identities.setStatus(first?.did ?? "", false, reason);
    for (const method of ["getRepo", "getLatestCommit"]) {
      const answer = await (await ask(`/xrpc/com.atproto.sync.${method}?did=${first?.did}`))?.json();
      assertEquals(answer, { error, message: `Repo has been ${reason}` });
    }
  }
});

Deno.test("Account.exportArchive() is not there where records are not kept", async () => {
  const past = await makePast(3, Date.UTC(2026, 0, 1), createRandom(1));
  const account = await Account.create(0, createRandom(2), past);
  await assertRejects(() => account.exportArchive(), TypeError, "its records are gone");
  assertEquals((await account.latestCommit()).rev, past.rev);
  assert((await account.latestCommit()).cid !== (await cidForLex({})).toString());
});
