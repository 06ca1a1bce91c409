import { assertEquals } from "@std/assert";
import { DidResolver } from "@atproto/identity";
import { documentUrl } from "../../src/identity/requests.ts";
import { IdentityStub } from "../support/identity_stub.ts";

const NEVER = new AbortController().signal;
const DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";

Deno.test("directoryAsker() says what a directory has, as @atproto/identity does, or why there is no answer", async () => {
  await using stub = new IdentityStub();
  const oracle = new DidResolver({ plcUrl: stub.url.href, fetch });
  const document = { id: DID, alsoKnownAs: ["at://alice.test"] };
  const status = (status: number, headers = {}) => new Response("{}", { status, headers });
  const cases: [said: Response | object | string, expected: string][] = [
    [document, "found alice.test"],
    [status(404), "absent"],
    [status(410), "absent"],
    [{ ...document, id: "did:plc:another" }, "unreadable"],
    [{ ...document, alsoKnownAs: [7] }, "unreadable"],
    ["[]", "unreadable"],
    ["null", "unreadable"],
    ['{"id":["did:plc:', "refused invalid null"],
    [new Response(new Uint8Array([0xff])), "refused invalid null"],
    [`"${"x".repeat(70_000)}"`, "refused too-large null"],
    [status(429, { "retry-after": "3" }), "refused throttled 3000"],
    [status(429, { "retry-after": "soon" }), "refused throttled null"],
    [status(503, { "retry-after": "-1" }), "refused server-error null"],
    [status(403), "refused status null"],
  ];
  for (const [said, expected] of cases) {
    stub.said.set(`/${DID}`, said);
    const answer = await stub.askDirectory(DID, NEVER);
    const words = answer.kind === "refused"
      ? `refused ${answer.reason} ${answer.afterMs}`
      : answer.kind === "found"
      ? `found ${answer.identity.handle}`
      : answer.kind;
    assertEquals(words, expected);
    // The library has one error for all statuses, no limit, and takes null for a DID that is not there.
    if (said instanceof Response || said === "null" || expected.includes("too-large")) continue;
    const theirs = await oracle.resolve(DID).then((found) => found === null ? "absent" : "found", () => "error");
    assertEquals(["refused", "unreadable"].includes(answer.kind) ? "error" : answer.kind, theirs, expected);
  }
  const closed = new IdentityStub();
  const { askDirectory } = closed;
  await closed[Symbol.asyncDispose]();
  assertEquals(await askDirectory(DID, NEVER), { kind: "refused", reason: "unreachable", afterMs: null });
});

Deno.test("hostAsker() finds the document of a did:web at its host", async () => {
  await using stub = new IdentityStub();
  stub.said.set("alice.test/.well-known/did.json", { id: "did:web:alice.test", alsoKnownAs: ["at://alice.test"] });
  stub.said.set("moved.test/.well-known/did.json", new Response(null, { status: 302, headers: { location: "/" } }));
  const kinds = ["did:web:alice.test", "did:web:bob.test", "did:web:moved.test", "did:web:a.test:path", "did:key:z1"];
  const answers = await Promise.all(kinds.map((did) => stub.askHost(did, NEVER)));
  assertEquals(answers.map(({ kind }) => kind), ["found", "absent", "refused", "unreadable", "unreadable"]);
});

Deno.test("documentUrl() names no other place than the host, however the DID is written", () => {
  assertEquals(documentUrl("did:web:a.test")?.href, "https://a.test/.well-known/did.json");
  assertEquals(documentUrl("did:web:localhost%3A2583")?.href, "https://localhost:2583/.well-known/did.json");
  const others = [
    ...["did:web:", "did:web:a", "did:web:a.test:b", "did:web:a.test%2Fb", "did:web:a.test%3Fx", "did:web:u%40a.test"],
    ...["did:web:127.0.0.1", "did:web:[::1]", "did:web:0x7f.1", "did:web:a.test%3A99999", "did:web:a.test%3A1%3A2"],
    ...["did:web:a.test%", "did:web:%61.test", "did:web:a.test.", "did:plc:abc", "did:web:a_b.test", "did:web:1.2"],
  ];
  for (const did of others) assertEquals(documentUrl(did), null, did);
});
