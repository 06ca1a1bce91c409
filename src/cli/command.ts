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
  /** Mistakes in the arguments and those files, to be told together with those in the values. */
  readonly mistakes: readonly string[];
}

/** One command of the program. */
export interface Command extends CommandHelp {
  run(invocation: Invocation, context: Context): Promise<Exit>;
}

/** Tells all mistakes and warnings on standard error. */
export function tellMistakes(
  mistakes: readonly string[],
  warnings: readonly string[],
  context: Context,
): Exit {
  for (const warning of warnings) context.writeErr(`Warning: ${printable(warning)}\n`);
  for (const mistake of mistakes) context.writeErr(`Error: ${printable(mistake)}\n`);
  return "usage";
}
