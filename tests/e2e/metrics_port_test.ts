import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type FirehoseServer, serve } from "../../src/simulator/server.ts";
import { limitSource, worldSource } from "../../src/simulator/sources.ts";
import { TestFolder } from "../support/folder.ts";
import { RunningProgram } from "../support/program.ts";
import { until } from "../support/wait.ts";

/** A firehose that sends nothing before it is let. */
async function heldBack(): Promise<{ readonly server: FirehoseServer; readonly release: () => void }> {
  const world = limitSource(
    await worldSource({
      accounts: 5,
      seed: 7,
      firstSeq: 1000,
      startMs: Date.UTC(2026, 0, 1),
      stepMs: 5,
      pastRecords: 20,
    }),
    100,
  );
  const held = Promise.withResolvers<void>();
  const source = { next: () => held.promise.then(() => world.next()) };
  return { server: serve(source, { port: 0, rate: null, window: 1000, faults: [] }), release: held.resolve };
}

/** Clients that are never done: half of a body, half of a head, and one that asks for much and reads nothing. */
async function hold(stderr: () => string): Promise<Disposable> {
  await until("the port", () => stderr().includes("Serving metrics"));
  const port = Number(/http:\/\/127\.0\.0\.1:(\d+)\/metrics/.exec(stderr())?.[1]);
  const clients = new DisposableStack();
  for (
    const text of [
      "POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf",
      "GET /metrics HTTP/1.1\r\nHost",
      "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(1000),
      "GET /metrics HTTP/1.1\r\nHost: a b\r\n\r\n",
      "",
    ]
  ) {
    const client = clients.use(await Deno.connect({ hostname: "127.0.0.1", port }));
    if (text !== "") await client.write(new TextEncoder().encode(text));
  }
  return clients;
}

Deno.test("bluesky_firehose ends on SIGTERM though clients of the metrics port are never done", async () => {
  const { server, release } = await heldBack();
  await using _server = server;
  await using stream = new RunningProgram(["stream", "--firehose-url", server.url, "--output=-", "--metrics-port=0"]);
  using _clients = await hold(() => stream.stderr);
  await until("a consumer", () => server.consumers === 1);
  stream.kill("SIGTERM");
  await until("the end", () => stream.code !== null);
  release();
  const { code, stderr } = await stream.ended();
  assertEquals(code, 0, stderr);
  assert(!/^ *at /m.test(stderr), stderr);
});

Deno.test({
  name: "bluesky_firehose prints a fatal error and ends though clients of the metrics port are never done",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const { server, release } = await heldBack();
    await using _server = server;
    await using folder = new TestFolder();
    const flags = ["--output=/dev/full", "--cursor-file", folder.file("cursor"), "--metrics-port=0"];
    await using stream = new RunningProgram(["stream", "--firehose-url", server.url, ...flags]);
    using _clients = await hold(() => stream.stderr);
    release();
    await until("the end", () => stream.code !== null);
    const { code, stderr } = await stream.ended();
    assertEquals(code, 1, stderr);
    assertStringIncludes(stderr, "Error: Cannot write the output: No space left on device");
  },
});
