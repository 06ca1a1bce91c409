import { assertEquals } from "@std/assert";
import { isOwnHost, proxyFor, shownProxy } from "../../src/net/proxy.ts";

/** The proxy for a URL, as text. */
function chosen(url: string, variables: Readonly<Record<string, string>>): string | null {
  return proxyFor(new URL(url), (name) => variables[name])?.href ?? null;
}

Deno.test("isOwnHost() holds for loopback and link-local addresses, however they are written, and for no other", () => {
  const own = [
    ...["127.0.0.1", "127.255.255.255", "localhost", "LOCALHOST.", "a.localhost", "[::1]", "[0:0:0:0:0:0:0:1]"],
    ...["169.254.169.254", "[fe80::1]", "[febf::1]", "[::ffff:127.0.0.1]", "[::ffff:a9fe:a9fe]"],
  ];
  const others = [
    ...["128.0.0.1", "126.255.255.255", "169.253.255.255", "169.255.0.0", "10.0.0.1", "168.63.129.16"],
    ...["[fec0::1]", "[::2]", "[::]", "localhost.example", "notlocalhost", "127.0.0.1.example"],
  ];
  assertEquals(own.filter((host) => !isOwnHost(host)), []);
  assertEquals(others.filter(isOwnHost), []);
});

Deno.test("proxyFor() takes the variable of the URL's scheme, ALL_PROXY before it, and upper case before lower", () => {
  const both = { HTTPS_PROXY: "http://s:1", HTTP_PROXY: "http://h:2" };
  assertEquals(
    ["wss://a.example", "https://a.example", "ws://a.example", "http://a.example"].map((url) => chosen(url, both)),
    ["http://s:1/", "http://s:1/", "http://h:2/", "http://h:2/"],
  );
  assertEquals(chosen("wss://a.example", { ...both, ALL_PROXY: "http://a:3" }), "http://a:3/");
  assertEquals(chosen("wss://a.example", { ...both, https_proxy: "http://l:4" }), "http://s:1/");
  assertEquals(chosen("wss://a.example", { HTTPS_PROXY: "", https_proxy: "l:4" }), "http://l:4/");
  assertEquals(chosen("wss://a.example", { HTTP_PROXY: "http://h:2" }), null);
  assertEquals(chosen("wss://a.example", { HTTPS_PROXY: "http://[" }), null);
});

Deno.test("proxyFor() leaves out what NO_PROXY names, and what only this machine answers at in any case", () => {
  const direct = (url: string, exceptions: string) =>
    chosen(url, { ALL_PROXY: "http://p:3128", NO_PROXY: exceptions }) === null;
  for (const exceptions of ["*", "a.example", ".a.example", "example", "x, A.Example ,y"]) {
    assertEquals(direct("wss://a.example/", exceptions), true, exceptions);
    assertEquals(direct("wss://b.a.example/", exceptions), true, exceptions);
  }
  for (const exceptions of ["", ",", "b.example", "a.example:443", "xample", "10.0.0.0/8", "a.example/8"]) {
    assertEquals(direct("wss://a.example/", exceptions), false, exceptions);
  }
  assertEquals(direct("https://10.1.2.3/", "10.0.0.0/8"), true);
  assertEquals(direct("https://11.1.2.3/", "10.0.0.0/8"), false);
  assertEquals(direct("https://11.1.2.3/", "0.0.0.0/0"), true);
  assertEquals(direct("https://10.1.2.3/", "10.1.2.3"), true);
  assertEquals(direct("https://10.1.2.3/", "1.2.3"), false);
  assertEquals(direct("https://[2001:db8::1]/", "2001:db8::/32"), true);
  assertEquals(direct("https://[2001:db9::1]/", "2001:db8::/32"), false);
  for (const host of ["127.0.0.1", "localhost", "169.254.169.254", "[::1]", "[fe80::1]"]) {
    assertEquals(direct(`http://${host}:8080/`, ""), true, host);
  }
});

Deno.test("shownProxy() has neither user nor password", () => {
  assertEquals(shownProxy(new URL("http://user:canary@proxy.example:3128/x")), "http://proxy.example:3128");
});
