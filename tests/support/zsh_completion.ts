/**
 * What zsh offers when the tabulator key is pressed, on a terminal of its own.
 *
 * @module
 */
import { TestFolder } from "./folder.ts";

/** For each line a shell that completes it: what it offers is written to its terminal, and then it ends. */
const DRIVER = `zmodload zsh/zpty
setup=$1
shift
for line in "$@"; do
  zpty shell zsh -f -i
  zpty -w shell "PS1= PROMPT_EOL_MARK=; stty -echo; source $setup"
  zpty -w -n shell "$line"$'\\t'
  shown=
  while zpty -r shell chunk; do shown+=$chunk; done
  zpty -d shell
  print -r -- "LINE"
  print -r -- "$shown" | tr -d '\\r' | sed -n 's/^OFFER //p'
done
`;

/**
 * The first shell keeps a list of all functions of zsh for the others, which would look for them most of the time. Adding a
 * completion tells it too, but not where zsh only asks which ones there would be.
 */
const SETUP = `autoload -Uz compinit && compinit -u -C -d DUMP
source SCRIPT
zstyle ':completion:*' insert-tab false
compadd() {
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
  local -a offers
  builtin compadd -A offers "$@"
  (( $#offers )) && print -rl -- "" OFFER\\ $^offers
  builtin compadd "$@"
}
leave() { exit }
comppostfuncs=(leave)
bindkey '^I' complete-word
`;

/** What zsh offers for each of these lines with a script of completions. */
export async function zshOffers(script: string, lines: readonly string[]): Promise<string[][]> {
  await using folder = new TestFolder();
  const [driver, setup, source] = [folder.file("driver.zsh"), folder.file("setup.zsh"), folder.file("script.zsh")];
  await Deno.writeTextFile(driver, DRIVER);
  await Deno.writeTextFile(setup, SETUP.replace("SCRIPT", source).replace("DUMP", folder.file("dump")));
  await Deno.writeTextFile(source, script);
  const { stdout, stderr } = await new Deno.Command("zsh", { args: ["-f", driver, setup, ...lines] }).output();
  if (stderr.length > 0) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).split("LINE\n").slice(1)
    .map((part) => part.split("\n").filter((line) => line !== ""));
}
