import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { statSync } from "node:fs";
import { join } from "node:path";
import { CHECK } from "../../src/cli/check.ts";
import { main } from "../../src/cli/main.ts";
import { FakeContext } from "../support/context.ts";
import { TestFolder } from "../support/folder.ts";
import { FakeRelay, numbered } from "../support/relay.ts";

interface Run {
  readonly exit: string;
  readonly out: string;
}

async function check(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Run> {
  const context = new FakeContext(env);
  const exit = await main([CHECK.name, ...args], context);
  assertEquals(context.err, "");
  return { exit, out: context.out };
}

function relay(): FakeRelay {
  return new FakeRelay(() => (socket) => socket.send(numbered(100)));
}

/** Names, sizes and, to the nanosecond, times of all that is in a folder, and of itself. */
function snapshot(folder: string): readonly string[] {
  const { size, mtimeNs, ctimeNs, ino } = statSync(folder, { bigint: true });
  const inside = statSync(folder).isDirectory() ? [...Deno.readDirSync(folder)].map(({ name }) => name).toSorted() : [];
  return [[folder, size, mtimeNs, ctimeNs, ino].join(" "), ...inside.flatMap((name) => snapshot(join(folder, name)))];
}

Deno.test("check writes nothing, whatever is there already", async () => {
  await using folder = new TestFolder();
  await using server = relay();
  await Deno.mkdir(folder.file("empty"));
  await Deno.mkdir(folder.file("kept"));
  await Deno.writeTextFile(folder.file("kept/cursor"), `{"cursor":50,"host":"${new URL(server.url).host}"}\n`);
  await Deno.writeTextFile(folder.file("kept/events"), "{}\n");
  const before = snapshot(folder.path);
  assertEquals(before.length, 5);
  for (
    const [cursor, output, exit] of [
      ["empty/cursor", "empty/events", "ok"],
      ["kept/cursor", "kept/events", "ok"],
      ["none/of/these/cursor", "empty/events", "ok"],
      ["kept/cursor/cursor", "none/events", "failed"],
      ["empty", "kept", "failed"],
    ] as const
  ) {
    const args = ["--firehose-url", server.url, "--cursor-file", folder.file(cursor), "--output", folder.file(output)];
    const found = await check([...args, "--cursor", "50"]);
    assertEquals(found.exit, exit, found.out);
    assertStringIncludes(found.out, exit === "ok" ? "✓ cursor" : "✗ cursor");
    assertStringIncludes(found.out, exit === "ok" ? "✓ output" : "✗ output");
    assertEquals(snapshot(folder.path), before);
  }
});

Deno.test("check shows the settings that were given and count; --verbose and --json show all of them", async () => {
  await using server = relay();
  const env = {
    BLUESKY_FIREHOSE_URL: server.url,
    KAFKA_TOPIC: "t",
    IDENTITY_ENDPOINT: "http://127.0.0.1:1/",
    LOG_LEVEL: "warn",
  };
  const { out } = await check(["--output", "-"], env);
  const shown = out.slice(0, out.indexOf("\nChecks\n")).match(/--[a-z-]+(?= {2})/g);
  assertEquals(shown?.toSorted(), ["--firehose-url", "--log-level", "--output"]);
  assert(/^ {2}\d+ more have their default or are unused; --verbose shows them$/m.test(out), out);
  const verbose = await check(["--output", "-", "--verbose"], env);
  for (const text of ["--kafka-topic", "--identity-endpoint", "--idle-timeout-secs "]) {
    assertStringIncludes(verbose.out, text);
    assertEquals(out.includes(text), false, text);
  }
  assertEquals(verbose.out.includes("are unused"), false);
  const { settings } = JSON.parse((await check(["--output", "-", "--json"], env)).out);
  assertEquals(settings.length, verbose.out.match(/^ {2}--/gm)?.length);
});

Deno.test("check shows the settings with where they come from, then a tick for each thing that is well", async () => {
  await using folder = new TestFolder();
  await using server = relay();
  const args = ["--output", folder.file("o"), "--cursor-file", folder.file("c"), "--metrics-port", "0"];
  const { exit, out } = await check(args, { BLUESKY_FIREHOSE_URL: server.url, BLUESKY_SAMPLE_RATE: "0.5" });
  assertEquals(exit, "ok", out);
  assert(/ {2}--sample-rate +0\.5 +BLUESKY_SAMPLE_RATE\n/.test(out), out);
  for (const name of ["settings", "firehose", "cursor", "output", "metrics"]) {
    assert(new RegExp(` {2}✓ ${name} `).test(out), out);
  }
  assert(out.endsWith("\nAll checks passed\n"), out);
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), []);
});

