/**
 * Picks the command, runs it, turns any error into a message and a status.
 *
 * @module
 */
import type { Context } from "../app/process.ts";
import { readTable } from "../config/table.ts";
import { FencedError } from "../kafka/client/errors.ts";
import { printable } from "../text/printable.ts";
import { redactor } from "../text/redact.ts";
import { errorAdvice } from "./advice.ts";
import { parseArgs } from "./args.ts";
import { CHECK } from "./check.ts";
import { type Command, reportErrors } from "./command.ts";
import { completionsCommand } from "./completions.ts";
import { CONSUME } from "./consume.ts";
import { DEMO } from "./demo.ts";
import type { Exit } from "./exit.ts";
import { HEALTH } from "./health.ts";
import { helpWidth, programHelp } from "./help.ts";
import { helpCommand, unknownCommand } from "./help_command.ts";
import { RECORD } from "./record.ts";
import { SCHEMA } from "./schema.ts";
import { readSecretFiles } from "./secret_files.ts";
import { SIMULATE } from "./simulate.ts";
import { STREAM } from "./stream.ts";
import { VERSION_COMMAND } from "./version_command.ts";

const HELP = helpCommand(() => COMMANDS);

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
  HELP,
  VERSION_COMMAND,
];

/** Flags that may stand in place of a command. */
const STAND_FOR: ReadonlyMap<string, string> = new Map([
  ["--help", "help"],
  ["-h", "help"],
  ["--version", "version"],
  ["-V", "version"],
]);

/** Runs the program with these arguments; what went wrong stands on standard error. */
export async function main(argv: readonly string[], context: Context): Promise<Exit> {
  const [name, ...rest] = argv;
  if (name === undefined) {
    context.writeErr(programHelp(COMMANDS, helpWidth(context.terminal, context.columns)));
    return "failed";
  }
  const command = COMMANDS.find((known) => known.name === (STAND_FOR.get(name) ?? name));
  if (command === undefined) return reportErrors([unknownCommand(name, COMMANDS)], [], context);
  return await runCommand(command, rest, context);
}

async function runCommand(command: Command, argv: readonly string[], context: Context): Promise<Exit> {
  const { flags, positionals, help, version, errors } = parseArgs(
    argv,
    command.options,
    command.operands,
    commandsWith,
  );
  // With either of them nothing else counts, but for the command whose help is asked for.
  if (help && command !== HELP) return await runCommand(HELP, [command.name], context);
  if (version) return await runCommand(VERSION_COMMAND, [], context);
  const { contents: files, errors: unread } = await readSecretFiles(command.options, flags, context.env);
  try {
    return await command.run(
      { flags, operands: positionals, env: context.env, files, errors: [...errors, ...unread] },
      context,
    );
  } catch (error) {
    if (context.signal.aborted && isAbort(error)) return "ok";
    const message = error instanceof Error ? error.message : String(error);
    const { secrets } = readTable(command.options, flags, context.env, files);
    context.writeErr(`Error: ${printable(redactor(secrets)(message))}\n`);
    const advice = errorAdvice(error);
    if (advice !== null) context.writeErr(`-> ${advice}\n`);
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
