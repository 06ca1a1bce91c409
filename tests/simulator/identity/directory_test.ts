import { assert, assertEquals } from "@std/assert";
import { answerDirectory } from "../../../src/simulator/identity/directory.ts";
import type { LogEntry } from "../../../src/simulator/identity/identities.ts";
import { identityNetwork } from "../../support/identity_world.ts";

const { network: NETWORK, identities: IDENTITIES } = await identityNetwork({
  identity: 5,
  "key-rotation": 3,
  account: 5,
});
for (let i = 0; i < 300; i++) await NETWORK.next();

function ask(path: string): Response {
  return answerDirectory(IDENTITIES, new URL(path, "http://127.0.0.1"));
}

async function exported(query: string): Promise<LogEntry[]> {
  const text = await ask(`/export${query}`).text();
  return text === "" ? [] : text.split("\n").map((line) => JSON.parse(line));
}

Deno.test("answerDirectory() exports its whole log in order, page by page, each entry once", async () => {
  const pages: LogEntry[][] = [];
  for (let after = ""; pages.at(-1)?.length !== 0; after = pages.at(-1)?.at(-1)?.createdAt ?? "") {
    pages.push(await exported(`?count=50${after === "" ? "" : `&after=${encodeURIComponent(after)}`}`));
  }
  const all = pages.flat();
  assert(pages.length > 4 && pages.slice(0, -2).every(({ length }) => length === 50), `${pages.length} pages`);
  assertEquals(all.length, new Set(all.map(({ createdAt }) => createdAt)).size);
  assertEquals(all.map(({ createdAt }) => createdAt), all.map(({ createdAt }) => createdAt).toSorted());
  const logs = [...IDENTITIES.entries].flatMap(({ log }) => log);
  const byTime = (one: LogEntry, other: LogEntry) => one.createdAt < other.createdAt ? -1 : 1;
  assertEquals(all, logs.toSorted(byTime));
  assertEquals(await exported("?count=9999"), all);
  assertEquals(await exported(""), all);
});

Deno.test("answerDirectory() refuses a count and a time that are none", () => {
  for (const query of ["?count=0", "?count=-1", "?count=x", "?after=yesterday"]) {
    assertEquals(ask(`/export${query}`).status, 400, query);
  }
  assertEquals(ask("/_health").status, 200);
});

Deno.test("answerDirectory() gives the data of the last operation, and knows no did:web", async () => {
  const web = [...IDENTITIES.entries].find(({ did, isGone }) => did.startsWith("did:web:") && !isGone);
  assert(web !== undefined);
  assertEquals(ask(`/${web.did}`).status, 404);
  for (const { did, handle, signingKey, isGone } of IDENTITIES.entries) {
    if (isGone || did.startsWith("did:web:")) continue;
    const data = await ask(`/${did}/data`).json();
    assertEquals([data.did, data.alsoKnownAs, data.verificationMethods], [did, [`at://${handle}`], {
      atproto: signingKey,
    }]);
    assert(!("sig" in data) && !("prev" in data) && !("type" in data));
  }
});
