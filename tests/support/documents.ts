/**
 * The documents of the project, and the commands in them.
 *
 * @module
 */

const ROOT = new URL("../../", import.meta.url);

/** Every document, by its path from the root. */
export const DOCUMENT_PATHS: readonly string[] = [
  ...["README.md", "CONTAINER.md", "CONTRIBUTING.md", "EVENTS.md", "SECURITY.md", "CHANGELOG.md"],
  ...documentsIn("docs/"),
  ...documentsIn("examples/"),
];

function documentsIn(folder: string): string[] {
  return [...Deno.readDirSync(new URL(folder, ROOT))].flatMap(({ name, isDirectory }) =>
    isDirectory ? documentsIn(`${folder}${name}/`) : name.endsWith(".md") ? [`${folder}${name}`] : []
  ).sort();
}

/** The text of a file of the project. */
export function readFile(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

/** The source files below a folder of the project, with their paths from the root. */
export function sourceFiles(folder: string): { readonly path: string; readonly text: string }[] {
  return [...Deno.readDirSync(new URL(folder, ROOT))].flatMap(({ name, isDirectory }) =>
    isDirectory ? sourceFiles(`${folder}${name}/`) : [{ path: `${folder}${name}`, text: readFile(`${folder}${name}`) }]
  ).filter(({ path }) => path.endsWith(".ts"));
}

/** A shell block: its command lines, and what it needs that is not on this machine, or null. */
export interface ShellBlock {
  readonly lines: readonly string[];
  readonly needs: string | null;
}

/** The shell blocks of a document, continued lines joined, comments left out; `# Needs NAME` stands first in a block. */
export function shellBlocks(document: string): ShellBlock[] {
  return [...document.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block = ""]) => ({
    needs: /^# Needs (.+)$/m.exec(block)?.[1] ?? null,
    lines: block.replaceAll("\\\n", "").replaceAll("|\n", "| ").split("\n")
      .map((line) => line.replace(/(?:^|\s+)# .*$/, "").trim().replace(/\s+/g, " "))
      .filter((line) => line !== ""),
  }));
}

/** A command line without what is the shell's: a pipe and what is behind it, a file that output goes into. */
function ownPart(line: string): string {
  return line.replace(/ [|>] .*$/, "");
}

/** The arguments of a command line of the program, by any of its names; null if it is another program's. */
export function programArguments(line: string): string[] | null {
  const [, rest] = /^(?:bluesky_firehose|deno task start) (.+)$/.exec(line) ?? [];
  return rest === undefined ? null : ownPart(rest).split(" ").map((each) => each.replace(/^'(.*)'$/, "$1"));
}

/** The anchors that headings get, as GitHub and others make them. */
export function anchorsOf(document: string): string[] {
  return [...document.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")
  );
}
