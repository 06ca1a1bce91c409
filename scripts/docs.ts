/**
 * Writes the parts of the documents that come from tables in the code, between `<!-- generated:NAME -->` and
 * `<!-- /generated:NAME -->`. With `--check` it only compares, and fails where a document differs.
 *
 * @module
 */
import { exitMarkdown, optionsMarkdown } from "../src/cli/help.ts";
import { OPTIONS } from "../src/config/options.ts";
import { EVENT_TYPES, type FieldSpec } from "../src/events/schema.ts";
import { REASONS } from "../src/rejected.ts";

/** Every generated section, by name. */
export const SECTIONS: { readonly [name: string]: () => string } = {
  "options": () => optionsMarkdown(OPTIONS),
  "exit-codes": exitMarkdown,
  "rejections": () => table(["Reason", "Meaning"], Object.entries(REASONS).map(([name, doc]) => [`\`${name}\``, doc])),
  "event-types": () =>
    table(
      ["Type", "Collection", "Meaning"],
      Object.entries(EVENT_TYPES).map(([type, { collection, doc }]) => [`\`${type}\``, `\`${collection}\``, doc]),
    ),
  "event-fields": () =>
    Object.entries(EVENT_TYPES).map(([type, { fields }]) => `### ${type}\n\n${fieldTable(fields)}`).join("\n\n"),
};

/** The documents that hold generated sections. */
export const DOCUMENTS = ["README.md", "EVENTS.md", "CONTAINER.md"] as const;

function fieldTable(fields: { readonly [name: string]: FieldSpec }): string {
  const rows = Object.entries(fields).map(([name, { type, nullable, doc }]) => [
    `\`${name}\``,
    `${type}${nullable ? " or null" : ""}`,
    doc,
  ]);
  return table(["Field", "Type", "Meaning"], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/**
 * The document with every generated section as the code has it now.
 *
 * @throws {TypeError} at a section whose name nobody knows
 */
export function generate(document: string): string {
  return document.replace(
    /<!-- generated:([a-z-]+) -->[^]*?<!-- \/generated:\1 -->/g,
    (_, name: string) => {
      const section = SECTIONS[name];
      if (section === undefined) throw new TypeError(`Cannot generate "${name}": it is in no row of SECTIONS`);
      return `<!-- generated:${name} -->\n<!-- deno-fmt-ignore-start -->\n\n${section().trim()}\n\n` +
        `<!-- deno-fmt-ignore-end -->\n<!-- /generated:${name} -->`;
    },
  );
}

if (import.meta.main) {
  const isCheck = Deno.args.includes("--check");
  const stale: string[] = [];
  for (const path of DOCUMENTS) {
    const found = await Deno.readTextFile(path);
    const wanted = generate(found);
    if (found === wanted) continue;
    stale.push(path);
    if (!isCheck) await Deno.writeTextFile(path, wanted);
  }
  if (isCheck && stale.length > 0) {
    const text = `Error: ${stale.join(", ")} differ from the code: run "deno task docs"\n`;
    Deno.stderr.writeSync(new TextEncoder().encode(text));
    Deno.exitCode = 1;
  }
}
