import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { observe } from "../../src/app/observe.ts";
import { endsOf, serveFigures } from "../../src/app/serve.ts";
import { ADVICE } from "../../src/cli/advice.ts";
import { ListenError } from "../../src/telemetry/server.ts";
import { FakeContext } from "../support/context.ts";
import { resolved } from "../support/resolved.ts";

Deno.test("serveFigures() serves the page of a run, with its ends, and names its URL", async () => {
  const urls: string[] = [];
  const settings = resolved({ output: "-", metricsPort: "0", firehoseUrl: "wss://a.example,wss://b.example" });
  using observation = observe(settings, new FakeContext(), ADVICE);
  await using _served = await serveFigures(settings, observation, (url) => urls.push(url));
  const [url = ""] = urls;
  assertMatch(url, /^http:\/\/127\.0\.0\.1:\d+$/);
  const response = await fetch(url);
  const html = await response.text();
  assertEquals(response.status, 200);
  for (const text of ["a.example", "b.example", "standard output", "CONNECTING"]) assertStringIncludes(html, text);
});

Deno.test("serveFigures() opens nothing without a port, and leaves nothing running where it is taken", async () => {
  const none = resolved({ output: "-" });
  using observation = observe(none, new FakeContext(), ADVICE);
  assertEquals(await serveFigures(none, observation, () => {}), null);
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const settings = resolved({ output: "-", metricsPort: String(taken.addr.port) });
  await assertRejects(() => serveFigures(settings, observation, () => {}), ListenError);
});

Deno.test("endsOf() has brokers and topic, or the file, and relays without what may be secret", () => {
  const kafka = { kafkaBootstrapServers: "k:9092,l:9092", kafkaTopic: "t", firehoseUrl: "wss://u:p@a.example/x?y=1" };
  assertEquals(endsOf(resolved(kafka).config), {
    relays: ["wss://a.example/x"],
    output: { kind: "kafka", brokers: ["k:9092", "l:9092"], topic: "t" },
  });
  assertEquals(endsOf(resolved({ output: "/tmp/o" }).config).output, { kind: "lines", to: "/tmp/o" });
});
