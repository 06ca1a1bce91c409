import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { checkFirehose, readFirst } from "../../../src/cli/check/firehose.ts";
import { type Config, resolveConfig } from "../../../src/config/config.ts";
import { encodeMessage } from "../../../src/simulator/frames.ts";
import { type Behaviour, FakeRelay, numbered } from "../../support/relay.ts";

const NEVER = new AbortController().signal;

function configFor(url: string): Config {
  const resolution = resolveConfig({ firehoseUrl: url, output: "-" }, {});
  if (resolution.kind === "errors") throw new Error(resolution.errors.join());
  return resolution.config;
}

function identity(seq: number, time: string): Uint8Array<ArrayBuffer> {
  return encodeMessage("#identity", { seq, did: "did:plc:x", time }) as Uint8Array<ArrayBuffer>;
}

Deno.test("readFirst() passes over what the server says before, and asks for the cursor", async () => {
  await using relay = new FakeRelay(() => (socket) => {
    socket.send(encodeMessage("#info", { name: "OutdatedCursor", message: "" }) as Uint8Array<ArrayBuffer>);
    socket.send(numbered(17));
  });
  const first = await readFirst(relay.url, 5, NEVER);
  assertEquals(first, { kind: "message", seq: 17, time: "t17", notes: ["OutdatedCursor"] });
  assertEquals(relay.cursors, ["5"]);
});

Deno.test("checkFirehose() says what is wrong with a firehose, and what to do", async () => {
  const cases: readonly (readonly [Behaviour, string, string])[] = [
    [() => new Response("no", { status: 404 }), "the server responded with 404", "path of --firehose-url"],
    [() => new Response("no", { status: 405 }), "expected a WebSocket of subscribeRepos", "path of --firehose-url"],
    [() => (socket) => socket.close(1000), "closed the connection (code 1000", "closes connections at once"],
    [() => (socket) => socket.send("hello"), "frame-undecodable", "com.atproto.sync.subscribeRepos"],
    [
      () => (socket) => {
        const header = new Uint8Array([0xa1, 0x62, 0x6f, 0x70, 0x20]);
        const body = new Uint8Array([
          0xa1,
          0x65,
          ...new TextEncoder().encode("error"),
          0x64,
          ...[..."Busy"].map((c) => c.charCodeAt(0)),
        ]);
        socket.send(new Uint8Array([...header, ...body]));
      },
      "the relay reports Busy",
      "see the reason that the relay sent",
    ],
  ];
  for (const [behaviour, detail, advice] of cases) {
    await using relay = new FakeRelay(behaviour);
    const { found, first } = await checkFirehose(configFor(relay.url), NEVER, Date.now);
    assertEquals([found.status, first], ["failed", null], found.detail);
    assertStringIncludes(found.detail, detail);
    assertStringIncludes(found.advice ?? "", advice);
  }
  const { found } = await checkFirehose(configFor("ws://127.0.0.1:1/"), NEVER, Date.now);
  assertEquals(found.status, "failed");
  assertStringIncludes(found.advice ?? "", "host and port");
});

Deno.test("checkFirehose() tells the first message, and a clock that is wrong", async () => {
  const nowMs = Date.parse("2026-01-01T00:00:00Z");
  await using relay = new FakeRelay((_, number) => (socket) => {
    socket.send(identity(9, number === 1 ? "2025-12-31T23:59:59Z" : "2026-01-01T00:05:00Z"));
  });
  const good = await checkFirehose(configFor(relay.url), NEVER, () => nowMs);
  assertEquals([good.found.status, good.found.advice, good.first?.seq], ["ok", null, 9]);
  assert(good.found.detail.includes("message 9"), good.found.detail);
  const early = await checkFirehose(configFor(relay.url), NEVER, () => nowMs);
  assertEquals(early.found.status, "warning");
  assertStringIncludes(early.found.detail, "300 s ahead of our clock");
});
