/**
 * Writes what comes from tables in the code: the parts of documents between `<!-- generated:NAME -->` and
 * `<!-- /generated:NAME -->`, and the files of schemas/. With `--check` it only compares, and fails where one differs, or
 * where people would read a word that is not the field's (words.ts).
 *
 * @module
 */
import { ownWordsBelow } from "./words.ts";
import { growthText, reportText, sizingText } from "./performance_report.ts";
import performanceReport from "../docs/performance.json" with { type: "json" };
import { STREAM_EXITS } from "../src/cli/exit.ts";
import { exitMarkdown, optionsMarkdown } from "../src/cli/help.ts";
import { OPTIONS } from "../src/config/config.ts";
import { FORMS } from "../src/schemas/forms.ts";
import {
  ACCOUNT_ENVELOPE,
  type AttributeSpec,
  ENVELOPE,
  type EventDefinition,
  EVERY_OTHER,
  STREAM_ENVELOPE,
} from "../src/events/definition.ts";
import type { FieldSpec } from "../src/events/fields.ts";
import { EVENT_TYPES } from "../src/events/registry.ts";
import { LEAVE_CAUSES, TROUBLE_KINDS } from "../src/telemetry/causes.ts";
import { createFigures } from "../src/telemetry/metrics.ts";
import { programOf } from "../src/app/program.ts";
import { UNREADY } from "../src/telemetry/readiness.ts";
import { REASONS } from "../src/atproto/rejected.ts";
import { VERIFY_REASONS } from "../src/atproto/verify.ts";
import { FILTERED } from "../src/filter/drops.ts";
import { FAULTS } from "../src/simulator/faults.ts";
import { TROUBLES } from "../src/simulator/identity/trouble.ts";
import { MESSAGES, type MixWord, NETWORK_MIX, OPERATIONS } from "../src/simulator/mix.ts";

/** Every generated section, by name. */
export const SECTIONS: { readonly [name: string]: () => string } = {
  "options": () => optionsMarkdown(OPTIONS),
  "exit-codes": () => exitMarkdown(STREAM_EXITS),
  "rejections": () => valueTable("Reason", REASONS),
  "verify-reasons": () =>
    table(
      ["`verifyreason`", "`verified`", "Meaning"],
      Object.entries(VERIFY_REASONS).map(([reason, { verified, doc }]) => [`\`${reason}\``, `\`${verified}\``, doc]),
    ),
  "event-types": () => eventTypesMarkdown(EVENT_TYPES),
  "metrics": () =>
    table(
      ["Metric", "Kind", "Labels", "Meaning"],
      Object.values(createFigures(programOf(0)).metrics).map(({ name, kind, labels, help }) => [
        `\`${name}\``,
        kind,
        labels.map((label) => `\`${label}\``).join(", "),
        help,
      ]),
    ),
  "filter-reasons": () => valueTable("`reason`", FILTERED),
  "reconnect-causes": () => valueTable("`cause`", LEAVE_CAUSES),
  "retry-errors": () => valueTable("`error`", TROUBLE_KINDS),
  "unready-reasons": () => valueTable("`reason`", UNREADY),
  "envelope": () => envelopeTable(ENVELOPE),
  "account-envelope": () => envelopeTable(ACCOUNT_ENVELOPE),
  "stream-envelope": () => envelopeTable(STREAM_ENVELOPE),
  "forms": () =>
    table(
      ["`--format`", "What it prints"],
      Object.entries(FORMS).map(([name, { doc }]) => [`\`${name}\``, doc]),
    ),
  "clickhouse": () => sql(FORMS.clickhouse.print(EVENT_TYPES)),
  "flink": () => sql(FORMS.flink.print(EVENT_TYPES)),
  "performance": () => reportText(performanceReport),
  "growth": () => growthText(performanceReport),
  "sizing": () => sizingText(performanceReport),
  "postgres": () => sql(FORMS.postgres.print(EVENT_TYPES)),
  "operations": () => mixTable(OPERATIONS),
  "messages": () => mixTable(MESSAGES),
  "faults": () => valueTable("Fault", FAULTS),
  "identity-trouble": () => valueTable("Trouble", TROUBLES),
  "event-fields": () => eventFieldsMarkdown(EVENT_TYPES),
};

