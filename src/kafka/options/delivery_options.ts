/**
 * The options of how often an event may be delivered.
 *
 * @module
 */
import { choice, type OptionTable } from "../../config/option.ts";
import { readBoolean } from "../../config/readers.ts";
import type { Origin } from "../../config/table.ts";
import { readName } from "./addresses.ts";

/** What a restart may do to events: repeat some, or not. */
export const DELIVERY_OPTIONS = {
  delivery: {
    group: "Kafka",
    flag: "delivery",
    env: ["BLUESKY_DELIVERY"],
    ...choice(["at-least-once", "exactly-once"]),
    default: "at-least-once",
    doc: "Delivery guarantee. exactly-once commits events and cursor in one Kafka transaction",
  },
  transactionalId: {
    group: "Kafka",
    flag: "transactional-id",
    env: ["KAFKA_TRANSACTIONAL_ID"],
    placeholder: "NAME",
    read: readName,
    default: null,
    defaultText: "bluesky_firehose-TOPIC, followed by the shard, if any",
    doc: "Transactional ID of exactly-once. If two instances share it, the newer one takes over and the older one ends",
  },
  cursorGroup: {
    group: "Kafka",
    flag: "cursor-group",
    env: ["KAFKA_CURSOR_GROUP"],
    placeholder: "NAME",
    read: readName,
    default: null,
    defaultText: "the transactional ID",
    doc: "Consumer group whose committed offset stores the cursor of exactly-once",
  },
  standby: {
    group: "Kafka",
    flag: "standby",
    env: ["BLUESKY_STANDBY"],
    placeholder: "true|false",
    read: readBoolean,
    default: "false",
    implicitValue: "true",
    doc: "Wait until no other instance of the job is alive, then resume from its cursor; needs exactly-once",
  },
} as const satisfies OptionTable;

/** The names under which the brokers know a job. */
export interface JobNames {
  readonly transactionalId: string;
  readonly cursorGroup: string;
}

/** What the names of a job are made of; `shard` is null where one instance writes everything. */
export interface NameParts {
  readonly transactionalId: string | null;
  readonly cursorGroup: string | null;
  readonly shard: { readonly index: number; readonly count: number } | null;
}

/**
 * The names of the job that writes to `topic`: each shard is a job. The version is no part of them: the next one resumes
 * from the cursor.
 */
export function jobNames({ transactionalId, cursorGroup, shard }: NameParts, topic: string): JobNames {
  const id = transactionalId ?? `bluesky_firehose-${topic}${shard && `-${shard.index}-of-${shard.count}` || ""}`;
  return { transactionalId: id, cursorGroup: cursorGroup ?? id };
}

/** What the way of delivery may contradict. */
export interface DeliveryValues {
  readonly delivery?: string;
  readonly standby?: boolean;
  readonly firehoseUrl?: readonly string[];
}

/** What contradicts what, one message each. */
export function deliveryErrors(
  { delivery, standby, firehoseUrl = [] }: DeliveryValues,
  origins: Readonly<Record<keyof DeliveryValues, Origin>>,
): string[] {
  if (delivery === "at-least-once" && standby === true) {
    return [
      `Cannot use ${origins.standby.name} with delivery at least once: a standby needs the cursor in Kafka; ` +
      "expected --delivery exactly-once with it",
    ];
  }
  if (delivery === "exactly-once" && firehoseUrl.length > 1) {
    return [
      `Cannot use ${origins.firehoseUrl.name} with ${firehoseUrl.length} firehoses and delivery exactly once: what ` +
      "comes from two of them is distinguished only until a restart; expected one firehose, or --delivery at-least-once",
    ];
  }
  return [];
}
