import { assertEquals } from "@std/assert";
import { commandHelp, programHelp } from "../../src/cli/help.ts";
import { helpCommand, unknownCommand } from "../../src/cli/help_command.ts";
import { COMMANDS } from "../../src/cli/main.ts";
import { STREAM } from "../../src/cli/stream.ts";
import { FakeContext } from "../support/context.ts";

const HELP = helpCommand(() => COMMANDS);

async function help(operands: readonly string[], context: FakeContext): Promise<string> {
  return await HELP.run({ flags: {}, operands, env: {}, files: {}, errors: [] }, context);
}

Deno.test("help prints what the terminal has room for, and 80 columns where it prints to none", async () => {
  for (const [outTerminal, columns, width] of [[true, 50, 50], [true, 200, 100], [false, 50, 80]] as const) {
    // What standard error is does not count.
    const context = new FakeContext({}, { terminal: !outTerminal, outTerminal }, columns);
    assertEquals(await help([], context), "ok");
    assertEquals(await help(["stream"], context), "ok");
    assertEquals(context.out, programHelp(COMMANDS, width) + commandHelp(STREAM, width));
  }
});

Deno.test("help tells an unknown command, and names the nearest", async () => {
  const context = new FakeContext();
  assertEquals(await help(["steam"], context), "usage");
  assertEquals(context.err, 'Error: Cannot run "steam": it is an unknown command; "stream" is the nearest known one\n');
  assertEquals(context.out, "");
});

Deno.test("unknownCommand() does not repeat what begins with a hyphen", () => {
  assertEquals(
    unknownCommand("--sasl-password=canary", [STREAM, HELP]),
    "Cannot use a flag before the command; expected one of stream, help first",
  );
});
