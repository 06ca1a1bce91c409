/**
 * What the tables of all SQL dialects have in common: their names, and the columns that come from the envelope.
 *
 * @module
 */
import {
  type AttributeSpec,
  type ENVELOPE,
  envelopeOf,
  type EventDefinition,
  shortName,
} from "../events/definition.ts";
import { type FieldSpec, URI } from "../events/fields.ts";
import { hasKey } from "./fold.ts";

/** One column of the table of a type. */
export interface SqlColumn {
  readonly name: string;
  /** The field of the data it holds; null: an attribute of the envelope. */
  readonly field: FieldSpec | null;
  /** The attribute it holds; null: a field of the data, or the AT-URI that the data lacks, which the `id` has. */
  readonly attribute: { readonly name: string; readonly spec: AttributeSpec } | null;
  readonly doc: string;
}

/** The attributes that stand beside the data: which event a row came from, when, what happened, and at which revision. */
const KEPT = ["id", "time", "source", "action", "rev"] as const satisfies (keyof typeof ENVELOPE)[];

/** The table of a type: its last name, with a prefix, as LIKE is a keyword. */
export function sqlTable(definition: EventDefinition): string {
  return `bluesky_${shortName(definition).toLowerCase()}`;
}

/** Begins the names of columns that hold attributes. */
export const ATTRIBUTE_PREFIX = "event_";

/** The columns of the table of a type: the fields of the data, then `event_id`, `event_time` and the like. */
export function sqlColumns(definition: EventDefinition): SqlColumn[] {
  const fields = Object.entries(definition.fields).map(([name, field]) => ({
    name,
    field,
    attribute: null,
    doc: field.doc,
  }));
  const envelope = envelopeOf(definition);
  const attributes = KEPT.flatMap((name) => {
    const spec = envelope[name];
    const column = { name: `${ATTRIBUTE_PREFIX}${name}`, field: null, doc: spec?.doc ?? "" };
    return spec === undefined ? [] : [{ ...column, attribute: { name, spec } }];
  });
  const uri = { name: "uri", field: null, attribute: null, doc: URI.doc };
  return [...hasKey(definition) ? [] : [uri], ...fields, ...attributes];
}

/** A text as a literal. */
export function sqlLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
