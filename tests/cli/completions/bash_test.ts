import { assertEquals } from "@std/assert";
import { bashCompletions } from "../../../src/cli/completions/bash.ts";
import { COMMANDS } from "../../../src/cli/main.ts";
import { COLLECTIONS, EVENT_TYPES } from "../../../src/events/registry.ts";
import { FAULTS } from "../../../src/simulator/faults.ts";
import { testNeeding } from "../../support/needs.ts";
import { runShell } from "../../support/shells.ts";

const TYPES = EVENT_TYPES.map(({ type }) => type);
const FOLLOWS = ["Bluesky.Graph.Follow", "Bluesky.Graph.Follow.Deleted"];

const NAMES = COMMANDS.map(({ name }) => name);
const GENERAL = ["--help", "-h", "--version", "-V"];

/** What bash offers for each of these lines, whose words are as bash splits them; the last is being typed. */
async function completeAll(lines: readonly (readonly string[])[]): Promise<string[][]> {
  const asks = lines.map((words) => {
    const quoted = ["bluesky_firehose", ...words].map((word) => `'${word}'`).join(" ");
    return `COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; _bluesky_firehose; echo "\${COMPREPLY[*]}"\n`;
  });
  // Outside of a completion bash has no compopt to give; the script does without it then, as in bash 3.2.
  const printed = await runShell("bash", ["--norc"], bashCompletions(COMMANDS) + asks.join(""));
  return printed.trimEnd().split("\n").map((line) => line === "" ? [] : line.split(" "));
}

testNeeding(["bash"], {
  name: "bashCompletions() completes commands, flags and values, in one word with the flag or after it",
  fn: async () => {
    const flags = Object.values(COMMANDS.find(({ name }) => name === "stream")?.options ?? {}).map(({ flag }) =>
      `--${flag}`
    );
    const others = COLLECTIONS.filter((name) => name !== "app.bsky.feed.post");
    const cases: [string[], string[]][] = [
      [[""], [...NAMES, ...GENERAL]],
      [["st"], ["stream"]],
      [["-"], GENERAL],
      [["stream", ""], [...flags, ...GENERAL]],
      [["stream", "-V"], ["-V"]],
      [["stream", "--kafka-t"], ["--kafka-topic", "--kafka-tls", "--kafka-timestamp"]],
      [["stream", "--kafka-tls", ""], ["auto", "true", "false"]],
      [["stream", "--kafka-tls", "="], ["auto", "true", "false"]],
      [["stream", "--kafka-tls", "=", "t"], ["true"]],
      [["stream", "--compression", ""], ["none", "gzip", "zstd", "snappy"]],
      [["stream", "--compression", "="], ["none", "gzip", "zstd", "snappy"]],
      [["stream", "--compression", "=", "z"], ["zstd"]],
      [["stream", "--compression", "--max-e"], ["--max-events"]],
      [["stream", "--create-topic", "f"], ["false"]],
      [["stream", "--create-topic", "--max-e"], ["--max-events"]],
      [["stream", "--collections", "app.bsky.g"], COLLECTIONS.filter((name) => name.startsWith("app.bsky.g"))],
      [["stream", "--collections", "app.bsky.feed.post,"], others.map((name) => `app.bsky.feed.post,${name}`)],
      [
        ["stream", "--collections", "app.bsky.graph.block,app.bsky.g"],
        ["app.bsky.graph.block,app.bsky.graph.follow"],
      ],
      [
        ["stream", "--collections", "=", "app.bsky.graph.block,app.bsky.feed.post,app.bsky.g"],
        ["app.bsky.graph.block,app.bsky.feed.post,app.bsky.graph.follow"],
      ],
      [["stream", "--kafka-topic", ""], []],
      [["stream", "--kafka-topic", "demo", "--max-e"], ["--max-events"]],
      [["stream", "--log-level", "debug", "--log-f"], ["--log-format"]],
      [["stream", "--delivery", ""], ["at-least-once", "exactly-once"]],
      [["stream", "--sasl-mechanism", "s"], ["scram-sha-256", "scram-sha-512"]],
      [["stream", "--cursor", ""], ["live", "oldest", "adopt"]],
      [["simulate", "--fault", "clean-close@500,se"], ["clean-close@500,seq-jump", "clean-close@500,seq-fall"]],
      [
        ["simulate", "--fault", "stall@500,s"],
        Object.keys(FAULTS).filter((name) => name.startsWith("s") && name !== "stall").map((name) =>
          `stall@500,${name}`
        ),
      ],
      [
        ["consume", "--type", "Bluesky.Graph.Block,Bluesky.G"],
        TYPES.filter((type) => /^Bluesky\.G(?!raph\.Block$)/.test(type)).map((type) => `Bluesky.Graph.Block,${type}`),
      ],
      [["record", "--f"], ["--firehose-url"]],
      [["record", "LICEN"], ["LICENSE"]],
      [["stream", "--cursor-file", "LICEN"], ["LICENSE"]],
      [["stream", "--output", "k"], ["kafka"]],
      [["stream", "--output", "-"], ["-"]],
      [["schema", "Bluesky.G"], TYPES.filter((type) => type.startsWith("Bluesky.G"))],
      [["schema", ""], [...TYPES]],
      [["schema", "--format", "k"], ["kql"]],
      // The operand is there already.
      [["schema", "Bluesky.Feed.Post", "Bluesky.G"], []],
      [["schema", "--format", "kql", "Bluesky.Graph.F"], FOLLOWS],
      [["schema", "--format", "=", "kql", "Bluesky.Graph.F"], FOLLOWS],
      [["schema", "Bluesky.Feed.Post", "--format", "k"], ["kql"]],
      [["schema", "--format", "kql", "Bluesky.Feed.Post", ""], ["--format", ...GENERAL]],
      [["completions", "bash", ""], GENERAL],
      [["help", "stream", ""], GENERAL],
      [["record", "frames.rec", "LICEN"], []],
      [["completions", "z"], ["zsh"]],
      [["help", ""], NAMES],
      [["--help", "ch"], ["check"]],
      [["version", ""], GENERAL],
      [["nothing", ""], []],
    ];
    const offered = await completeAll(cases.map(([words]) => words));
    for (const [i, [words, wanted]] of cases.entries()) {
      assertEquals(offered[i] ?? [], wanted, words.join(" "));
    }
  },
});
