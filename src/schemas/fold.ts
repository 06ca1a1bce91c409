/**
 * How events become a table of what there is: the rules that all databases share.
 *
 * - Of the events of a record, the one with the greatest `rev` counts, and if that is a delete there is no record. A
 *   `rev` is the same on every relay, and as text in the order of the commits; a `time` may be anything.
 * - Of the events about an account the latest by its time counts, as a sequence number is one relay's.
 * - While an account is deleted or taken down, none of its rows is there. After a takedown they come back with it; what
 *   it wrote before it was deleted never does.
 *
 * @module
 */
import { envelopeOf, type EventDefinition } from "../events/definition.ts";

/** The statuses of an account whose rows are not there. */
export const REMOVED = ["deleted", "takendown"] as const;

/** The status after which what there was does not come back. */
export const ERASED = REMOVED[0];

/** What of the `id` of an event stands before the path of its record. */
export const BEFORE_PATH = "^[^/]*/[^/]*";

/** Whether the data has the column that tells the rows of a type apart; else that is the AT-URI of the record. */
export function hasKey({ key, fields }: EventDefinition): boolean {
  return Object.hasOwn(fields, key);
}

/** The columns by which an event is after another of the same row; `prefix` begins the names of attributes. */
export function orderColumns(definition: EventDefinition, prefix: string): readonly string[] {
  if (Object.hasOwn(envelopeOf(definition), "rev")) return [`${prefix}rev`];
  if (definition.kind === "stream") return [`${prefix}time`];
  return Object.hasOwn(definition.fields, "rev") ? ["rev"] : [`${prefix}time`, "seq"];
}

/** The type of the deletes of a type's records; undefined where there is none among `types`. */
export function deletesOf(
  { kind, collection }: EventDefinition,
  types: readonly EventDefinition[],
): EventDefinition | undefined {
  return kind === "records"
    ? types.find((each) => each.kind === "deletes" && each.collection === collection)
    : undefined;
}

/** The type that says how accounts stand, if it is among `types`. */
export function accountOf(types: readonly EventDefinition[]): EventDefinition | undefined {
  return types.find(({ kind }) => kind === "account");
}

/** Whether the rows of a type go with their account, so that no one sees them. */
export function goesWithAccount({ kind }: EventDefinition): boolean {
  return kind === "records" || kind === "identity";
}
