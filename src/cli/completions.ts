/**
 * `completions`: what a shell needs to complete commands, flags and their values, from the tables of options.
 *
 * @module
 */
import type { OptionSpec } from "../config/options.ts";
import { COLLECTIONS } from "../config/readers.ts";
import { TYPES } from "../events/schema.ts";
import { type Command, tellMistakes } from "./command.ts";
import { PRINTING_EXITS } from "./exit.ts";
import type { CommandHelp } from "./help.ts";
import { meantOr } from "../config/nearest.ts";

const PROGRAM = "bluesky_firehose";

const SHELLS = {
  bash: bashCompletions,
  zsh: zshCompletions,
  fish: fishCompletions,
} as const satisfies Record<string, (commands: readonly CommandHelp[]) => string>;

/** The `completions` command; `commands` are asked for when it runs, as it is one of them. */
export function completionsCommand(commands: () => readonly CommandHelp[]): Command {
  return {
    name: "completions",
    summary: "Print what bash, zsh or fish needs to complete commands, flags and values",
    options: {},
    operands: ["SHELL"],
    examples: [
      {
        before: "mkdir -p ~/.local/share/bash-completion/completions && ",
        line: "completions bash > ~/.local/share/bash-completion/completions/bluesky_firehose",
        does: "for bash with its package bash-completion",
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
    run({ operands, mistakes }, context) {
      const [name] = operands;
      const shell = Object.entries(SHELLS).find(([known]) => known === name)?.[1];
      const wrong = [...mistakes, ...(name !== undefined && shell === undefined ? [unknownShell(name)] : [])];
      if (shell === undefined || wrong.length > 0) return Promise.resolve(tellMistakes(wrong, [], context));
      context.writeOut(shell(commands()));
      return Promise.resolve("ok");
    },
  };
}

function unknownShell(name: string): string {
  const shells = Object.keys(SHELLS);
  return `Cannot complete for the shell ${JSON.stringify(name)}: it is an unknown one, ${meantOr(name, shells)}`;
}

/** What may stand in the place of a value: some words, the path of a file, or both; of most values nothing is known. */
interface Values {
  readonly words: readonly string[];
  readonly files: boolean;
}

/** The words that stand in hints for what the program knows. */
const KNOWN: { readonly [hint: string]: readonly string[] } = {
  NSID: COLLECTIONS,
  SHELL: Object.keys(SHELLS),
  TYPE: TYPES,
};

/** The values that a hint names: `auto|true|false`, `TYPE,...`, `kafka|-|PATH`, `[TYPE]`. */
function valuesOf(hint: string): Values {
  const parts = hint.replace(/[[\]]|,\.\.\./g, "").split("|");
  const words = parts.flatMap((part) => KNOWN[part] ?? (/^[a-z][a-z0-9-]*$/.test(part) ? [part] : []));
  return { words, files: parts.some((part) => part === "PATH" || part === "FILE") };
}

function flagsOf(command: CommandHelp): readonly OptionSpec[] {
  return Object.values(command.options);
}

/** A script for bash 3.2 and later. */
export function bashCompletions(commands: readonly CommandHelp[]): string {
  const rows = commands.flatMap((command) => [
    ...flagsOf(command).filter(({ alone }) => alone === undefined).map(({ flag, hint }) =>
      bashCase(`"${command.name} --${flag}"`, valuesOf(hint), [])
    ),
    bashCase(
      `"${command.name} "*`,
      valuesOf(command.operands[0] ?? ""),
      [...flagsOf(command).map(({ flag }) => `--${flag}`), "--help", "--version"],
    ),
  ]);
  const first = [...commands.map(({ name }) => name), "--help", "--version"].join(" ");
  return `# Completion of ${PROGRAM} for bash.
_${PROGRAM}() {
  local word=\${COMP_WORDS[COMP_CWORD]} flag=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]} words= files=
  COMPREPLY=()
  # Bash takes --flag=value for three words.
  if [[ $word == = ]]; then
    word=
  elif [[ $flag == = ]]; then
    flag=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  if ((COMP_CWORD == 1)); then
    words="${first}"
  else
    case "$command $flag" in
${rows.join("\n")}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  if [[ -n $files && \${#COMPREPLY[@]} -eq 0 ]]; then
    compopt -o default 2>/dev/null || COMPREPLY=($(compgen -f -- "$word"))
  fi
}
complete -F _${PROGRAM} ${PROGRAM}
`;
}

function bashCase(pattern: string, { words, files }: Values, flags: readonly string[]): string {
  const set = `words="${[...words, ...flags].join(" ")}"${files ? " files=1" : ""}`;
  return `      ${pattern}) ${set} ;;`;
}

/** A script for zsh, to be put into a folder of $fpath or to be sourced. */
export function zshCompletions(commands: readonly CommandHelp[]): string {
  const described = commands.map(({ name, summary }) => `    ${single(`${name}:${summary.replaceAll(":", "\\:")}`)}`);
  const cases = commands.map((command) => {
    const specs = [
      ...flagsOf(command).map((spec) => single(zshOption(spec))),
      ...["'(-h --help)'{-h,--help}'[Print this help]'", "'--version[Print the version]'"],
      ...command.operands.map((operand) => single(`${operand.startsWith("[") ? ":" : ""}:${zshValue(operand)}`)),
    ];
    return `        ${command.name})\n          _arguments -S \\\n            ${
      specs.join(" \\\n            ")
    }\n          ;;`;
  });
  return `#compdef ${PROGRAM}
# Completion of ${PROGRAM} for zsh.
_${PROGRAM}() {
  local curcontext=$curcontext state line
  local -a commands
  commands=(
${described.join("\n")}
  )
  _arguments -C '(- *)'{-h,--help}'[Print this help]' '(- *)--version[Print the version]' \\
    '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe -t commands command commands ;;
    argument)
      case $words[1] in
${cases.join("\n")}
      esac
      ;;
  esac
}
if [[ $funcstack[1] == _${PROGRAM} ]]; then
  _${PROGRAM} "$@"
else
  compdef _${PROGRAM} ${PROGRAM}
fi
`;
}

function zshOption({ flag, hint, alone, doc }: OptionSpec): string {
  const text = doc.replace(/[[\]:\\]/g, "\\$&");
  // A value that may be missing only counts in the same word.
  return alone === undefined ? `--${flag}=[${text}]:${zshValue(hint)}` : `--${flag}=-[${text}]::${zshValue(hint)}`;
}

function zshValue(hint: string): string {
  const { words, files } = valuesOf(hint);
  const message = hint.replace(/[[\]]/g, "").replaceAll(":", "\\:");
  const choice = words.length === 0 ? "" : `(${words.join(" ")})`;
  if (files && choice !== "") return `${message}:{compadd ${words.join(" ")}; _files}`;
  return `${message}:${files ? "_files" : choice === "" ? " " : choice}`;
}

/** A script for fish. */
export function fishCompletions(commands: readonly CommandHelp[]): string {
  const lines = [
    `# Completion of ${PROGRAM} for fish.`,
    `complete -c ${PROGRAM} -f`,
    `complete -c ${PROGRAM} -s h -l help -d 'Print this help'`,
    `complete -c ${PROGRAM} -l version -d 'Print the version'`,
    ...commands.map(({ name, summary }) =>
      `complete -c ${PROGRAM} -n __fish_use_subcommand -a ${name} -d ${fishQuoted(summary)}`
    ),
  ];
  for (const command of commands) {
    const seen = `complete -c ${PROGRAM} -n '__fish_seen_subcommand_from ${command.name}'`;
    for (const { flag, hint, alone, doc } of flagsOf(command)) {
      const { words, files } = valuesOf(hint);
      const value = alone !== undefined ? "" : files ? " -r -F" : " -x";
      const choice = alone !== undefined || words.length === 0 ? "" : ` -a ${fishQuoted(words.join(" "))}`;
      lines.push(`${seen} -l ${flag}${value}${choice} -d ${fishQuoted(doc)}`);
    }
    for (const { words, files } of command.operands.map(valuesOf)) {
      lines.push(`${seen}${files ? " -F" : ""}${words.length === 0 ? "" : ` -a ${fishQuoted(words.join(" "))}`}`);
    }
  }
  return lines.join("\n") + "\n";
}

function single(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Between single quotes fish takes a backslash before a quote and before another backslash as an escape. */
function fishQuoted(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}
