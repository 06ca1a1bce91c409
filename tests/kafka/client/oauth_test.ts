import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  type TokenParts,
  TokenRefusedError,
  type TokenSettings,
  tokenSource,
  TokenUnavailableError,
} from "../../../src/kafka/client/oauth.ts";
import { TokenServer } from "../../support/token_server.ts";

const SECRET = "canary & secret+";
const NEVER_READ = () => Promise.reject(new Error("no file is wanted"));

function parts(over: Partial<TokenParts> = {}): TokenParts {
  return { fetch, readFile: NEVER_READ, now: Date.now, ...over };
}

function client(server: TokenServer, clientSecret = SECRET): TokenSettings {
  return { kind: "client-credentials", url: `${server.url}token`, clientId: "id:1", clientSecret, scope: "kafka" };
}

Deno.test("tokenSource() gets a token by client credentials, encoded as RFC 6749 has it", async () => {
  await using server = new TokenServer();
  assertEquals(await tokenSource(client(server), parts())(), "token 1");
  const [request] = server.requests;
  assertEquals([request?.method, request?.path], ["POST", "/token"]);
  assertEquals(atob(request?.headers.get("authorization")?.replace("Basic ", "") ?? ""), "id%3A1:canary+%26+secret%2B");
  assertEquals(request?.body, "grant_type=client_credentials&scope=kafka");
});

Deno.test("tokenSource() keeps a token for most of its life, and asks once for those who wait together", async () => {
  await using server = new TokenServer();
  let now = 1_000_000;
  const token = tokenSource(client(server), parts({ now: () => now }));
  assertEquals(await Promise.all([token(), token(), token()]), ["token 1", "token 1", "token 1"]);
  now += 79_000;
  assertEquals(await token(), "token 1");
  now += 2000;
  assertEquals(await token(), "token 2");
  server.life = { expires_on: String(now / 1000 + 10) };
  now += 90_000;
  assertEquals(await token(), "token 3");
  assertEquals(server.requests.length, 3);
});

Deno.test("tokenSource() gets a token of a managed identity, of a virtual machine and of an app", async () => {
  await using server = new TokenServer();
  const settings = {
    kind: "managed-identity",
    endpoint: `${server.url}msi`,
    header: null,
    clientId: "mine",
    scope: "https://ns.servicebus.windows.net/.default",
  } as const;
  assertEquals(await tokenSource(settings, parts())(), "token 1");
  const shown = { ...settings, header: "canary", clientId: null };
  assertEquals(await tokenSource(shown, parts())(), "token 2");
  const [machine, app] = server.requests;
  const resource = "resource=https%3A%2F%2Fns.servicebus.windows.net";
  assertEquals(machine?.path, `/msi?api-version=2018-02-01&${resource}&client_id=mine`);
  assertEquals([machine?.method, machine?.headers.get("metadata")], ["GET", "true"]);
  assertEquals(app?.path, `/msi?api-version=2019-08-01&${resource}`);
  assertEquals(app?.headers.get("x-identity-header"), "canary");
});

Deno.test("tokenSource() gets a token of a workload identity, and reads its file anew each time", async () => {
  await using server = new TokenServer();
  server.life = { expires_in: "0.001" };
  let [reads, clock] = [0, 0];
  const token = tokenSource(
    {
      kind: "workload-identity",
      authorityHost: server.url,
      tenantId: "tenant",
      clientId: "mine",
      tokenFile: "/var/run/token",
      scope: "https://ns.servicebus.windows.net/.default",
    },
    parts({ readFile: (path) => Promise.resolve(`${path} ${++reads}\n`), now: () => clock += 1000 }),
  );
  assertEquals([await token(), await token()], ["token 1", "token 2"]);
  const [first, second] = server.requests;
  assertEquals(first?.path, "/tenant/oauth2/v2.0/token");
  const form = new URLSearchParams(first?.body);
  assertEquals(form.get("client_id"), "mine");
  assertEquals(form.get("client_assertion_type"), "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
  assertEquals(form.get("client_assertion"), "/var/run/token 1");
  assertEquals(new URLSearchParams(second?.body).get("client_assertion"), "/var/run/token 2");
});

Deno.test("tokenSource() tells a refusal from an outage, without the secret", async () => {
  await using server = new TokenServer();
  const token = tokenSource(client(server), parts());
  for (
    const [status, error] of [[400, TokenRefusedError], [401, TokenRefusedError], [302, TokenRefusedError]] as const
  ) {
    server.status = status;
    const { message } = await assertRejects(token, error);
    assertStringIncludes(message, `HTTP ${status} invalid_client: no such client`);
    assert(!message.includes("canary"));
  }
  for (const status of [429, 500, 503]) {
    server.status = status;
    await assertRejects(token, TokenUnavailableError, `HTTP ${status}`);
  }
  server.status = 200;
  server.life = { access_token: "" };
  await assertRejects(token, TokenUnavailableError, "its response has none");
  server.life = {};
  assertEquals(await token(), `token ${server.requests.length}`);
  const gone = tokenSource(client(server), parts({ fetch: () => Promise.reject(new TypeError("connection refused")) }));
  await assertRejects(gone, TokenUnavailableError, "connection refused");
});

Deno.test("tokenSource() repeats no secret that a server repeats: not as a header or a form has it, nor a part of one", async () => {
  await using server = new TokenServer();
  server.status = 401;
  const assertion = "eyJhbGciOiJSUzI1NiJ9.canary.signature";
  const sources: readonly [TokenSettings, readonly string[]][] = [
    [client(server), [SECRET, "canary+%26+secret%2B", btoa("id%3A1:canary+%26+secret%2B"), btoa(SECRET)]],
    [
      { kind: "managed-identity", endpoint: `${server.url}msi`, header: SECRET, clientId: null, scope: "kafka" },
      [SECRET, encodeURIComponent(SECRET), btoa(SECRET)],
    ],
    [
      {
        kind: "workload-identity",
        authorityHost: server.url,
        tenantId: "t",
        clientId: "c",
        tokenFile: "f",
        scope: "kafka",
      },
      [assertion, btoa(assertion)],
    ],
  ];
  for (const [settings, sent] of sources) {
    const token = tokenSource(settings, parts({ readFile: () => Promise.resolve(assertion) }));
    for (const form of sent) {
      // At each place, as a message is cut to a length.
      for (const before of [0, 110, 120, 130, 140]) {
        server.description = `${"x ".repeat(before / 2)}got ${form}`;
        const { message } = await assertRejects(token, TokenRefusedError);
        assert(!message.includes(form.slice(0, 6)), message);
      }
    }
  }
});

Deno.test("tokenSource() reads no answer that does not end", async () => {
  let chunks = 0;
  const body = new ReadableStream({
    pull(controller) {
      chunks++;
      controller.enqueue(new Uint8Array(65_536).fill(32));
    },
  });
  await using server = new TokenServer();
  const endless = tokenSource(client(server), parts({ fetch: () => Promise.resolve(new Response(body)) }));
  await assertRejects(endless, TokenUnavailableError, "its response is larger than 1048576 bytes");
  assert(chunks < 30, String(chunks));
});
