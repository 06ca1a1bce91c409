/**
 * The options of `stream` about what is lost, or may be.
 *
 * @module
 */
import { readTopic } from "./addresses.ts";
import type { OptionTable } from "./options.ts";
import { hoursAsMs, readFilePath, secondsAsMs } from "./readers.ts";

/** Options of `stream`. */
export const LOSS_OPTIONS = {
  deadLetterTopic: {
    group: "Kafka",
    flag: "dead-letter-topic",
    env: ["KAFKA_DEAD_LETTER_TOPIC"],
    hint: "TOPIC",
    read: readTopic,
    default: null,
    otherwise: "counted and logged alone",
    doc: "Topic that keeps what could not be decoded, mapped, or taken by the broker for its size",
  },
  deadLetterFile: {
    group: "Output",
    flag: "dead-letter-file",
    env: ["BLUESKY_DEAD_LETTER_FILE"],
    hint: "PATH",
    read: readFilePath,
    default: null,
    otherwise: "counted and logged alone",
    doc: "File that keeps the same, appended to as one JSON CloudEvent a line",
  },
  failoverRewindMs: {
    group: "Firehose",
    flag: "failover-rewind",
    env: ["BLUESKY_FAILOVER_REWIND"],
    hint: "SECONDS",
    read: secondsAsMs(1, 3600),
    default: "60",
    doc: "How far before the place where one firehose was left the next one is read from",
  },
  replayWindowMs: {
    group: "Firehose",
    flag: "replay-window",
    env: ["BLUESKY_REPLAY_WINDOW"],
    hint: "HOURS",
    read: hoursAsMs(1, 8760),
    default: "72",
    doc:
      "How long the relay keeps its messages, in hours. The time until loss follows from it; a warning comes at half",
  },
} as const satisfies OptionTable;
