import { assertEquals, assertStringIncludes } from "@std/assert";
import { bashCompletions } from "../../src/cli/completions/bash.ts";
import { fishCompletions } from "../../src/cli/completions/fish.ts";
import { zshCompletions } from "../../src/cli/completions/zsh.ts";
import { COMMANDS, main } from "../../src/cli/main.ts";
import { FakeContext } from "../support/context.ts";

async function completions(...args: string[]): Promise<{ exit: string; out: string; err: string }> {
  const context = new FakeContext();
  const exit = await main(["completions", ...args], context);
  return { exit, out: context.out, err: context.err };
}

Deno.test("completions prints the script of a shell, and tells which shells it knows", async () => {
  assertEquals(await completions("bash"), { exit: "ok", out: bashCompletions(COMMANDS), err: "" });
  assertEquals(await completions("zsh"), { exit: "ok", out: zshCompletions(COMMANDS), err: "" });
  assertEquals(await completions("fish"), { exit: "ok", out: fishCompletions(COMMANDS), err: "" });
  const unknown = await completions("bahs");
  assertEquals([unknown.exit, unknown.out], ["usage", ""]);
  assertStringIncludes(unknown.err, '"bash" is the nearest known one');
  assertEquals(await completions(), {
    exit: "usage",
    out: "",
    err: "Error: Cannot start without SHELL: it is missing; expected one\n",
  });
});
