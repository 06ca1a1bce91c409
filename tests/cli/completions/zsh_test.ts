import { assertEquals, assertStringIncludes } from "@std/assert";
import { zshCompletions } from "../../../src/cli/completions/zsh.ts";
import { COMMANDS } from "../../../src/cli/main.ts";
import { COLLECTIONS, EVENT_TYPES } from "../../../src/events/registry.ts";
import { testNeeding } from "../../support/needs.ts";
import { runShell } from "../../support/shells.ts";
import { zshOffers } from "../../support/zsh_completion.ts";

const NAMES = COMMANDS.map(({ name }) => name);

testNeeding(["zsh"], {
  name: "zshCompletions() is a script that zsh reads without a complaint",
  fn: async () => assertEquals(await runShell("zsh", ["-n"], zshCompletions(COMMANDS)), ""),
});

testNeeding(["zsh"], {
  name: "zshCompletions() completes commands, flags and values, in one word with the flag or after it",
  fn: async () => {
    const cases: [string, string[]][] = [
      ["", NAMES],
      ["stream --kafka-t", ["--kafka-topic", "--kafka-tls", "--kafka-timestamp"]],
      ["stream --kafka-topic demo --max-e", ["--max-events"]],
      ["stream --kafka-tls ", ["auto", "true", "false"]],
      ["stream --kafka-tls=", ["auto", "true", "false"]],
      ["stream --compression=z", ["zstd"]],
      ["stream --compression ", ["none", "gzip", "zstd", "snappy"]],
      ["stream --compression --max-e", ["--max-events"]],
      ["stream --create-topic --max-e", ["--max-events"]],
      ["stream --collections app.bsky.g", COLLECTIONS.filter((name) => name.startsWith("app.bsky.g"))],
      ["stream --collections app.bsky.feed.post,", COLLECTIONS.filter((name) => name !== "app.bsky.feed.post")],
      ["stream --collections app.bsky.graph.block,app.bsky.g", ["app.bsky.graph.follow"]],
      ["stream --collections=app.bsky.graph.block,app.bsky.feed.post,app.bsky.g", ["app.bsky.graph.follow"]],
      ["simulate --fault stall@500,se", ["seq-jump", "seq-fall"]],
      ["simulate --fault stall@500,seq-jump,s", ["seq-fall"]],
      ["stream --output k", ["kafka"]],
      ["stream --output -", ["-"]],
      ["record --max", ["--max-frames"]],
      ["schema Bluesky.G", TYPES.filter((type) => type.startsWith("Bluesky.G"))],
      ["completions f", ["fish"]],
      ["help ", NAMES],
      ["help stream ", ["--help", "-h", "--version", "-V"]],
      ["version --v", ["--version"]],
      ["stream -V", ["-V"]],
    ];
    const offered = await zshOffers(zshCompletions(COMMANDS), cases.map(([line]) => `bluesky_firehose ${line}`));
    for (const [i, [line, wanted]] of cases.entries()) {
      assertEquals(offered[i]?.toSorted(), wanted.toSorted(), line);
    }
  },
});

const TYPES = EVENT_TYPES.map(({ type }) => type);

Deno.test("zshCompletions() has every command and every flag", () => {
  const script = zshCompletions(COMMANDS);
  for (const { name, options } of COMMANDS) {
    assertStringIncludes(script, `        ${name})\n`);
    for (const { flag } of Object.values(options)) assertStringIncludes(script, `'--${flag}=`);
  }
});
