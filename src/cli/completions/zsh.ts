/**
 * Completion for zsh.
 *
 * @module
 */
import type { OptionSpec } from "../../config/option.ts";
import { PROGRAM } from "../../version.ts";
import type { CommandHelp } from "../help.ts";
import { optionsOf, valuesOf } from "./values.ts";

/** A script for zsh 5.0 and later, to be put into a folder of $fpath or to be sourced. */
export function zshCompletions(commands: readonly CommandHelp[]): string {
  const described = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary.replaceAll(":", "\\:")}`)}`);
  const cases = commands.map((command) => {
    const specs = [
      ...optionsOf(command).map((spec) => quoted(option(spec, commands))),
      "'(-h --help)'{-h,--help}'[Print this help]'",
      "'(-V --version)'{-V,--version}'[Print the version]'",
      ...command.operands.map((operand) => {
        const mayBeMissing = operand.startsWith("[") ? ":" : "";
        return quoted(`${mayBeMissing}:${value(operand, commands)}`);
      }),
    ];
    return `        ${command.name})\n          _arguments -S \\\n            ${
      specs.join(" \\\n            ")
    }\n          ;;`;
  });
  return `#compdef ${PROGRAM}
# Completion of ${PROGRAM} for zsh.
_${PROGRAM}_list() {
  local -a items used
  items=("$@")
  if [[ $PREFIX == *,* ]] used=(\${\${(s:,:)PREFIX%,*}%%@*})
  compset -P '*,'
  compadd -qS , -- \${items:|used}
}
_${PROGRAM}() {
  local curcontext=$curcontext state line
  local -a commands
  commands=(
${described.join("\n")}
  )
  _arguments -C '(- *)'{-h,--help}'[Print this help]' '(- *)'{-V,--version}'[Print the version]' \\
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

function option({ flag, placeholder, implicitValue, doc }: OptionSpec, commands: readonly CommandHelp[]): string {
  const text = doc.replace(/[[\]:\\]/g, "\\$&");
  return `--${flag}=[${text}]:${implicitValue === undefined ? "" : ":"}${value(placeholder, commands)}`;
}

function value(placeholder: string, commands: readonly CommandHelp[]): string {
  const { words, files, list } = valuesOf(placeholder, commands);
  const message = placeholder.replace(/[[\]]/g, "").replaceAll(":", "\\:");
  if (words.length === 0) return `${message}:${files ? "_files" : " "}`;
  if (list) return `${message}: _${PROGRAM}_list ${words.join(" ")}`;
  return `${message}:${files ? `{compadd -- ${words.join(" ")}; _files}` : `(${words.join(" ")})`}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
