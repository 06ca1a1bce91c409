/**
 * Whether a peer does the same work: its events beside ours.
 *
 * @module
 */
import { isDeepStrictEqual } from "node:util";

/** A record of a topic. */
export interface Produced {
  readonly key: string;
  readonly value: string;
  readonly contentType: string;
}

/** What has to be the same: every field, or only what identifies the event, where the peer's data has another form. */
export type Sameness = "every field" | "identity";

/** Fields that are JSON in a string, in which the order of names is free. */
const JSON_FIELDS = ["facets", "labels"];

type Json = Readonly<Record<string, unknown>>;

/**
 * Of so many events a peer may lack one. A program with typed records leaves out those with a field of another type,
 * which we take for missing; the simulator makes as few of them as the network has.
 */
const EVENTS_FOR_ONE_LACKING = 1000;

/** The first difference between what is expected and what a peer produced; null where there is none. */
export function differenceOf(
  expected: readonly Produced[],
  produced: readonly Produced[],
  sameness: Sameness,
): string | null {
  const ours = byId(expected, sameness);
  const theirs = byId(produced, sameness);
  for (const [id, other] of theirs) {
    const event = ours.get(id);
    if (event === undefined) return `${id} is not expected`;
    for (const name of new Set([...Object.keys(event), ...Object.keys(other)])) {
      if (isDeepStrictEqual(event[name], other[name])) continue;
      return `${id} has another "${name}": ${JSON.stringify(other[name])}, expected ${JSON.stringify(event[name])}`;
    }
  }
  if (produced.length > theirs.size) return `${produced.length - theirs.size} events are there twice`;
  const missing = [...ours.keys()].filter((id) => !theirs.has(id));
  const most = Math.ceil(ours.size / EVENTS_FOR_ONE_LACKING);
  return missing.length <= most ? null : `${missing.length} events are missing, such as ${missing[0]}`;
}

function byId(records: readonly Produced[], sameness: Sameness): Map<string, Json> {
  return new Map(records.map((record) => {
    const { data, ...envelope } = JSON.parse(record.value) as Json & { readonly data: Json };
    const { id, type, source, subject } = envelope;
    const { key, contentType } = record;
    const compared = sameness === "identity"
      ? { key, id, type, source, subject }
      : { key, contentType, ...envelope, ...prefixed(data) };
    return [String(id), compared];
  }));
}

function prefixed(data: Json): Json {
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [
      `data.${name}`,
      JSON_FIELDS.includes(name) && typeof value === "string" ? JSON.parse(value) : value,
    ]),
  );
}
