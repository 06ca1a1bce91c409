/**
 * OPTIONS: every flag of `stream` and its variables, readers and defaults. The parser, the environment, the type of the
 * configuration, `--help`, the tables of README and the hiding of secrets are all derived from tables of this form, and
 * a default stands nowhere else.
 *
 * @module
 */

import { RECORD_TYPES } from "../events/registry.ts";
import { readBrokers, readFirehoseUrls, readHost, readTopic } from "./addresses.ts";
import { readConnectionString } from "./connection_string.ts";
import { collectionsOption } from "./collections.ts";
import { LOSS_OPTIONS } from "./loss_options.ts";
import { DELIVERY_OPTIONS } from "./delivery_options.ts";
import {
  integer,
  oneOf,
  readBoolean,
  readCursor,
  type Reader,
  readFilePath,
  readOutput,
  readReplication,
  readShare,
  secondsAsMs,
} from "./readers.ts";
import { withSecretFiles } from "./secret_files.ts";
import { SECURITY_OPTIONS } from "./security_options.ts";

/** The headings of `--help`, in its order. */
export const GROUPS = [
  "Kafka",
  "Firehose",
  "Events",
  "Output",
  "Operation",
  "Kafka connection and security",
] as const;

/** One option of a command. */
export interface OptionSpec {
  /** The heading it stands under. */
  readonly group: typeof GROUPS[number];
  /** The flag without its two hyphens. */
  readonly flag: string;
  /** The variables that mean the same. Where several are set they must agree. */
  readonly env: readonly string[];
  /** What stands for the value in help, with its unit: `HOST:PORT,...`, `BYTES`. */
  readonly hint: string;
  /** From text to value. */
  readonly read: Reader<unknown>;
  /** The text that is read where neither flag nor variable is given; null: the value is then null. */
  readonly default: string | null;
  /** What holds where the default is null, or what the default comes to, for help. */
  readonly otherwise?: string;
  /** The text that is read for a flag without a value; where it is missing, a flag needs one. */
  readonly alone?: string;
  /** The text that is read for an empty value; where it is missing, an empty variable counts as unset. */
  readonly empty?: string;
  /** The value never appears in a message. */
  readonly secret?: true;
  /** The value is the path of a file that holds the text of the secret option of this name. */
  readonly holds?: string;
  /** Flags of other commands that do there what this one does here; whoever gives one of them here is told. */
  readonly elsewhere?: readonly string[];
  /** One line for help and README: no full stop at the end. */
  readonly doc: string;
}

/** A flag that says how a command prints, off unless it is given; it has no variable. */
export function outputSwitch(flag: string, doc: string) {
  const group: OptionSpec["group"] = "Output";
  return { group, flag, env: [], hint: "true|false", read: readBoolean, default: "false", alone: "true", doc };
}

/** The options of one command, by the name of their field in its configuration. */
export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** The value of one option: what its reader yields, and null where it has no default. */
export type ValueOf<Spec extends OptionSpec> =
  | (Spec["read"] extends Reader<infer T> ? T : never)
  | (Spec["default"] extends string ? never : null);

/** The configuration that a table describes. */
export type ValuesOf<Table extends OptionTable> = { readonly [Name in keyof Table]: ValueOf<Table[Name]> };

/** How to reach a topic of Kafka: what {@linkcode resolveKafka} turns into one value. */
export const CONNECTION_OPTIONS = withSecretFiles(
  {
    kafkaBootstrapServers: {
      group: "Kafka",
      flag: "kafka-bootstrap-servers",
      env: ["KAFKA_BOOTSTRAP_SERVERS"],
      hint: "HOST:PORT,...",
      read: readBrokers,
      default: null,
      doc: "Brokers to start from (port 9092 where none is given, 9093 for Event Hubs)",
    },
    kafkaTopic: {
      group: "Kafka",
      flag: "kafka-topic",
      env: ["KAFKA_TOPIC"],
      hint: "TOPIC",
      read: readTopic,
      default: null,
      doc: "Topic of the events; completes a connection string that has no EntityPath",
    },
    ...SECURITY_OPTIONS,
    connectionString: {
      group: "Kafka connection and security",
      flag: "connection-string",
      env: ["EVENTHUB_CONNECTION_STRING", "CONNECTION_STRING"],
      hint: "STRING",
      read: readConnectionString,
      default: null,
      secret: true,
      doc:
        "Event Hubs, Fabric or BootstrapServer=HOST:PORT string; overrides the settings above, EntityPath is the topic",
    },
  } as const satisfies OptionTable,
);

