/**
 * Picks the command, runs it, turns any error into a message and a status.
 *
 * @module
 */
import { meantOr } from "../config/nearest.ts";
import { hideSecrets } from "../config/secrets.ts";
import { readTable } from "../config/table.ts";
import { FencedError } from "../sink/kafka/errors.ts";
import { parseArgs } from "./args.ts";
import { CHECK } from "./check.ts";
import type { Command } from "./command.ts";
import { completionsCommand } from "./completions.ts";
import { CONSUME } from "./consume.ts";
import type { Context } from "./context.ts";
import { DEMO } from "./demo.ts";
import type { Exit } from "./exit.ts";
import { HEALTH } from "./health.ts";
import { commandHelp, programHelp } from "./help.ts";
import { RECORD } from "./record.ts";
import { SCHEMA } from "./schema.ts";
import { readSecretFiles } from "./secret_files.ts";
import { SIMULATE } from "./simulate.ts";
import { STREAM } from "./stream.ts";
import { VERSION } from "./version.ts";

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  STREAM,
  CHECK,
  CONSUME,
  SCHEMA,
  DEMO,
  SIMULATE,
  RECORD,
  HEALTH,
  completionsCommand(() => COMMANDS),
];

/** Runs the program with these arguments; what went wrong stands on standard error. */
export async function main(argv: readonly string[], context: Context): Promise<Exit> {
  const [name, ...rest] = argv;
  if (name === "--version") {
    context.writeOut(`bluesky_firehose ${VERSION}\n`);
    return "ok";
  }
  if (name === "help" && rest.length > 0) return await main([...rest, "--help"], context);
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    (name === undefined ? context.writeErr : context.writeOut)(programHelp(COMMANDS, STREAM.name));
    return name === undefined ? "failed" : "ok";
  }
  const command = COMMANDS.find((known) => known.name === name);
  if (command === undefined) {
    context.writeErr(`Error: ${unknownCommand(name)}\n`);
    return "usage";
  }
  return await runCommand(command, rest, context);
}

async function runCommand(command: Command, argv: readonly string[], context: Context): Promise<Exit> {
  const { flags, positionals, help, version, mistakes } = parseArgs(
    argv,
    command.options,
    command.operands,
    commandsWith,
  );
  if (help) {
    context.writeOut(commandHelp(command));
    return "ok";
  }
  if (version) {
    context.writeOut(`bluesky_firehose ${VERSION}\n`);
    return "ok";
  }
  const { contents: files, mistakes: unread } = await readSecretFiles(command.options, flags, context.env);
  try {
    return await command.run(
      { flags, operands: positionals, env: context.env, files, mistakes: [...mistakes, ...unread] },
      context,
    );
  } catch (error) {
    if (context.signal.aborted && isAbort(error)) return "ok";
    const message = error instanceof Error ? error.message : String(error);
    const { secrets } = readTable(command.options, flags, context.env, files);
    context.writeErr(`Error: ${hideSecrets(message, secrets)}\n`);
    return error instanceof FencedError ? "fenced" : "failed";
  }
}

/** The names of the commands that have a flag. */
function commandsWith(flag: string): string[] {
  return COMMANDS.filter(({ options }) => Object.values(options).some((spec) => spec.flag === flag))
    .map(({ name }) => name);
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

function unknownCommand(name: string): string {
  const names = COMMANDS.map((command) => command.name);
  // A flag before the command may be followed by a secret, so nothing that begins with a hyphen is repeated.
  if (name.startsWith("-")) return `Cannot use a flag before the command: one of ${names.join(", ")} is wanted first`;
  return `Cannot run ${JSON.stringify(name)}: it is an unknown command, ${meantOr(name, names)}`;
}
