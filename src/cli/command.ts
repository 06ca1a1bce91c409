/**
 * What a command is.
 *
 * @module
 */
import type { Context } from "../app/process.ts";
import type { Environment, FlagTexts } from "../config/table.ts";
import { printable } from "../text/printable.ts";
import type { Exit } from "./exit.ts";
import type { CommandHelp } from "./help.ts";

/** The flags and operands of one call, as text. */
export interface Invocation {
  readonly flags: FlagTexts;
  readonly operands: readonly string[];
  readonly env: Environment;
  /** What the files of secrets hold, by the name of the secret option. */
  readonly files: FlagTexts;
  /** Errors in the arguments and those files, to be reported together with those in the values. */
  readonly errors: readonly string[];
}

/** One command of the program. */
export interface Command extends CommandHelp {
  run(invocation: Invocation, context: Context): Promise<Exit>;
}

/** Reports all errors and warnings on standard error. */
export function reportErrors(
  errors: readonly string[],
  warnings: readonly string[],
  context: Context,
): Exit {
  for (const warning of warnings) context.writeErr(`Warning: ${printable(warning)}\n`);
  for (const error of errors) context.writeErr(`Error: ${printable(error)}\n`);
  return "usage";
}
