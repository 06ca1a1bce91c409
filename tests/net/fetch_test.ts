import { assert, assertEquals, assertRejects } from "@std/assert";
import { ProxyError } from "../../src/net/dial.ts";
import { fetchToken } from "../../src/net/fetch.ts";
import { HttpProxy } from "../support/http_proxy.ts";
import { TokenServer } from "../support/token_server.ts";
import { withVariables } from "../support/variables.ts";

/** Every way to name a proxy. */
function everywhere(proxy: string): Readonly<Record<string, string>> {
  const names = ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY"].flatMap((name) => [name, name.toLowerCase()]);
  return { ...Object.fromEntries(names.map((name) => [name, proxy])), NO_PROXY: "elsewhere.example", no_proxy: "" };
}

Deno.test("fetchToken() asks this machine directly, whatever proxy is named, and leaves the variables as they are", async () => {
  await using server = new TokenServer();
  await using proxy = new HttpProxy(403);
  await withVariables(everywhere(`http://${proxy.address}`), async () => {
    for (const host of ["127.0.0.1", "localhost"]) {
      const url = `${server.url.replace("127.0.0.1", host)}msi`;
      const response = await fetchToken(url, { headers: { "x-identity-header": "canary" } });
      assertEquals([response.status, (await response.json()).token_type], [200, "Bearer"]);
    }
    assertEquals(Deno.env.get("NO_PROXY"), "elsewhere.example");
  });
  assertEquals([server.requests.length, proxy.taken], [2, 0]);
  assertEquals(server.requests[0]?.headers.get("x-identity-header"), "canary");
});

Deno.test("fetchToken() names the proxy that refuses or cannot be reached, without its password", async () => {
  for (
    const [url, status, said] of [
      ["https://localhost.invalid/token", 407, "refused (407) to connect to localhost.invalid:443"],
      ["https://localhost.invalid/token", 403, "refused (403) to connect to localhost.invalid:443"],
      ["http://localhost.invalid/token", 407, "refused (407)"],
      ["http://localhost.invalid/token", 403, "refused (403), or localhost.invalid behind it did"],
    ] as const
  ) {
    await using proxy = new HttpProxy(status);
    await withVariables(everywhere(`http://user:canary@${proxy.address}`), async () => {
      const error = await assertRejects(() => fetchToken(url, {}), ProxyError);
      assertEquals(
        error.message,
        `proxy http://${proxy.address} ${said}; HTTPS_PROXY or HTTP_PROXY sets it, NO_PROXY has exceptions`,
      );
    });
  }
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  await withVariables(everywhere(`http://127.0.0.1:${listener.addr.port}`), async () => {
    for (const scheme of ["http", "https"]) {
      const error = await assertRejects(() => fetchToken(`${scheme}://localhost.invalid/`, {}), ProxyError);
      assert(error.message.includes(`proxy http://127.0.0.1:${listener.addr.port} cannot be reached: `), error.message);
    }
  });
});
