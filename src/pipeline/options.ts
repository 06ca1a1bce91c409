/**
 * The options of how much is read and kept, and of how long a stop may take.
 *
 * @module
 */
import type { OptionTable } from "../config/option.ts";
import { integer, secondsAsMs } from "../config/readers.ts";

/** The options about the way of events through the program. */
export const PIPELINE_OPTIONS = {
  maxEvents: {
    group: "Events",
    flag: "max-events",
    counterparts: ["count", "events", "max-frames"],
    env: ["BLUESKY_MAX_EVENTS"],
    placeholder: "COUNT",
    read: integer(1, Number.MAX_SAFE_INTEGER),
    default: null,
    defaultText: "no limit",
    doc: "Stop cleanly after this many delivered events",
  },
  maxInFlightBytes: {
    group: "Operation",
    flag: "max-in-flight-bytes",
    env: ["BLUESKY_MAX_IN_FLIGHT_BYTES"],
    placeholder: "BYTES",
    // A record of the greatest size that Kafka takes by default must fit, or nothing would ever be sent.
    read: integer(1_048_576, 4_294_967_296),
    default: "25165824",
    doc: "Memory limit for unacknowledged data, in bytes. At the limit the producer stops reading until half of " +
      "it is free",
  },
  shutdownTimeoutMs: {
    group: "Operation",
    flag: "shutdown-timeout",
    env: ["SHUTDOWN_TIMEOUT"],
    placeholder: "SECONDS",
    read: secondsAsMs(0, 3600),
    default: "30",
    doc: "Seconds to wait for acknowledgements after SIGTERM, SIGINT or a fatal error",
  },
} as const satisfies OptionTable;
