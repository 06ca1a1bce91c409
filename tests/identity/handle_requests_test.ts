import { assertEquals } from "@std/assert";
import { HandleResolver } from "@atproto/identity";
import { IdentityStub } from "../support/identity_stub.ts";

const NEVER = new AbortController().signal;
const DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";
const PATH = "a.test/.well-known/atproto-did";

/** The library, with the same DNS and the same hosts. */
class Oracle extends HandleResolver {
  readonly #stub: IdentityStub;

  constructor(stub: IdentityStub) {
    const fetchFrom = async (input: RequestInfo | URL) => {
      const { body, status } = await stub.getFromHost(new URL(String(input)), NEVER);
      return new Response(status === 200 ? new Uint8Array(body) : "", { status });
    };
    super({ fetch: fetchFrom });
    this.#stub = stub;
  }

  override async resolveDns(handle: string): Promise<string | undefined> {
    const records = await this.#stub.lookUpTxt(`_atproto.${handle}`, NEVER).catch(() => null);
    return this.parseDnsResult((records ?? []).map((parts) => [...parts]));
  }
}

Deno.test("handleAsker() says whose a handle is, as @atproto/identity does", async () => {
  await using stub = new IdentityStub();
  const oracle = new Oracle(stub);
  const [other, status] = ["did:plc:other", (code: number) => new Response("did:plc:x", { status: code })];
  const cases: [records: string[][] | Error | null, host: string | Response | null, expected: string][] = [
    [[["did=", DID]], null, DID],
    [[["v=spf1"], [`did=${DID}`], ["did"]], other, DID],
    [[[`did=${DID}`], [`did=${other}`]], other, other],
    [[[`did=${DID}`], [`did=${other}`]], null, "none"],
    [[["did="]], other, other],
    [[[]], DID, DID],
    [null, `${DID}\n`, DID],
    [null, `  ${DID} \r\nmore`, DID],
    [null, "<html>did:plc:x", "none"],
    [null, "", "none"],
    [null, null, "none"],
    [new Error("SERVFAIL"), DID, DID],
    [null, status(404), "none"],
    [null, status(403), "none"],
    [null, "x".repeat(70_000), "none"],
  ];
  for (const [records, host, expected] of cases) {
    stub.records.clear();
    stub.said.clear();
    if (records !== null) stub.records.set("_atproto.a.test", records);
    if (host !== null) stub.said.set(PATH, host);
    const answer = await stub.askHandle("a.test", NEVER);
    assertEquals(answer.kind === "did" ? answer.did : answer.kind, expected, JSON.stringify([records, host]));
    assertEquals(answer.kind === "did" ? answer.did : "", await oracle.resolve("a.test") ?? "");
  }
});

Deno.test("handleAsker() does not take silence for no", async () => {
  await using stub = new IdentityStub();
  stub.records.set("_atproto.a.test", new Error("SERVFAIL"));
  assertEquals(await stub.askHandle("a.test", NEVER), { kind: "refused", reason: "unreachable", afterMs: null });
  stub.said.set(PATH, new Response("", { status: 503 }));
  stub.records.clear();
  assertEquals(await stub.askHandle("a.test", NEVER), { kind: "refused", reason: "server-error", afterMs: null });
});

Deno.test("handleAsker() follows a few redirects, and no circle", async () => {
  await using stub = new IdentityStub();
  const to = (location: string) => new Response(null, { status: 301, headers: { location } });
  stub.said.set(PATH, to("https://b.test/did"));
  stub.said.set("b.test/did", to("/here"));
  stub.said.set("b.test/here", DID);
  assertEquals(await stub.askHandle("a.test", NEVER), { kind: "did", did: DID });
  stub.said.set("b.test/here", to("https://a.test/.well-known/atproto-did"));
  stub.asked.length = 0;
  assertEquals((await stub.askHandle("a.test", NEVER)).kind, "none");
  assertEquals(stub.asked.length, 5);
});

Deno.test("handleAsker() asks nobody about a name that nobody can have", async () => {
  await using stub = new IdentityStub();
  assertEquals((await stub.askHandle("alice.internal", NEVER)).kind, "none");
  assertEquals(stub.asked, []);
});