Deno.test("check reads the files of accounts, and names the line that stream would end for", async () => {
  await using folder = new TestFolder();
  await using server = relay();
  const args = ["--firehose-url", server.url, "--output", "-", "--cursor", "7", "--dids", `@${folder.file("d")}`];
  await Deno.writeTextFile(folder.file("d"), "did:web:a.example\ndid:web:b.example\n");
  const good = await check(args, {});
  assertStringIncludes(good.out, "accounts       2 accounts included\n");
  await Deno.writeTextFile(folder.file("d"), "did:web:a.example\nalice.example\n");
  const bad = await check(args, {});
  assertEquals([good.exit, bad.exit], ["ok", "failed"]);
  assertStringIncludes(bad.out, 'line 2, "alice.example": it is a handle');
  const context = new FakeContext();
  assertEquals(await main(["stream", ...args], context), "failed");
  assertStringIncludes(context.err, "Error: Cannot use the file of --dids");
  assertStringIncludes(context.err, 'line 2, "alice.example": it is a handle');
});

Deno.test("check is plain ASCII where the terminal asks for it", async () => {
  await using server = relay();
  for (const env of [{ NO_COLOR: "1" }, { TERM: "dumb" }]) {
    const { out } = await check(["--firehose-url", server.url, "--output", "-", "--cursor", "7"], env);
    assert(/^[\x20-\x7e\n]*$/.test(out), out);
    assertStringIncludes(out, "[ok]   firehose");
  }
});

Deno.test("check --json prints one object for programs", async () => {
  await using server = relay();
  const { exit, out } = await check(["--json", "--firehose-url", server.url, "--output", "-"]);
  assertEquals(out.trimEnd().split("\n").length, 1);
  const { ok, settings, checks } = JSON.parse(out);
  assertEquals([exit, ok], ["ok", true]);
  assertEquals(settings.find(({ flag }: { flag: string }) => flag === "--output"), {
    flag: "--output",
    text: "-",
    from: "--output",
  });
  assertEquals(checks.map(({ name, status }: { name: string; status: string }) => [name, status]), [
    ["settings", "ok"],
    ["firehose", "ok"],
  ]);
});

Deno.test("check names the group that keeps the cursor of exactly-once, and looks at no cursor file then", async () => {
  await using folder = new TestFolder();
  await using server = relay();
  await Deno.writeTextFile(folder.file("c"), "no cursor");
  const args = ["--firehose-url", server.url, "--kafka-bootstrap-servers", "127.0.0.1:1", "--kafka-topic", "t"]
    .concat(["--delivery", "exactly-once", "--cursor-file", folder.file("c"), "--json"]);
  const { checks } = JSON.parse((await check(args)).out);
  const [cursor] = checks.filter(({ name }: { name: string }) => name === "cursor");
  assertEquals(cursor.status, "skipped");
  assertStringIncludes(cursor.detail, 'kept in the group "bluesky_firehose-t"');
});

Deno.test("check fails with every error in the settings, dials nothing then, and shows no secret", async () => {
  await using server = relay();
  const args = ["--firehose-url", server.url, "--sample-rate", "2", "--unknown", "x"];
  const { exit, out } = await check(args, { SASL_PASSWORD: "canary", KAFKA_TOPIC: "a b" });
  assertEquals(exit, "failed");
  for (const part of ["--sample-rate", "--unknown", "KAFKA_TOPIC", "no server is named", "(hidden)"]) {
    assertStringIncludes(out, part);
  }
  assertEquals([/canary/.test(out), server.dials.length], [false, 0], out);
  assert(/\n\d of \d failed\n$/.test(out), out);
});

Deno.test("check tells of brokers, output and port that cannot be had, each with what to do", async () => {
  await using server = relay();
  await using folder = new TestFolder();
  await using taken = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => new Response());
  const base = ["--firehose-url", server.url, "--cursor-file", folder.file("c")];
  const port = String(taken.addr.port);
  for (
    const [args, exit, parts] of [
      [["--output", folder.path], "failed", ["✗ output", "it is a folder", "-> name a file in a folder"]],
      [["--output", folder.file("no/file")], "failed", [
        "✗ output",
        "there is no folder",
        "-> name a file in a folder",
      ]],
      [["--output", "-", "--metrics-port", port], "ok", ["! metrics", "-> set --metrics-port to a free port"]],
      [["--output", "-", "--metrics-port", "0", "--metrics-host", "192.0.2.1"], "failed", ["✗ metrics"]],
      [
        ["--kafka-bootstrap-servers", "127.0.0.1:1", "--kafka-topic", "t"],
        "failed",
        ["✓ firehose", " cursor         starts live", "✗ brokers", "-> no server listens there"],
      ],
    ] as const
  ) {
    const found = await check([...base, ...args]);
    assertEquals(found.exit, exit, found.out);
    for (const part of parts) assertStringIncludes(found.out, part);
  }
});
