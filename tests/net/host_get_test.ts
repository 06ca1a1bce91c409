import { assertEquals, assertRejects } from "@std/assert";
import { ForbiddenHostError, getFromHost, type HostAccess, type LookUp, readAnswer } from "../../src/net/host_get.ts";
import { AnswerTooLargeError } from "../../src/net/http_get.ts";

const NEVER = new AbortController().signal;

function access(more: Partial<HostAccess>): HostAccess {
  return { mostBytes: 1000, standIn: null, signal: NEVER, userAgent: "test/1", lookUp: null, ...more };
}

function serve(answer: (request: Request) => Response | Promise<Response>) {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
  const url = new URL(`http://127.0.0.1:${server.addr.port}`);
  return { url, [Symbol.asyncDispose]: () => server.shutdown() };
}

Deno.test("getFromHost() asks the server that stands in for a host, and names the host", async () => {
  await using server = serve((request) => {
    const { host, pathname, search } = new URL(request.url);
    const headers = { "retry-after": "7", location: "https://elsewhere.test/" };
    const agent = request.headers.get("user-agent");
    return new Response(`${agent} ${host} ${pathname}${search}`, { status: 429, headers });
  });
  const answer = await getFromHost(new URL("https://alice.test/.well-known/x?y=1"), access({ standIn: server.url }));
  const { body, ...rest } = answer;
  assertEquals(rest, { status: 429, retryAfter: "7", location: "https://elsewhere.test/" });
  assertEquals(new TextDecoder().decode(body), "test/1 alice.test /.well-known/x?y=1");
});

Deno.test("getFromHost() reads no more than it may, and ends on abort", async () => {
  const stop = new AbortController();
  await using server = serve(({ url }) => {
    if (url.endsWith("/exact")) return new Response("x".repeat(1000));
    const pull = async (body: ReadableStreamDefaultController) => {
      body.enqueue(new TextEncoder().encode("x".repeat(600)));
      if (url.endsWith("/slow")) await new Promise((resolve) => stop.signal.addEventListener("abort", resolve));
    };
    return new Response(new ReadableStream({ pull }));
  });
  const options = access({ standIn: server.url });
  const ask = (path: string, more: Partial<HostAccess> = {}) =>
    getFromHost(new URL(`https://a.test/${path}`), { ...options, ...more });
  assertEquals((await ask("exact")).body.length, 1000);
  await assertRejects(() => ask("endless"), AnswerTooLargeError, "1000 bytes");
  await assertRejects(() => readAnswer(new Response("x".repeat(1001)), 1000), AnswerTooLargeError);
  const asked = ask("slow", { signal: stop.signal });
  setTimeout(() => stop.abort(), 50);
  await assertRejects(() => asked);
});

Deno.test("getFromHost() refuses what is no https URL of a name on the Internet", async () => {
  const urls = [
    ...["http://example.com/", "https://example.com:8080/", "https://user@example.com/", "https://127.0.0.1/"],
    ...["https://[::1]/", "https://0x7f000001/", "https://2130706433/", "https://localhost/", "https://intranet/"],
    ...["https://example./", "ftp://example.com/"],
  ];
  for (const url of urls) {
    await assertRejects(() => getFromHost(new URL(url), access({})), ForbiddenHostError, undefined, url);
  }
});

Deno.test("getFromHost() refuses a name when one of its addresses is not public, and dials none of them", async () => {
  let dialled = 0;
  await using _server = serve(() => {
    dialled++;
    return new Response();
  });
  const at = (...addresses: string[]): LookUp => (_name, _options, done) =>
    done(null, addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })));
  for (const lookUp of [at("127.0.0.1"), at("8.8.8.8", "10.0.0.1"), at("::1"), at("::ffff:169.254.169.254")]) {
    await assertRejects(
      () => getFromHost(new URL("https://localhost.invalid/"), access({ lookUp })),
      ForbiddenHostError,
      "no public address",
    );
  }
  await assertRejects(
    () => getFromHost(new URL("https://localhost.invalid/"), access({ lookUp: at() })),
    Error,
    "no address",
  );
  assertEquals(dialled, 0);
});
