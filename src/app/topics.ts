/**
 * The topics of a configuration: those that its template can name, and how its events stand in them.
 *
 * @module
 */
import type { Config } from "../config/config.ts";
import { type EventDefinition, EVERY_OTHER } from "../events/definition.ts";
import { PLAIN_LAYOUT, type RecordLayout } from "../events/record_layout.ts";
import { ACCOUNT_TYPES, DELETE_TYPES, RECORD_TYPES } from "../events/registry.ts";
import { GAP } from "../events/types/gap.ts";
import { REPO_GAP } from "../events/types/repo_gap.ts";
import { covers, isNsid, rulesOf, wants } from "../filter/collections.ts";
import type { OpenTopics } from "../kafka/client/options.ts";
import { isTemplate, otherTopic, placeholdersOf, topicPattern, topicTemplate } from "../record/topic_template.ts";

/** The topics of a configuration. */
export interface Topics {
  /** Those that are known before the first event, the first of which is {@linkcode homeTopic}. */
  readonly known: readonly string[];
  /** Those of collections that no rule names; null where the known ones are all. */
  readonly open: OpenTopics | null;
}

type Selected = Pick<Config, "events" | "collections" | "maxTopics" | "trackRepos">;

/**
 * The topic that has the cursor of a job: that of events about the stream itself, which every job has whatever else it is
 * to write.
 */
export function homeTopic(template: string): string {
  return topicTemplate(template)(GAP);
}

/** The topics that a template names for what is selected. */
export function topicsOf(template: string, selected: Selected): Topics {
  const topicOf = topicTemplate(template);
  const known = new Set([homeTopic(template)]);
  const { events, collections, trackRepos } = selected;
  if (trackRepos > 0) known.add(topicOf(REPO_GAP));
  const rules = rulesOf(collections);
  for (const definition of [...RECORD_TYPES, ...DELETE_TYPES]) {
    if (!events.includes(definition.kind)) continue;
    for (const collection of collectionsOf(definition, rules.wanted)) {
      if (wants(rules, collection)) known.add(topicOf({ ...definition, collection }));
    }
  }
  for (const definition of ACCOUNT_TYPES) {
    if (events.includes(definition.kind)) known.add(topicOf(definition));
  }
  const others = [...RECORD_TYPES, ...DELETE_TYPES].filter(({ kind, collection }) =>
    collection === EVERY_OTHER && events.includes(kind)
  );
  const isOpen = isTemplate(template) && rules.wanted.some((rule) => !isNsid(rule)) && others.length > 0;
  if (!isOpen) return { known: [...known], open: null };
  for (const other of others) known.add(otherTopic(template, other));
  return { known: [...known], open: openTopics(template, others, selected) };
}

/** The collections of a type that rules name, or that have it by their wildcards. */
function collectionsOf({ collection }: EventDefinition, wanted: readonly string[]): readonly string[] {
  if (collection === null) return [];
  if (collection !== EVERY_OTHER) return wanted.some((rule) => covers(rule, collection)) ? [collection] : [];
  return wanted.filter((rule) => isNsid(rule) && !RECORD_TYPES.some((each) => each.collection === rule));
}

function openTopics(
  template: string,
  others: readonly EventDefinition[],
  { collections, maxTopics: limit }: Selected,
): OpenTopics | null {
  const [first] = others;
  // Without it nothing of a collection is in the name.
  if (first === undefined || !placeholdersOf(template).includes("collection")) return null;
  const rules = rulesOf(collections);
  const pattern = topicPattern(template, others);
  return {
    limit,
    isOwn: (topic) => {
      const collection = pattern.exec(topic)?.groups?.["collection"];
      return collection !== undefined && isNsid(collection) && wants(rules, collection);
    },
    otherOf: (topic) => {
      const { type = first.type, kind = first.kind } = pattern.exec(topic)?.groups ?? {};
      return otherTopic(template, { type, kind });
    },
  };
}

/**
 * The topics that hold records at the time of asking, where events about accounts have others: those known at the start,
 * and those of `openTopics`.
 */
export function recordTopicsOf(
  template: string,
  selected: Selected,
  openTopics: () => Iterable<string>,
): () => Iterable<string> {
  const isWanted = isTemplate(template) &&
    (["records", "account"] as const).every((kind) => selected.events.includes(kind));
  if (!isWanted) return () => [];
  const records = { ...selected, events: ["records"] as const, trackRepos: 0 };
  const { known, open } = topicsOf(template, records);
  const home = homeTopic(template);
  const named = known.filter((topic) => topic !== home);
  if (open === null) return () => named;
  // Those of deletes are open too, where the template tells them apart.
  return () => new Set([...named, ...[...openTopics()].filter(open.isOwn)]);
}

/**
 * How the events of a configuration stand in their records. A line has no headers that attributes could stand in.
 * `openTopics` are those of records that the configuration does not name.
 */
export function layoutOf(config: Config, openTopics: () => Iterable<string>): RecordLayout {
  const { output, kafka, contentMode: mode, kafkaKey: key, tombstones, kafkaTimestamp: time } = config;
  if (output.kind !== "kafka" || kafka === null) return PLAIN_LAYOUT;
  const recordTopics = recordTopicsOf(kafka.topic, config, openTopics);
  return { mode, topicOf: topicTemplate(kafka.topic), recordTopics, key, tombstones, time };
}
