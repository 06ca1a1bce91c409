/**
 * Words of our own for which the field has a term, and where people would read them: in the documents, and in the texts
 * of the program (options, metrics, log lines, errors). `deno task docs --check` refuses them. CHANGELOG.md is left out: it
 * quotes what earlier versions said.
 *
 * @module
 */

/** A word, and what to write instead. */
export interface OwnWord {
  /** Matches the word alone, in whatever text it stands. */
  readonly pattern: RegExp;
  readonly instead: string;
}

/** Only words without another use: "alone", "answer" and "number" have one, so they are not among them. */
export const OWN_WORDS: readonly OwnWord[] = [
  { pattern: /\beldest\b/i, instead: "oldest" },
  { pattern: /\bmend(?:s|ed|ing)?\b/i, instead: "fix" },
  { pattern: /\bweakness(?:es)?\b/i, instead: "vulnerability" },
  { pattern: /\bmistakes?\b/i, instead: "error" },
  { pattern: /\bhappenings?\b/i, instead: "event" },
  { pattern: /\bunusable\b/i, instead: "invalid, undecodable" },
  { pattern: /\bunmappable\b/i, instead: "invalid" },
  { pattern: /\bgo(?:es)? on\b/i, instead: "resume, continue" },
  { pattern: /\bgoing on\b/i, instead: "resuming, continuing" },
  { pattern: /\btold\b/i, instead: "reported, logged" },
  { pattern: /\btells? of\b/i, instead: "report" },
  { pattern: /\bwhat comes next\b/i, instead: "the next unread event" },
  { pattern: /\bstands? twice\b/i, instead: "is duplicated, is given twice" },
  { pattern: /\bsigns? of life\b/i, instead: "heartbeat, liveness" },
  { pattern: /\bslabs?\b/i, instead: "buffer, arena" },
  { pattern: /\blanes?\b/i, instead: "partition queue" },
  { pattern: /\bOutRecords?\b/, instead: "ProducerRecord" },
  { pattern: /\bRecordBlocks?\b/, instead: "RepoOp" },
  { pattern: /\b(?:short|plain) way\b/i, instead: "fast path, generic path" },
  { pattern: /\btrusting whoever\b/i, instead: "accepting any" },
  { pattern: /\bwho is who\b/i, instead: "identities" },
];

/** One such word in a text. */
export interface Found {
  /** From 1. */
  readonly line: number;
  readonly word: string;
  readonly instead: string;
}

/** The words of our own in a document: not in code, and not in the targets of links, which may have names of tests. */
export function wordsInDocument(document: string): Found[] {
  const prose = document
    .replace(/^```[^]*?^```$/gm, blank)
    .replace(/`[^`]*`/g, blank)
    .replace(/\]\([^()]*(?:\([^()]*\)[^()]*)*\)/g, blank);
  return wordsIn(prose);
}

/** The words of our own in the texts of a module: literals with a space, outside of comments. */
export function wordsInModule(source: string): Found[] {
  const texts = source.replace(/^\s*(?:\/\/|\/?\*).*$/gm, "").split("\n").map((line) =>
    [...line.matchAll(/"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`?/g)].map(([text]) => text)
      .map((text) => text.replace(/\$\{[^{}]*\}/g, "…"))
      .filter((text) => text.includes(" ")).join(" ")
  );
  return wordsIn(texts.join("\n"));
}

/** Folders of documents, and of modules. */
const FOLDERS = ["core/", "docs/", "examples/", "src/"];

/** All of them below the project's root, one line each: where it is, and what to write instead. */
export async function ownWordsBelow(root: URL): Promise<string[]> {
  const paths = await filesIn(root, "", false);
  for (const folder of FOLDERS) paths.push(...await filesIn(root, folder, true));
  const found: string[] = [];
  for (const path of paths.sort()) {
    const isDocument = path.endsWith(".md") && path !== "CHANGELOG.md";
    if (!isDocument && !(path.startsWith("src/") && path.endsWith(".ts"))) continue;
    const text = await Deno.readTextFile(new URL(path, root));
    for (const { line, word, instead } of isDocument ? wordsInDocument(text) : wordsInModule(text)) {
      found.push(`${path}:${line}: "${word}"; expected ${instead}`);
    }
  }
  return found;
}

async function filesIn(root: URL, folder: string, isDeep: boolean): Promise<string[]> {
  const paths: string[] = [];
  try {
    for await (const { name, isDirectory, isFile } of Deno.readDir(new URL(folder, root))) {
      if (isFile) paths.push(`${folder}${name}`);
      else if (isDirectory && isDeep && !IGNORED.includes(name)) {
        paths.push(...await filesIn(root, `${folder}${name}/`, true));
      }
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return paths;
}

const IGNORED = ["node_modules", "target", "build"];

/** Of each line, each word once. */
function wordsIn(text: string): Found[] {
  return text.split("\n").flatMap((line, index) =>
    OWN_WORDS.flatMap(({ pattern, instead }) => {
      const word = pattern.exec(line)?.[0];
      return word === undefined ? [] : [{ line: index + 1, word, instead }];
    })
  );
}

/** Keeps the lines of what is taken out. */
function blank(text: string): string {
  return text.replace(/[^\n]+/g, " ");
}