/** All options about Kafka, for commands that write to it. */
export const KAFKA_OPTIONS = {
  ...CONNECTION_OPTIONS,
  createTopic: {
    group: "Kafka",
    flag: "create-topic",
    env: ["KAFKA_CREATE_TOPIC"],
    hint: "true|false",
    read: readBoolean,
    default: "false",
    alone: "true",
    doc: "Create the topic if it does not exist",
  },
  topicPartitions: {
    group: "Kafka",
    flag: "topic-partitions",
    env: ["KAFKA_TOPIC_PARTITIONS"],
    hint: "COUNT",
    read: integer(1, 10_000),
    default: "4",
    doc: "Partitions of a topic that --create-topic creates",
  },
  topicReplication: {
    group: "Kafka",
    flag: "topic-replication",
    env: ["KAFKA_TOPIC_REPLICATION"],
    hint: "COUNT",
    read: readReplication,
    default: "-1",
    otherwise: "the broker's own default",
    doc: "Replicas of a topic that --create-topic creates",
  },
  partitioner: {
    group: "Kafka",
    flag: "partitioner",
    env: ["KAFKA_PARTITIONER"],
    hint: "murmur2|crc32",
    read: oneOf(["murmur2", "crc32"]),
    default: "murmur2",
    doc: "Hash from key to partition: that of Java clients (murmur2) or of librdkafka (crc32)",
  },
  compression: {
    group: "Kafka",
    flag: "compression",
    env: ["KAFKA_COMPRESSION"],
    hint: "none|gzip|zstd|snappy",
    read: oneOf(["none", "gzip", "zstd", "snappy"]),
    default: "none",
    alone: "gzip",
    doc: "Compression of the records; Event Hubs takes gzip alone, in its Premium and Dedicated tiers",
  },
  contentMode: {
    group: "Kafka",
    flag: "content-mode",
    env: ["CLOUDEVENTS_MODE"],
    hint: "structured|binary",
    read: oneOf(["structured", "binary"]),
    default: "structured",
    doc: "Where the CloudEvents attributes stand: in the value around the data (structured) or in headers (binary)",
  },
  ...DELIVERY_OPTIONS,
} as const satisfies OptionTable;

/** The log's options, for every command that logs. */
export const LOG_OPTIONS = {
  logLevel: {
    group: "Operation",
    flag: "log-level",
    env: ["LOG_LEVEL"],
    hint: "debug|info|warn|error",
    read: oneOf(["debug", "info", "warn", "error"]),
    default: "info",
    doc: "Least level that is logged",
  },
  logFormat: {
    group: "Operation",
    flag: "log-format",
    env: ["LOG_FORMAT"],
    hint: "auto|text|json",
    read: oneOf(["auto", "text", "json"]),
    default: "auto",
    otherwise: "text on a terminal, json otherwise",
    doc: "Form of the log on standard error",
  },
} as const satisfies OptionTable;

