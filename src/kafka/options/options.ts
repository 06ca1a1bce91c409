/**
 * The options of Kafka: where it is, how to reach it, what is written to it.
 *
 * @module
 */
import { choice, type OptionTable, type ValuesOf } from "../../config/option.ts";
import { integer, type Read, readBoolean, value, wrong } from "../../config/readers.ts";
import { withSecretFiles } from "../../config/secret_files.ts";
import type { OriginsOf } from "../../config/table.ts";
import { readBrokers, readTopic, readTopicTemplate } from "./addresses.ts";
import { readConnectionString } from "./connection_string.ts";
import { SECURITY_OPTIONS } from "./security_options.ts";

/** How to reach a topic of Kafka: what `resolveKafka()` turns into one value. */
export const CONNECTION_OPTIONS = withSecretFiles(
  {
    kafkaBootstrapServers: {
      group: "Kafka",
      flag: "kafka-bootstrap-servers",
      env: ["KAFKA_BOOTSTRAP_SERVERS"],
      placeholder: "HOST:PORT,...",
      read: readBrokers,
      default: null,
      doc: "Bootstrap brokers; the default port is 9092, or 9093 for Event Hubs",
    },
    kafkaTopic: {
      group: "Kafka",
      flag: "kafka-topic",
      env: ["KAFKA_TOPIC"],
      placeholder: "TOPIC",
      read: readTopicTemplate,
      default: null,
      doc: "Topic of the events. {type}, {collection} and {kind} in it route events to several topics. A " +
        "connection string without EntityPath needs it",
    },
    ...SECURITY_OPTIONS,
    connectionString: {
      group: "Kafka connection and security",
      flag: "connection-string",
      env: ["EVENTHUB_CONNECTION_STRING", "CONNECTION_STRING"],
      placeholder: "STRING",
      read: readConnectionString,
      default: null,
      secret: true,
      doc: "Connection string of Event Hubs or Fabric, or BootstrapServer=HOST:PORT. It overrides the settings " +
        "above; EntityPath is the topic",
    },
  } as const satisfies OptionTable,
);

/** Reads the replication of a topic: -1 leaves it to the broker. */
export function readReplication(text: string): Read<number> {
  if (text === "-1") return value(-1);
  const read = integer(1, 32767)(text);
  return read.kind === "value" ? read : wrong(read.is, "-1 (the broker's default) or a whole number from 1 to 32767");
}

/** The values of these options; one that is missing had an error. */
export type ConnectionValues = Partial<ValuesOf<typeof CONNECTION_OPTIONS>>;

/** Where these values came from. */
export type ConnectionOrigins = OriginsOf<typeof CONNECTION_OPTIONS>;

/** The options about the topic and its records. */
export const TOPIC_OPTIONS = {
  createTopic: {
    group: "Kafka",
    flag: "create-topic",
    env: ["KAFKA_CREATE_TOPIC"],
    placeholder: "true|false",
    read: readBoolean,
    default: "false",
    implicitValue: "true",
    doc: "Create topics that do not exist",
  },
  maxTopics: {
    group: "Kafka",
    flag: "max-topics",
    env: ["KAFKA_MAX_TOPICS"],
    placeholder: "COUNT",
    read: integer(0, 10_000),
    default: "200",
    doc: "Maximum topics for collections that no rule names; records of further collections go to the topic of `other`",
  },
  topicPartitions: {
    group: "Kafka",
    flag: "topic-partitions",
    env: ["KAFKA_TOPIC_PARTITIONS"],
    placeholder: "COUNT",
    read: integer(1, 10_000),
    default: "4",
    doc: "Partitions of each topic that --create-topic creates",
  },
  topicReplication: {
    group: "Kafka",
    flag: "topic-replication",
    env: ["KAFKA_TOPIC_REPLICATION"],
    placeholder: "COUNT",
    read: readReplication,
    default: "-1",
    defaultText: "the broker's default",
    doc: "Replication factor of each topic that --create-topic creates",
  },
  partitioner: {
    group: "Kafka",
    flag: "partitioner",
    env: ["KAFKA_PARTITIONER"],
    ...choice(["murmur2", "crc32"]),
    default: "murmur2",
    doc: "Partitioner: that of Java clients (murmur2) or of librdkafka (crc32)",
  },
  compression: {
    group: "Kafka",
    flag: "compression",
    env: ["KAFKA_COMPRESSION"],
    ...choice(["none", "gzip", "zstd", "snappy"]),
    default: "none",
    implicitValue: "gzip",
    doc: "Compression of record batches. Event Hubs supports gzip only, in its Premium and Dedicated tiers",
  },
} as const satisfies OptionTable;

/** The option of the topic of dead letters, for commands that have any. */
export const DEAD_LETTER_OPTIONS = {
  deadLetterTopic: {
    group: "Kafka",
    flag: "dead-letter-topic",
    env: ["KAFKA_DEAD_LETTER_TOPIC"],
    placeholder: "TOPIC",
    read: readTopic,
    default: null,
    defaultText: "none: they are counted and logged",
    doc: "Topic for dead letters: messages and records that cannot be decoded or mapped, or exceed the size limit " +
      "of the broker",
  },
} as const satisfies OptionTable;
