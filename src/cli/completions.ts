/**
 * `completions`: what a shell needs to complete commands, flags and their values, from the tables of options.
 *
 * @module
 */
import { meantOr } from "../config/nearest.ts";
import { type Command, reportErrors } from "./command.ts";
import { bashCompletions } from "./completions/bash.ts";
import { fishCompletions } from "./completions/fish.ts";
import { SHELL_NAMES } from "./completions/values.ts";
import { zshCompletions } from "./completions/zsh.ts";
import { PRINTING_EXITS } from "./exit.ts";
import type { CommandHelp } from "./help.ts";

const SCRIPTS: Readonly<Record<typeof SHELL_NAMES[number], (commands: readonly CommandHelp[]) => string>> = {
  bash: bashCompletions,
  zsh: zshCompletions,
  fish: fishCompletions,
};

/** The `completions` command; `commands` are asked for when it runs, as it is one of them. */
export function completionsCommand(commands: () => readonly CommandHelp[]): Command {
  return {
    name: "completions",
    summary: "Print the shell completion script for bash, zsh or fish",
    options: {},
    operands: ["SHELL"],
    examples: [
      {
        before: "mkdir -p ~/.local/share/bash-completion/completions && ",
        line: "completions bash > ~/.local/share/bash-completion/completions/bluesky_firehose",
        does: "for bash with the package bash-completion",
      },
      {
        before: "mkdir -p ~/.zfunc && ",
        line: "completions zsh > ~/.zfunc/_bluesky_firehose",
        does: "for zsh, if ~/.zshrc has fpath+=(~/.zfunc) before compinit",
      },
      {
        before: "mkdir -p ~/.config/fish/completions && ",
        line: "completions fish > ~/.config/fish/completions/bluesky_firehose.fish",
        does: "for fish",
      },
    ],
    exits: PRINTING_EXITS,
    run({ operands, errors }, context) {
      const [name] = operands;
      const shell = SHELL_NAMES.find((known) => known === name);
      const wrong = [...errors, ...(name !== undefined && shell === undefined ? [unknownShell(name)] : [])];
      if (shell === undefined || wrong.length > 0) return Promise.resolve(reportErrors(wrong, [], context));
      context.writeOut(SCRIPTS[shell](commands()));
      return Promise.resolve("ok");
    },
  };
}

function unknownShell(name: string): string {
  return `Cannot complete for the shell ${JSON.stringify(name)}: it is an unknown one; ${meantOr(name, SHELL_NAMES)}`;
}
