import { assert, assertEquals } from "@std/assert";
import { Secp256k1Keypair } from "@atproto/crypto";
import { readDocument } from "../../src/identity/document.ts";
import { readOperation } from "../../src/identity/plc_operation.ts";
import { identityNetwork, serveWorld } from "../support/identity_world.ts";

const DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";
const TIME = "2026-07-01T12:00:00.123Z";

function line(operation: unknown, more: object = {}): string {
  return JSON.stringify({ did: DID, operation, cid: "c", nullified: false, createdAt: TIME, ...more });
}

Deno.test("readOperation() says of each account's last operation what its document says", async () => {
  const { network, identities } = await identityNetwork({ post: 1, identity: 5 });
  for (let i = 0; i < 200; i++) await network.next();
  await using server = await serveWorld(identities);
  const last = new Map<string, string>();
  const text = await (await fetch(`${server.url}/export?count=1000`)).text();
  for (const each of text.split("\n")) last.set(JSON.parse(each).did, each);
  let found = 0;
  for (const [did, each] of last) {
    const response = await fetch(`${server.url}/${did}`);
    const operation = readOperation(each);
    assertEquals(operation?.did, did);
    const document = response.ok ? readDocument(did, await response.json()) : (await response.body?.cancel(), null);
    assertEquals(operation?.identity(), document);
    if (document?.key) found++;
  }
  assert(found > 20, `${found}`);
});

Deno.test("readOperation() reads the first form of operations, and that a DID was given up", async () => {
  const did = (await Secp256k1Keypair.create()).did();
  const create = { type: "create", signingKey: did, recoveryKey: did, handle: "Bob.test", service: "https://pds.test" };
  const operation = readOperation(line(create, { nullified: true }));
  assertEquals([operation?.createdMs, operation?.isNullified], [Date.parse(TIME), true]);
  const identity = operation?.identity();
  assertEquals([identity?.handle, identity?.pds, identity?.key?.curve], ["bob.test", "https://pds.test", "k256"]);
  assertEquals(readOperation(line({ ...create, service: "pds.test" }))?.identity()?.pds, "https://pds.test");
  assertEquals(readOperation(line({ type: "plc_tombstone", prev: "c" }))?.identity(), null);
});

Deno.test("readOperation() gives null for a line that is none, and nothing for what an operation should not hold", () => {
  const lines = ["", "{", "null", "[]", "7", '{"did":"x"}', line(null), line([], {}), line({}, { did: 7 })];
  for (const each of [...lines, line({}, { createdAt: "soon" }), line({}, { createdAt: `2026${"0".repeat(99)}` })]) {
    assertEquals(readOperation(each), null, each);
  }
  const nothing = { handle: null, key: null, pds: null };
  const strange = [
    {},
    { alsoKnownAs: "at://a.test", verificationMethods: "x", services: null },
    { alsoKnownAs: [null, 7, "a.test"], verificationMethods: { atproto: "z123" }, services: { atproto_pds: 7 } },
    { verificationMethods: [], services: { atproto_pds: { type: "Other", endpoint: "https://a.test" } } },
    { type: "create", handle: 7, signingKey: null, service: {} },
    { type: "create", handle: "no handle", signingKey: "did:key:zz", service: "https://" },
  ];
  for (const each of strange) assertEquals(readOperation(line(each))?.identity(), nothing, JSON.stringify(each));
});