/** Every option of `stream`. */
export const OPTIONS = {
  ...KAFKA_OPTIONS,
  deadLetterTopic: LOSS_OPTIONS.deadLetterTopic,
  firehoseUrl: {
    group: "Firehose",
    flag: "firehose-url",
    env: ["BLUESKY_FIREHOSE_URL"],
    hint: "URL,...",
    read: readFirehoseUrls,
    default: "wss://bsky.network/xrpc/com.atproto.sync.subscribeRepos",
    doc: "Firehoses to read (ws or wss), the next where one fails; a host alone gets the path of subscribeRepos",
  },
  cursor: {
    group: "Firehose",
    flag: "cursor",
    elsewhere: ["from"],
    env: ["BLUESKY_CURSOR"],
    hint: "live|oldest|adopt|SEQ|TIME|AGE",
    read: readCursor,
    default: null,
    otherwise: "the saved cursor, else live",
    doc: "Where to start, at each start with this flag; 2h is two hours ago (s, m, h, d); " +
      "adopt: at the saved cursor, although another job saved it",
  },
  cursorFile: {
    group: "Firehose",
    flag: "cursor-file",
    env: ["BLUESKY_CURSOR_FILE"],
    hint: "PATH",
    read: readFilePath,
    default: "/tmp/bluesky_cursor",
    doc: "File that keeps the position reached, for the next start",
  },
  idleTimeoutMs: {
    group: "Firehose",
    flag: "idle-timeout-secs",
    env: ["BLUESKY_IDLE_TIMEOUT_SECS"],
    hint: "SECONDS",
    read: secondsAsMs(1, 3600),
    default: "45",
    doc: "Time without data after which the connection is replaced",
  },
  failoverRewindMs: LOSS_OPTIONS.failoverRewindMs,
  replayWindowMs: LOSS_OPTIONS.replayWindowMs,
  collections: collectionsOption(RECORD_TYPES),
  sampleRate: {
    group: "Events",
    flag: "sample-rate",
    env: ["BLUESKY_SAMPLE_RATE", "SAMPLE_RATE"],
    hint: "0..1",
    read: readShare,
    default: "1.0",
    doc: "Share of the records to keep; every run and every instance keeps the same ones",
  },
  maxEvents: {
    group: "Events",
    flag: "max-events",
    elsewhere: ["count", "events", "max-frames"],
    env: ["BLUESKY_MAX_EVENTS"],
    hint: "COUNT",
    read: integer(1, Number.MAX_SAFE_INTEGER),
    default: null,
    otherwise: "no limit",
    doc: "Stop cleanly after so many delivered events",
  },
  output: {
    group: "Output",
    flag: "output",
    env: ["BLUESKY_OUTPUT"],
    hint: "kafka|-|PATH",
    read: readOutput,
    default: "kafka",
    doc:
      "Kafka, standard output (-) or a file to append to; the latter two as one JSON CloudEvent a line, with no broker",
  },
  format: {
    group: "Output",
    flag: "format",
    env: ["BLUESKY_FORMAT"],
    hint: "pretty|json",
    read: oneOf(["pretty", "json"]),
    default: null,
    otherwise: "pretty on a terminal, json in a pipe or a file",
    doc: "Form of the events on standard output or in a file: to be read by people, or one JSON CloudEvent a line",
  },
  deadLetterFile: LOSS_OPTIONS.deadLetterFile,
  maxInFlightBytes: {
    group: "Operation",
    flag: "max-in-flight-bytes",
    env: ["BLUESKY_MAX_IN_FLIGHT_BYTES"],
    hint: "BYTES",
    // A record of the greatest size that Kafka takes by default must fit, or nothing would ever be sent.
    read: integer(1_048_576, 4_294_967_296),
    default: "33554432",
    doc:
      "Memory limit for unacknowledged data, in bytes. At the limit the producer stops reading until half of it is free",
  },
  shutdownTimeoutMs: {
    group: "Operation",
    flag: "shutdown-timeout",
    env: ["SHUTDOWN_TIMEOUT"],
    hint: "SECONDS",
    read: secondsAsMs(0, 3600),
    default: "30",
    doc: "Longest wait for undelivered events after SIGTERM, SIGINT or a fatal error",
  },
  metricsPort: {
    group: "Operation",
    flag: "metrics-port",
    env: ["METRICS_PORT"],
    hint: "PORT",
    read: integer(0, 65_535),
    default: null,
    otherwise: "no server",
    doc: "Port of /metrics, /livez and /readyz; 0 takes a free one, which the log names",
  },
  metricsHost: {
    group: "Operation",
    flag: "metrics-host",
    env: ["METRICS_HOST"],
    hint: "HOST",
    read: readHost,
    default: "127.0.0.1",
    doc: "Address that this port is opened on; 0.0.0.0 where something outside of a container asks",
  },
  ...LOG_OPTIONS,
} as const satisfies OptionTable;
