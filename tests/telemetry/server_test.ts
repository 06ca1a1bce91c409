import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { Figures } from "../../src/telemetry/metrics.ts";
import { newFigures } from "../support/figures.ts";
import { statusPage } from "../../src/telemetry/page/page.ts";
import { ListenError, type MetricsServerOptions, openMetricsServer } from "../../src/telemetry/server.ts";
import { pageParts } from "../support/status_page.ts";

function open(figures: Figures, over: Partial<MetricsServerOptions> = {}) {
  return openMetricsServer(figures, {
    host: "127.0.0.1",
    port: 0,
    page: null,
    ...over,
  });
}

async function get(url: string, init: RequestInit = {}): Promise<[number, string, string]> {
  const response = await fetch(url, init);
  return [response.status, response.headers.get("content-type") ?? "", await response.text()];
}

Deno.test("openMetricsServer() serves /metrics with figures of the process, and /livez", async () => {
  await using server = open(newFigures());
  const [status, type, body] = await get(`${server.url}/metrics`);
  assertEquals([status, type], [200, "text/plain; version=0.0.4; charset=utf-8"]);
  for (const name of ["process_resident_memory_bytes", "process_cpu_seconds_total", "process_start_time_seconds"]) {
    assert(Number(new RegExp(`^${name} (\\S+)$`, "m").exec(body)?.[1]) > 0, name);
  }
  assertEquals(await get(`${server.url}/livez`), [200, "text/plain; charset=utf-8", "alive\n"]);
});

Deno.test("openMetricsServer() says by /readyz why the program is not ready, in JSON with 503", async () => {
  const figures = newFigures();
  await using server = open(figures);
  const [status, type, body] = await get(`${server.url}/readyz`);
  assertEquals([status, type], [503, "application/json"]);
  const { ready, reason, reasons } = JSON.parse(body);
  assertEquals([ready, reason], [false, "broker_unreachable"]);
  assertEquals(reasons.map(({ reason }: { reason: string }) => reason), ["broker_unreachable", "upstream_connecting"]);
  assertStringIncludes(reasons[0].meaning, "no broker has responded yet");
  Object.assign(figures.state, { sinkOpened: true, upstreamConnected: true, connectedMs: 0, receivedMs: 0 });
  assertEquals(await get(`${server.url}/readyz`), [
    200,
    "application/json",
    '{"ready":true,"reason":null,"reasons":[],"deliveryLagSeconds":0}\n',
  ]);
});

Deno.test("openMetricsServer() answers nothing else", async () => {
  await using server = open(newFigures());
  assertEquals((await get(server.url))[0], 404);
  assertEquals((await get(`${server.url}/metrics`, { method: "POST" }))[0], 405);
});

Deno.test("openMetricsServer() checks the Host for the page alone: Prometheus comes by the name of a service", async () => {
  const page = statusPage(pageParts());
  await using server = open(newFigures(), { page });
  const ask = async (path: string, host: string) => {
    const { port } = new URL(server.url);
    using socket = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
    await socket.write(new TextEncoder().encode(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`));
    const bytes = new Uint8Array(100);
    return new TextDecoder().decode(bytes.subarray(0, await socket.read(bytes) ?? 0)).slice(9, 12);
  };
  for (const path of ["/", "/live"]) {
    assertEquals([await ask(path, "producer:9464"), await ask(path, "127.0.0.1:9464")], ["403", "200"], path);
  }
  assertEquals(await ask("/metrics", "producer:9464"), "200");
  assertEquals(await ask("/nothing", "localhost"), "404");
});

Deno.test("openMetricsServer() names port and address that it cannot have", async () => {
  await using server = open(newFigures());
  const port = Number(new URL(server.url).port);
  const taken = assertThrows(() => open(newFigures(), { port }), ListenError);
  assertStringIncludes(taken.message, `Cannot listen on 127.0.0.1:${port}: `);
  assertThrows(() => open(newFigures(), { host: "192.0.2.1" }), ListenError, "192.0.2.1");
});

Deno.test("openMetricsServer() answers on IPv6 too", async () => {
  await using server = open(newFigures(), { host: "::1" });
  assertStringIncludes(server.url, "http://[::1]:");
  assertEquals((await get(`${server.url}/livez`))[0], 200);
});
