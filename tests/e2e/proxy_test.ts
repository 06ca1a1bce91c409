/**
 * The program behind an HTTP proxy, which is how many of its users reach a relay.
 */
import { assert, assertEquals } from "@std/assert";
import { makeCertificates } from "../../scripts/certificates.ts";
import { HttpProxy } from "../support/http_proxy.ts";
import { testNeeding } from "../support/needs.ts";
import { FakeRelay, numbered } from "../support/relay.ts";
import { RunningProgram, runProgram } from "../support/program.ts";
import { until } from "../support/wait.ts";

const OVER_TLS = "check reads a relay over wss through the proxy of HTTPS_PROXY";
testNeeding(["openssl"], {
  name: OVER_TLS,
  fn: async () => {
    await using certificates = await makeCertificates();
    const pem = await Deno.readTextFile(certificates.misnamed);
    await using relay = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {}, cert: pem, key: pem },
      (request) => {
        const { socket, response } = Deno.upgradeWebSocket(request);
        socket.onopen = () => socket.send(numbered(100));
        return response;
      },
    );
    await using proxy = new HttpProxy({ port: relay.addr.port });
    const url = "wss://elsewhere.example/xrpc/com.atproto.sync.subscribeRepos";
    const env = { DENO_CERT: certificates.ca, HTTPS_PROXY: `http://user:canary@${proxy.address}` };
    const { code, stdout, stderr } = await runProgram(["check", "--firehose-url", url, "--output", "-"], env);
    assertEquals(code, 0, stdout + stderr);
    assert(stdout.includes("sends: message 100"), stdout);
    assert(proxy.heads[0]?.startsWith("CONNECT elsewhere.example:443 HTTP/1.1\r\n"), proxy.heads[0]);
  },
});

Deno.test("check reads a relay over ws through the proxy of HTTP_PROXY, which reads the requests", async () => {
  await using relay = new FakeRelay(() => (socket) => socket.send(numbered(100)));
  // The relay is what a proxy is: it gets the request with the whole URL.
  const env = { HTTP_PROXY: `http://${new URL(relay.url).host}` };
  const url = "ws://elsewhere.example/xrpc/com.atproto.sync.subscribeRepos";
  const { code, stdout, stderr } = await runProgram(["check", "--firehose-url", url, "--output", "-"], env);
  assertEquals(code, 0, stdout + stderr);
  assertEquals(relay.dials[0]?.url.host, "elsewhere.example");
});

Deno.test("check and stream name the proxy that refuses, say where to look, and hide its password", async () => {
  await using proxy = new HttpProxy(407);
  const env = { HTTPS_PROXY: `http://user:canary@${proxy.address}` };
  const said = `proxy http://${proxy.address} refused (407) to connect to elsewhere.example:443; HTTPS_PROXY`;
  const args = ["--firehose-url", "wss://elsewhere.example/", "--output", "-"];
  const check = await runProgram(["check", ...args], env);
  assertEquals(check.code, 1);
  assert(check.stdout.replaceAll(/\s+/g, " ").includes(said), check.stdout);
  assert(check.stdout.includes("check HTTPS_PROXY (for wss)"), check.stdout);
  await using stream = new RunningProgram(["stream", ...args], env);
  await until("the log line", () => stream.stderr.includes(said));
  assert(stream.stderr.includes("proxy"), stream.stderr);
  const stderr = await stream.stop();
  assertEquals([stderr, check.stdout + check.stderr].filter((text) => text.includes("canary")), []);
});
