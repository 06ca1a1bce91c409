/**
 * The values that shells complete, as the hints of options and operands name them.
 *
 * @module
 */
import type { OptionSpec } from "../../config/option.ts";
import { COLLECTIONS, EVENT_TYPES } from "../../events/registry.ts";
import { FAULTS } from "../../simulator/faults.ts";
import { MIX_WORDS } from "../../simulator/mix.ts";
import type { CommandHelp } from "../help.ts";

/** The shells that can complete. */
export const SHELL_NAMES = ["bash", "zsh", "fish"] as const;

/** What may stand in the place of a value; of most values nothing is known. */
export interface Values {
  readonly words: readonly string[];
  /** Whether the path of a file may stand there. */
  readonly files: boolean;
  /** Whether several may stand there, with commas between them. */
  readonly list: boolean;
}

/** The words that stand in hints for what the program knows. */
const KNOWN: { readonly [placeholder: string]: readonly string[] } = {
  FAULT: Object.keys(FAULTS),
  MIX: ["network", ...MIX_WORDS],
  NSID: COLLECTIONS,
  SHELL: SHELL_NAMES,
  TYPE: EVENT_TYPES.map(({ type }) => type),
};

/**
 * The values that a placeholder names: `auto|true|false`, `TYPE,...`, `kafka|-|PATH`, `FAULT[@N],...`, `[TYPE]`; `COMMAND` is
 * one of `commands`.
 */
export function valuesOf(placeholder: string, commands: readonly CommandHelp[]): Values {
  const list = placeholder.includes(",...");
  const parts = placeholder.replace(/,\.\.\./g, "").split("|").map((part) =>
    part.replace(/^\[(.*)\]$/, "$1").replace(/\[.*\]$/, "")
  );
  const words = parts.flatMap((part) => {
    if (part === "COMMAND") return commands.map(({ name }) => name);
    return KNOWN[part] ?? (/^(?:-|[a-z][a-z0-9-]*)$/.test(part) ? [part] : []);
  });
  return { words, files: parts.some((part) => part === "PATH" || part === "FILE"), list };
}

/** The flags whose next word is their value, of a command that has operands; of others nobody has to know. */
export function valuedFlags(command: CommandHelp): readonly string[] {
  if (command.operands.length === 0) return [];
  return optionsOf(command).filter(({ implicitValue }) => implicitValue === undefined).map(({ flag }) => `--${flag}`);
}

/** The options of a command. */
export function optionsOf(command: CommandHelp): readonly OptionSpec[] {
  return Object.values(command.options);
}
