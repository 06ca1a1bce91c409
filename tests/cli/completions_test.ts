import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { bashCompletions, fishCompletions, zshCompletions } from "../../src/cli/completions.ts";
import { COMMANDS } from "../../src/cli/main.ts";
import { COLLECTIONS } from "../../src/config/readers.ts";
import { TYPES } from "../../src/events/schema.ts";
import { testNeeding } from "../support/needs.ts";
import { runProgram } from "../support/program.ts";
import { zshOffers } from "../support/zsh_completion.ts";

const NAMES = COMMANDS.map(({ name }) => name);
const GENERAL = ["--help", "--version"];

/** What a shell prints when it runs a script with these arguments. */
async function run(shell: string, args: readonly string[], input: string): Promise<string> {
  const child = new Deno.Command(shell, {
    args: [...args],
    cwd: new URL("../../", import.meta.url).pathname,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { stdout, stderr } = await child.output();
  assertEquals(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout);
}

/** What bash offers for each of these lines, whose words are as bash splits them; the last is being typed. */
async function completeAll(lines: readonly (readonly string[])[]): Promise<string[][]> {
  const asks = lines.map((words) => {
    const quoted = ["bluesky_firehose", ...words].map((word) => `'${word}'`).join(" ");
    return `COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; _bluesky_firehose; echo "\${COMPREPLY[*]}"\n`;
  });
  // Outside of a completion bash has no compopt to give; the script does without it then, as in bash 3.2.
  const printed = await run("bash", ["--norc"], bashCompletions(COMMANDS) + asks.join(""));
  return printed.trimEnd().split("\n").map((line) => line === "" ? [] : line.split(" "));
}

testNeeding(["bash"], {
  name: "bashCompletions() completes commands, flags and values, in one word with the flag or after it",
  fn: async () => {
    const flags = Object.values(COMMANDS.find(({ name }) => name === "stream")?.options ?? {}).map(({ flag }) =>
      `--${flag}`
    );
    const cases: [string[], string[]][] = [
      [[""], [...NAMES, ...GENERAL]],
      [["st"], ["stream"]],
      [["stream", ""], [...flags, ...GENERAL]],
      [["stream", "--kafka-t"], ["--kafka-topic", "--kafka-tls"]],
      [["stream", "--kafka-tls", ""], ["auto", "true", "false"]],
      [["stream", "--kafka-tls", "="], ["auto", "true", "false"]],
      [["stream", "--kafka-tls", "=", "t"], ["true"]],
      [["stream", "--collections", "app.bsky.g"], COLLECTIONS.filter((name) => name.startsWith("app.bsky.g"))],
      [["stream", "--kafka-topic", ""], []],
      [["stream", "--create-topic", "--max-e"], ["--max-events"]],
      [["stream", "--log-level", "debug", "--log-f"], ["--log-format"]],
      [["record", "--f"], ["--firehose-url"]],
      [["record", "LICEN"], ["LICENSE"]],
      [["stream", "--cursor-file", "LICEN"], ["LICENSE"]],
      [["stream", "--output", "k"], ["kafka"]],
      [["schema", "Bluesky.G"], TYPES.filter((type) => type.startsWith("Bluesky.G"))],
      [["schema", "--format", "k"], ["kql"]],
      [["completions", "z"], ["zsh"]],
      [["nothing", ""], []],
    ];
    const offered = await completeAll(cases.map(([words]) => words));
    for (const [i, [words, wanted]] of cases.entries()) assertEquals(offered[i] ?? [], wanted, words.join(" "));
  },
});

testNeeding(["zsh"], {
  name: "zshCompletions() is a script that zsh reads without a complaint",
  fn: async () => assertEquals(await run("zsh", ["-n"], zshCompletions(COMMANDS)), ""),
});

testNeeding(["zsh"], {
  name: "zshCompletions() completes commands, flags and values, in one word with the flag or after it",
  fn: async () => {
    const cases: [string, string[]][] = [
      ["", NAMES],
      ["stream --kafka-t", ["--kafka-topic", "--kafka-tls"]],
      ["stream --kafka-tls ", ["auto", "true", "false"]],
      ["stream --kafka-tls=", ["auto", "true", "false"]],
      ["stream --compression=z", ["zstd"]],
      ["stream --output k", ["kafka"]],
      ["record --max", ["--max-frames"]],
      ["schema Bluesky.G", TYPES.filter((type) => type.startsWith("Bluesky.G"))],
      ["completions f", ["fish"]],
    ];
    const offered = await zshOffers(zshCompletions(COMMANDS), cases.map(([line]) => `bluesky_firehose ${line}`));
    for (const [i, [line, wanted]] of cases.entries()) {
      assertEquals(offered[i]?.toSorted(), wanted.toSorted(), line);
    }
  },
});

testNeeding(["fish"], {
  name: "fishCompletions() completes commands, flags and values",
  fn: async () => {
    const lines = ["", "stream --kafka-tl", "stream --kafka-tls ", "schema Bluesky.G"];
    const asks = lines.map((line) => `complete -C "bluesky_firehose ${line}"; echo END\n`);
    const printed = await run("fish", ["--no-config"], fishCompletions(COMMANDS) + asks.join(""));
    const offered = printed.split("END\n").map((part) => part.split("\n").map((line) => line.split("\t")[0] ?? ""));
    assertEquals(offered[0]?.filter((word) => word !== ""), NAMES.toSorted());
    assertEquals(offered[2]?.filter((word) => word !== ""), ["auto", "false", "true"]);
    assertStringIncludes(printed, "--kafka-tls");
    assertStringIncludes(printed, "Bluesky.Graph.Block");
  },
});

Deno.test("zshCompletions() and fishCompletions() have every command and every flag", () => {
  const [forZsh, forFish] = [zshCompletions(COMMANDS), fishCompletions(COMMANDS)];
  for (const { name, options } of COMMANDS) {
    assertStringIncludes(forZsh, `        ${name})\n`);
    assertStringIncludes(forFish, ` -n __fish_use_subcommand -a ${name} `);
    for (const { flag } of Object.values(options)) {
      assertStringIncludes(forZsh, `'--${flag}=`);
      assert(forFish.includes(`'__fish_seen_subcommand_from ${name}' -l ${flag} `), flag);
    }
  }
});

Deno.test("completions prints the script of a shell, and tells which shells it knows", async () => {
  const [known, unknown, none] = await Promise.all([
    runProgram(["completions", "bash"]),
    runProgram(["completions", "bahs"]),
    runProgram(["completions"]),
  ]);
  assertEquals([known.code, known.stdout], [0, bashCompletions(COMMANDS)]);
  assertEquals(unknown.code, 2);
  assertStringIncludes(unknown.stderr, '"bash" is the nearest known one');
  assertEquals([none.code, none.stderr], [2, "Error: Cannot start without SHELL: it is missing, one is wanted\n"]);
});
