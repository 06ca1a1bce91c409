import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { askHealth, HEALTH } from "../../src/cli/health.ts";
import { main } from "../../src/cli/main.ts";
import { FakeContext } from "../support/context.ts";

/** A health endpoint on a port of its own. */
function endpoint(answer: (path: string) => Response | Promise<Response>): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => answer(new URL(request.url).pathname),
  );
}

interface Run {
  readonly exit: string;
  readonly out: string;
  readonly err: string;
}

async function health(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Run> {
  const context = new FakeContext(env);
  const exit = await main([HEALTH.name, ...args], context);
  const { out, err } = context;
  return { exit, out, err };
}

Deno.test("health ends well when /livez answers 200, with the port from flag or variable", async () => {
  const paths: string[] = [];
  await using server = endpoint((path) => {
    paths.push(path);
    return new Response("ok\n");
  });
  const port = String(server.addr.port);
  assertEquals(await health(["--metrics-port", port], { METRICS_PORT: "1" }), { exit: "ok", out: "ok\n", err: "" });
  assertEquals(await health([], { METRICS_PORT: port }), { exit: "ok", out: "ok\n", err: "" });
  assertEquals(paths, ["/livez", "/livez"]);
});

Deno.test("health asks this machine itself where the running program listens to all of its addresses", async () => {
  await using server = endpoint(() => new Response("ok"));
  const port = String(server.addr.port);
  assertEquals((await health(["--metrics-host", "0.0.0.0"], { METRICS_PORT: port })).exit, "ok");
  const other = await health([], { METRICS_PORT: port, METRICS_HOST: "::" });
  assertStringIncludes(other.err, `http://[::1]:${port}/livez`);
});

Deno.test("health fails with the endpoint's answer when that is not 200", async () => {
  await using server = endpoint(() => new Response("draining", { status: 503 }));
  const { exit, err } = await health([], { METRICS_PORT: String(server.addr.port) });
  assertEquals(exit, "failed");
  assertStringIncludes(err, "responded with 503 draining");
});

Deno.test("health lets no answer command the terminal or begin a line", async () => {
  for (const status of [200, 503]) {
    await using server = endpoint(() => new Response("a\x1b[2J\nError: forged\x9b", { status }));
    const { out, err } = await health([], { METRICS_PORT: String(server.addr.port) });
    assertEquals(/(?!\n$)\p{Cc}/u.test(out + err), false, JSON.stringify(out + err));
  }
});

Deno.test("health reads no more of an answer than a word or two, though it never ends", async () => {
  const isEnded = Promise.withResolvers<void>();
  const endless = () =>
    new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(1000).fill(97)),
      cancel: () => isEnded.resolve(),
    });
  await using server = endpoint(() => new Response(endless()));
  const { exit, err } = await health([], { METRICS_PORT: String(server.addr.port) });
  assertEquals(exit, "failed");
  assertStringIncludes(err, "the response is larger than 4096 characters");
  assert(err.length < 1000);
  await isEnded.promise;
});

Deno.test("health fails and says what is wanted when nothing listens", async () => {
  const free = endpoint(() => new Response());
  const { port } = free.addr;
  await free.shutdown();
  const { exit, err } = await health([], { METRICS_PORT: String(port) });
  assertEquals(exit, "failed");
  assertStringIncludes(err, `expected a producer with --metrics-port ${port}`);
});

Deno.test("health fails and names flag and variable when no port is set", async () => {
  const { exit, err } = await health([], {});
  assertEquals(exit, "failed");
  for (const part of ["--metrics-port", "METRICS_PORT"]) assertStringIncludes(err, part);
});

Deno.test("health is an error when the port is none", async () => {
  assertEquals((await health(["--metrics-port", "0"], {})).exit, "usage");
});

Deno.test("askHealth() gives up when the signal aborts before an answer", async () => {
  const { promise: asked, resolve: onAsked } = Promise.withResolvers<void>();
  const { promise: answered, resolve: answer } = Promise.withResolvers<Response>();
  await using server = endpoint(() => {
    onAsked();
    return answered;
  });
  const stop = new AbortController();
  const asking = askHealth("127.0.0.1", server.addr.port, stop.signal);
  await asked;
  stop.abort();
  const { isAlive, answer: said } = await asking;
  assert(!isAlive);
  assertStringIncludes(said, "no response in time");
  answer(new Response());
});
