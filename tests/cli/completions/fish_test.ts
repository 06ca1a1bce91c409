import { assertEquals, assertStringIncludes } from "@std/assert";
import { fishCompletions } from "../../../src/cli/completions/fish.ts";
import { COMMANDS } from "../../../src/cli/main.ts";
import { COLLECTIONS, EVENT_TYPES } from "../../../src/events/registry.ts";
import { testNeeding } from "../../support/needs.ts";
import { runShell } from "../../support/shells.ts";

const NAMES = COMMANDS.map(({ name }) => name);

/** What fish offers for each of these lines, without its descriptions. */
async function completeAll(lines: readonly string[]): Promise<string[][]> {
  const asks = lines.map((line) => `complete -C "bluesky_firehose ${line}"; echo END\n`);
  const printed = await runShell("fish", ["--no-config"], fishCompletions(COMMANDS) + asks.join(""));
  return printed.split("END\n").slice(0, -1).map((part) =>
    part.split("\n").map((line) => line.split("\t")[0] ?? "").filter((word) => word !== "")
  );
}

testNeeding(["fish"], {
  name: "fishCompletions() completes commands, flags and values, in one word with the flag or after it",
  fn: async () => {
    const inOne = (flag: string, values: readonly string[]) => values.map((value) => `--${flag}=${value}`);
    const cases: [string, readonly string[]][] = [
      ["", NAMES],
      ["stream --kafka-to", ["--kafka-topic"]],
      ["stream --kafka-topic demo --max-e", ["--max-events"]],
      ["stream --kafka-tls ", ["auto", "true", "false"]],
      ["stream --kafka-tls=", inOne("kafka-tls", ["auto", "true", "false"])],
      ["stream --compression ", ["none", "gzip", "zstd", "snappy"]],
      ["stream --compression=z", inOne("compression", ["zstd"])],
      ["stream --compression --max-e", ["--max-events"]],
      ["stream --create-topic f", ["false"]],
      ["stream --create-topic true ", []],
      ["stream --collections app.bsky.g", COLLECTIONS.filter((name) => name.startsWith("app.bsky.g"))],
      [
        "stream --collections app.bsky.feed.post,",
        COLLECTIONS.filter((name) => name !== "app.bsky.feed.post").map((name) => `app.bsky.feed.post,${name}`),
      ],
      ["stream --collections app.bsky.graph.block,app.bsky.g", ["app.bsky.graph.block,app.bsky.graph.follow"]],
      [
        "stream --collections=app.bsky.graph.block,app.bsky.feed.post,app.bsky.g",
        inOne("collections", ["app.bsky.graph.block,app.bsky.feed.post,app.bsky.graph.follow"]),
      ],
      ["simulate --fault stall@500,se", ["stall@500,seq-jump", "stall@500,seq-fall"]],
      ["simulate --fault stall@500,seq-jump,seq", ["stall@500,seq-jump,seq-fall"]],
      ["stream --output k", ["kafka"]],
      ["record LICEN", ["LICENSE"]],
      ["stream --cursor-file LICEN", ["LICENSE"]],
      ["schema Bluesky.G", TYPES.filter((type) => type.startsWith("Bluesky.G"))],
      ["completions f", ["fish"]],
      ["help ", NAMES],
      ["help stream --kafka", []],
      // The operand is there already.
      ["schema Bluesky.Feed.Post Bluesky.G", []],
      ["schema --format kql Bluesky.Graph.F", ["Bluesky.Graph.Follow", "Bluesky.Graph.Follow.Deleted"]],
      ["schema --format=kql Bluesky.Graph.F", ["Bluesky.Graph.Follow", "Bluesky.Graph.Follow.Deleted"]],
      ["schema Bluesky.Feed.Post --format k", ["kql"]],
      ["completions fish ", []],
      ["help stream ", []],
      ["record frames.rec LICEN", []],
      ["version --v", ["--version"]],
      ["-", ["--help", "-h", "--version", "-V"]],
    ];
    const offered = await completeAll(cases.map(([line]) => line));
    for (const [i, [line, wanted]] of cases.entries()) {
      assertEquals(offered[i]?.toSorted(), wanted.toSorted(), line);
    }
  },
});

const TYPES = EVENT_TYPES.map(({ type }) => type);

Deno.test("fishCompletions() has every command and every flag", () => {
  const script = fishCompletions(COMMANDS);
  for (const { name, options } of COMMANDS) {
    assertStringIncludes(script, ` -n __fish_use_subcommand -a ${name} `);
    for (const { flag } of Object.values(options)) {
      assertStringIncludes(script, `'__bluesky_firehose_in ${name}' -l ${flag} `);
    }
  }
});
