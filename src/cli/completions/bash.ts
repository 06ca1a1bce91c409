/**
 * Completion for bash.
 *
 * @module
 */
import { PROGRAM } from "../../version.ts";
import type { CommandHelp } from "../help.ts";
import { optionsOf, valuedFlags, type Values, valuesOf } from "./values.ts";

/** The flags of every command. */
const GENERAL = "--help -h --version -V";

/** A script for bash 3.2 and later. */
export function bashCompletions(commands: readonly CommandHelp[]): string {
  const flags = commands.map((command) =>
    `      ${wordsOf(command)}) flags="${[...optionsOf(command).map(({ flag }) => `--${flag}`), GENERAL].join(" ")}" ;;`
  );
  const values = commands.flatMap((command) => [
    ...optionsOf(command).map(({ flag, placeholder, implicitValue }) => {
      // Where a value may be missing, a flag may stand in its place.
      const only = implicitValue === undefined ? " flags=" : "";
      return `      "${command.name} --${flag}") ${assignments(valuesOf(placeholder, commands))}${only} ;;`;
    }),
    ...command.operands.slice(0, 1).map((operand) => {
      const pattern = wordsOf(command).split("|").map((word) => `"${word} "*`).join("|");
      return `      ${pattern}) [[ -n $taken ]] || ${assignments(valuesOf(operand, commands))} ;;`;
    }),
  ]);
  const valued = commands.flatMap((command) => valuedFlags(command).map((flag) => `"${command.name} ${flag}"`));
  return `# Completion of ${PROGRAM} for bash.
_${PROGRAM}() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  local flags= words= files= list= prefix= left= item taken= i
  COMPREPLY=()
  # Bash takes --flag=value for three words.
  if [[ $word == = ]]; then
    word=
  elif [[ $before == = ]]; then
    before=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  # Whether an operand was given: a word that is neither a flag nor the value of one.
  for ((i = 2; i < COMP_CWORD; i++)); do
    item=\${COMP_WORDS[i]}
    if [[ \${COMP_WORDS[i+1]} == = ]]; then
      ((i += 2))
    elif [[ $item != -* ]]; then
      taken=1
    else
      case "$command $item" in
        ${valued.join("|")}) ((i++)) ;;
      esac
    fi
  done
  if ((COMP_CWORD == 1)); then
    words="${[...commands.map(({ name }) => name), GENERAL].join(" ")}"
  else
    case "$command" in
${flags.join("\n")}
    esac
    case "$command $before" in
${values.join("\n")}
    esac
  fi
  if [[ -n $flags && ( $word == -* || -z $words$files ) ]]; then
    words=$flags files= list=
  fi
  if [[ -n $list ]]; then
    compopt -o nospace 2>/dev/null
    if [[ $word == *,* ]]; then
      prefix=\${word%,*},
      for item in $words; do
        [[ ,$prefix == *,$item,* || ,$prefix == *,$item@* ]] || left="$left $item"
      done
      words=$left word=\${word##*,}
    fi
  fi
  COMPREPLY=($(compgen -P "$prefix" -W "$words" -- "$word"))
  if [[ -n $files && \${#COMPREPLY[@]} -eq 0 ]]; then
    compopt -o default 2>/dev/null || COMPREPLY=($(compgen -f -- "$word"))
  fi
}
complete -F _${PROGRAM} ${PROGRAM}
`;
}

/** The words that pick a command. */
function wordsOf({ name }: CommandHelp): string {
  return name === "help" ? "help|--help|-h" : name;
}

function assignments({ words, files, list }: Values): string {
  return `words="${words.join(" ")}"${files ? " files=1" : ""}${list && words.length > 0 ? " list=1" : ""}`;
}
