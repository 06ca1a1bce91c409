/**
 * `schema`: the events in the languages of other programs.
 *
 * @module
 */
import { meantOr } from "../config/nearest.ts";
import type { OptionTable } from "../config/option.ts";
import { oneOf } from "../config/readers.ts";
import { resolve } from "../config/config.ts";
import { type FormName, FORMS } from "../schemas/forms.ts";
import { type EventDefinition, shortName } from "../events/definition.ts";
import { EVENT_TYPES } from "../events/registry.ts";
import { type Command, reportErrors } from "./command.ts";
import { PRINTING_EXITS } from "./exit.ts";

const FORM_NAMES = Object.keys(FORMS) as FormName[];

/** The options of `schema`. */
export const SCHEMA_OPTIONS = {
  format: {
    group: "Output",
    flag: "format",
    env: [],
    placeholder: FORM_NAMES.join("|"),
    read: oneOf(FORM_NAMES),
    default: "json-schema",
    doc: Object.entries(FORMS).map(([name, { doc }]) => `${name}: ${doc}`).join("; "),
  },
} as const satisfies OptionTable;

/** The `schema` command. */
export const SCHEMA: Command = {
  name: "schema",
  summary: "Print the schema of the events: JSON Schema, Avro, xRegistry, Kusto or SQL",
  options: SCHEMA_OPTIONS,
  operands: ["[TYPE]"],
  examples: [
    { line: "schema Bluesky.Feed.Post", does: "the JSON Schema of a post's event" },
    { line: "schema --format kql", does: "the script for Azure Data Explorer and Fabric Eventhouse" },
  ],
  exits: PRINTING_EXITS,
  run({ flags, operands, env, errors }, context) {
    const resolution = resolve(SCHEMA_OPTIONS, flags, env);
    const [name] = operands;
    const types = name === undefined ? EVENT_TYPES : typesNamed(name);
    const wrong = [
      ...errors,
      ...(resolution.kind === "errors" ? resolution.errors : []),
      ...(name !== undefined && types.length === 0 ? [unknownType(name)] : []),
    ];
    if (resolution.kind === "errors" || wrong.length > 0) {
      return Promise.resolve(reportErrors(wrong, resolution.warnings, context));
    }
    context.writeOut(FORMS[resolution.config.format].print(types));
    return Promise.resolve("ok");
  },
};

/** The type of this name, or of this last part of its name, in any case; none if there is no such type. */
export function typesNamed(name: string): readonly EventDefinition[] {
  const wanted = name.toLowerCase();
  return EVENT_TYPES.filter((each) => [each.type, shortName(each)].some((known) => known.toLowerCase() === wanted));
}

/** The error for a name that is no type's. */
export function unknownType(name: string): string {
  const names = EVENT_TYPES.map((each) => name.includes(".") ? each.type : shortName(each));
  return `Cannot use the type ${JSON.stringify(name)}: it is unknown; ${meantOr(name, names)}`;
}
