import { assert, assertEquals } from "@std/assert";
import {
  answerHost,
  DID_WEB_PATH,
  didOfHandle,
  HANDLE_PATH,
  lookUpTxt,
} from "../../../src/simulator/identity/hosts.ts";
import { identityNetwork } from "../../support/identity_world.ts";

const { identities: IDENTITIES } = await identityNetwork({ like: 1 });

Deno.test("answerHost() and lookUpTxt() confirm a handle in the ways that its account has, and no other", async () => {
  const counts = { dns: 0, http: 0, both: 0, none: 0 };
  for (const { did, handle, confirmation } of IDENTITIES.entries) {
    counts[confirmation]++;
    const http = answerHost(IDENTITIES, handle, HANDLE_PATH);
    assertEquals(http.status, confirmation === "http" || confirmation === "both" ? 200 : 404);
    if (http.status === 200) assertEquals((await http.text()).trim(), did);
    const texts = lookUpTxt(IDENTITIES, `_atproto.${handle}`);
    assertEquals(texts?.includes(`did=${did}`) ?? false, confirmation === "dns" || confirmation === "both");
    assertEquals(didOfHandle(IDENTITIES, handle.toUpperCase()), confirmation === "none" ? null : did);
  }
  assertEquals(counts, { dns: 10, http: 18, both: 10, none: 2 });
});

Deno.test("answerHost() has a document of each did:web at its own name alone", async () => {
  let documents = 0;
  for (const { did, handle } of IDENTITIES.entries) {
    const response = answerHost(IDENTITIES, handle, DID_WEB_PATH);
    assertEquals(response.status, did.startsWith("did:web:") ? 200 : 404);
    if (response.status !== 200) continue;
    assertEquals((await response.json()).id, did);
    documents++;
  }
  assertEquals(documents, 4);
  assertEquals(answerHost(IDENTITIES, "account3.example.com", "/").status, 404);
});

Deno.test("a name that moved on confirms no longer", async () => {
  const { identities } = await identityNetwork({ like: 1 });
  const entry = [...identities.entries].find(({ confirmation }) => confirmation === "both");
  assert(entry !== undefined);
  await identities.rename(entry.did, "new.example.com", "2026-01-02T00:00:00Z");
  assertEquals([didOfHandle(identities, entry.handle), didOfHandle(identities, "new.example.com")], [null, entry.did]);
  identities.unconfirm(entry.did);
  assertEquals([didOfHandle(identities, "new.example.com"), identities.get(entry.did)?.handle], [
    null,
    "new.example.com",
  ]);
});
