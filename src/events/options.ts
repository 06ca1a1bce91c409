/**
 * The options of the events' form.
 *
 * @module
 */
import { choice, type OptionTable } from "../config/option.ts";
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
