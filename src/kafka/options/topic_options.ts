/**
 * What the options about topics and their records may contradict.
 *
 * @module
 */
import type { Origin } from "../../config/table.ts";
import { fixedText, placeholdersOf } from "../../record/topic_template.ts";

/** What decides where deletes and records stand. */
export interface TopicValues {
  readonly kafkaTopic?: string | null;
  readonly connectionString?: { readonly topic: string | null } | null;
  readonly kafkaKey?: string;
  readonly tombstones?: boolean;
  readonly events?: readonly string[];
  readonly collections?: readonly string[];
}

/** What contradicts what, one message each. */
export function topicErrors(values: TopicValues, origins: { readonly tombstones: Origin }): string[] {
  const { kafkaKey, tombstones, events } = values;
  if (tombstones !== true) return [];
  const errors: string[] = [];
  const { name } = origins.tombstones;
  if (events !== undefined && !events.includes("deletes")) {
    errors.push(
      `Cannot use ${name} with --events ${quoted(events.join())}: there are no deletes; expected --events ` +
        quoted([...events, "deletes"].join()),
    );
  }
  if (kafkaKey === "did") {
    errors.push(
      `Cannot use ${name} with --kafka-key did: a record without a value says that its key is gone, which would be the ` +
        "account; expected --kafka-key uri",
    );
  }
  const template = templateOf(values);
  const dividing = placeholdersOf(template).find((name) => name !== "collection");
  if (dividing !== undefined) {
    errors.push(
      `Cannot use ${name} with --kafka-topic ${quoted(template)}: {${dividing}} gives ` +
        "deletes another topic than the records that they end; expected no placeholder but {collection}",
    );
  }
  return errors;
}

/** What is risky, one message each. */
export function topicWarnings(values: TopicValues): string[] {
  const { collections = [] } = values;
  const template = templateOf(values);
  const isOpen = placeholdersOf(template).includes("collection") && collections.some((rule) => /^[^!]*\*$/.test(rule));
  return isOpen && fixedText(template) === ""
    ? [
      `Risky --kafka-topic ${quoted(template)} with --collections ${quoted(collections.join())}: ` +
      "any account can create a collection, and so write to any topic of the cluster; expected a prefix",
    ]
    : [];
}

function templateOf({ kafkaTopic, connectionString }: TopicValues): string {
  return connectionString?.topic ?? kafkaTopic ?? "";
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