/** The documents that hold generated sections. */
export const DOCUMENTS = [
  "EVENTS.md",
  "CONTAINER.md",
  "docs/delivery.md",
  "docs/deployment.md",
  "docs/identity.md",
  "docs/metrics.md",
  "docs/options.md",
  "docs/performance.md",
  "docs/recipes/clickhouse.md",
  "docs/recipes/flink.md",
  "docs/recipes/postgres.md",
  "docs/simulate.md",
] as const;

/** The folder that holds generated files and no others. */
export const SCHEMAS = "schemas";

/** The generated files, by their names in {@linkcode SCHEMAS}. */
export function schemaFiles(): ReadonlyMap<string, string> {
  return new Map([
    ...EVENT_TYPES.map((each) => [`${each.type}.schema.json`, FORMS["json-schema"].print([each])] as const),
    ...EVENT_TYPES.map((each) => [`${each.type}.avsc`, FORMS.avro.print([each])] as const),
    ["bluesky.xreg.json", FORMS.xregistry.print(EVENT_TYPES)],
    ["bluesky.kql", FORMS.kql.print(EVENT_TYPES)],
  ]);
}

/** The table of event types. */
export function eventTypesMarkdown(types: readonly EventDefinition[]): string {
  return table(
    ["Type", "Collection", "Meaning"],
    types.map(({ type, collection, doc }) => [`\`${type}\``, collectionText(collection), doc]),
  );
}

function collectionText(collection: string | null): string {
  if (collection === EVERY_OTHER) return "every other";
  return collection === null ? "none" : `\`${collection}\``;
}

/** A table of fields for each event type. */
export function eventFieldsMarkdown(types: readonly EventDefinition[]): string {
  return types.map(({ type, fields }) => `### ${type}\n\n${fieldTable(fields)}`).join("\n\n");
}

function valueTable(head: string, values: Readonly<Record<string, string>>): string {
  return table([head, "Meaning"], Object.entries(values).map(([name, doc]) => [`\`${name}\``, doc]));
}

function mixTable(words: Readonly<Partial<Record<MixWord, string>>>): string {
  const rows = Object.entries(NETWORK_MIX).flatMap(([word, share]) => {
    const doc = words[word as MixWord];
    return doc === undefined ? [] : [[`\`${word}\``, String(share), doc]];
  });
  return table(["Word", "Share in `network`", "What happens"], rows);
}

function sql(text: string): string {
  return `\`\`\`sql\n${text}\`\`\``;
}

function envelopeTable(envelope: { readonly [name: string]: AttributeSpec }): string {
  const rows = Object.entries(envelope).map(([name, { values, doc }]) => [
    `\`${name}\``,
    values === null ? doc : `${values.map((value) => `\`${value}\``).join(" or ")}: ${doc}`,
  ]);
  return table(["Attribute", "Value"], [...rows, ["`data`", "the fields below"]]);
}

function fieldTable(fields: { readonly [name: string]: FieldSpec }): string {
  const rows = Object.entries(fields).map(([name, { type, nullable, isOptional, doc }]) => [
    `\`${name}\``,
    `${type}${nullable ? " or null" : ""}`,
    isOptional === true ? `${doc}; only with \`--whole-records\`` : doc,
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

/** Writes one file if it differs; true if it did. */
async function settle(path: string, wanted: string | null, isCheck: boolean): Promise<boolean> {
  const found = await Deno.readTextFile(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  });
  if (found === wanted) return false;
  if (isCheck) return true;
  if (wanted === null) await Deno.remove(path);
  else await Deno.writeTextFile(path, wanted);
  return true;
}

if (import.meta.main) {
  const isCheck = Deno.args.includes("--check");
  const files = new Map<string, string | null>();
  for (const path of DOCUMENTS) files.set(path, generate(await Deno.readTextFile(path)));
  if (!isCheck) await Deno.mkdir(SCHEMAS, { recursive: true });
  for await (const { name } of Deno.readDir(SCHEMAS)) files.set(`${SCHEMAS}/${name}`, null);
  for (const [name, text] of schemaFiles()) files.set(`${SCHEMAS}/${name}`, text);
  const stale: string[] = [];
  for (const [path, wanted] of files) if (await settle(path, wanted, isCheck)) stale.push(path);
  const errors = stale.length === 0 ? [] : [`${stale.join(", ")} differ from the code: run "deno task docs"`];
  if (isCheck) errors.push(...await ownWordsBelow(new URL("../", import.meta.url)));
  if (isCheck && errors.length > 0) {
    Deno.stderr.writeSync(new TextEncoder().encode(errors.map((error) => `Error: ${error}\n`).join("")));
    Deno.exitCode = 1;
  }
}
