/**
 * The options of the events' form.
 *
 * @module
 */
import { choice, type OptionTable } from "../config/option.ts";
import { readBoolean } from "../config/readers.ts";
import { CONTENT_MODES } from "./framing.ts";

/** The options about the form of events. */
export const EVENT_OPTIONS = {
  contentMode: {
    group: "Kafka",
    flag: "content-mode",
    env: ["CLOUDEVENTS_MODE"],
    ...choice(CONTENT_MODES),
    default: "structured",
    doc: "Where the CloudEvents attributes stand: in the value around the data (structured) or in headers (binary)",
  },
} as const satisfies OptionTable;

/** The options about what events hold. */
export const CONTENT_OPTIONS = {
  wholeRecords: {
    group: "Events",
    flag: "whole-records",
    env: ["BLUESKY_WHOLE_RECORDS"],
    hint: "true|false",
    read: readBoolean,
    default: "false",
    alone: "true",
    doc: "Give every event of a record the whole record too, as JSON in the field `record`",
  },
} as const satisfies OptionTable;
