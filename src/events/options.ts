/**
 * The options of the events' form.
 *
 * @module
 */
import { choice, type OptionTable } from "../config/option.ts";
import { readBoolean } from "../config/readers.ts";
import { CONTENT_MODES, RECORD_KEYS, RECORD_TIMES } from "./record_layout.ts";

/** The options about the form of events. */
export const EVENT_OPTIONS = {
  contentMode: {
    group: "Kafka",
    flag: "content-mode",
    env: ["CLOUDEVENTS_MODE"],
    ...choice(CONTENT_MODES),
    default: "structured",
    doc: "CloudEvents content mode: attributes in the value, around the data (structured), or in record headers " +
      "(binary)",
  },
  kafkaKey: {
    group: "Kafka",
    flag: "kafka-key",
    env: ["KAFKA_KEY"],
    ...choice(RECORD_KEYS),
    default: "did",
    doc:
      "Record key: the DID of the account (did) or the AT-URI of the record (uri). The account chooses the partition in " +
      "both cases",
  },
  kafkaTimestamp: {
    group: "Kafka",
    flag: "kafka-timestamp",
    env: ["KAFKA_TIMESTAMP"],
    ...choice(RECORD_TIMES),
    default: "event",
    doc: "Record timestamp: time of the event, never in the future (event), or time of sending (send)",
  },
} as const satisfies OptionTable;

/** The option about the form of deletes, for commands that write any. */
export const DELETE_OPTIONS = {
  tombstones: {
    group: "Kafka",
    flag: "tombstones",
    env: ["KAFKA_TOMBSTONES"],
    placeholder: "true|false",
    read: readBoolean,
    default: "false",
    implicitValue: "true",
    doc: "Write deletes as tombstones (records without a value), so that a compacted topic holds what still exists",
  },
} as const satisfies OptionTable;

/** The options about what events hold. */
export const CONTENT_OPTIONS = {
  wholeRecords: {
    group: "Events",
    flag: "whole-records",
    env: ["BLUESKY_WHOLE_RECORDS"],
    placeholder: "true|false",
    read: readBoolean,
    default: "false",
    implicitValue: "true",
    doc: "Add the whole record to each event, as JSON in the field `record`",
  },
} as const satisfies OptionTable;
