/**
 * How to reach Kafka, as one value: from the connection string, or from servers, topic, user and TLS.
 *
 * @module
 */

import type { Origin } from "../../config/table.ts";
import type { ProfileName } from "../client/options.ts";
import { isEventHubsHost } from "./addresses.ts";
import type { ConnectionString } from "./connection_string.ts";
import type { ConnectionOrigins, ConnectionValues } from "./options.ts";
import { type Login, type Messages, readSecurity, type TlsFiles, tlsFiles, warnInsecure } from "./security.ts";

/** How to reach Kafka. */
export interface KafkaSettings {
  /** `host:port` of the brokers to start from; one at least. */
  readonly brokers: readonly string[];
  /** The topic to write to. */
  readonly topic: string;
  /** How connections are encrypted; null: not at all. */
  readonly tls: TlsFiles | null;
  /** With what to authenticate; null: not at all. */
  readonly sasl: Login | null;
  /** Which limits and time-outs hold. */
  readonly profile: ProfileName;
}

/** What the settings of Kafka came to. */
export interface KafkaRead {
  /** The settings; null with an error, reported here or when the option was read. */
  readonly kafka: KafkaSettings | null;
  /** What is missing or contradictory, one message each. */
  readonly errors: readonly string[];
  /** What is ignored or risky, one message each. */
  readonly warnings: readonly string[];
}

const SERVERS_EXPECTED =
  "--kafka-bootstrap-servers (KAFKA_BOOTSTRAP_SERVERS) or --connection-string (CONNECTION_STRING)";

/**
 * Joins the settings of Kafka into one value. An option that is missing from `values` had an error of its own, so
 * nothing more is said about it.
 */
export function resolveKafka(values: ConnectionValues, origins: ConnectionOrigins): KafkaRead {
  const { connectionString } = values;
  if (connectionString === undefined) return { kafka: null, errors: [], warnings: [] };
  return connectionString === null
    ? fromSettings(values, origins)
    : fromConnectionString(connectionString, values, origins);
}

function fromSettings(values: ConnectionValues, origins: ConnectionOrigins): KafkaRead {
  const { kafkaBootstrapServers: brokers, kafkaTopic: topic } = values;
  const messages: Messages = { errors: [], warnings: [] };
  const { errors, warnings } = messages;
  if (brokers === null) {
    const instead = "output" in origins ? ", or --output - to need no broker" : "";
    errors.push(`Cannot use Kafka: no server is named; expected ${SERVERS_EXPECTED}${instead}`);
  }
  if (topic === null) errors.push("Cannot use Kafka: no topic is named; expected --kafka-topic (KAFKA_TOPIC)");
  const security = readSecurity(values, origins, brokers ?? [], messages);
  const eventHubs = brokers?.find(isEventHubsHost);
  if (eventHubs !== undefined) {
    if (security !== null && security.sasl === null) {
      errors.push(
        `Cannot use Event Hubs "${eventHubs}": it has no credentials; expected --connection-string, ` +
          'or --sasl-username "$ConnectionString" with the connection string as --sasl-password, ' +
          "or --sasl-mechanism oauthbearer",
      );
    }
    if (values.kafkaTls === false) {
      errors.push(
        `Cannot use ${origins.kafkaTls.name} "false" with Event Hubs "${eventHubs}": it speaks TLS only; ` +
          "expected auto or true",
      );
    }
  }
  if (!brokers || !topic || security === null || errors.length > 0) return { kafka: null, errors, warnings };
  const profile = eventHubs === undefined ? "kafka" : "event-hubs";
  return { kafka: { brokers, topic, ...security, profile }, errors, warnings };
}

function fromConnectionString(
  string: ConnectionString,
  values: ConnectionValues,
  origins: ConnectionOrigins,
): KafkaRead {
  const { kafkaBootstrapServers: servers, kafkaTopic, saslUsername, saslPassword, kafkaTls } = values;
  const source = origins.connectionString.name;
  const messages: Messages = { errors: [], warnings: [] };
  const { errors, warnings } = messages;
  const topic = string.topic ?? kafkaTopic;
  if (topic === null) {
    errors.push(
      `Cannot use Kafka: ${source} has no EntityPath; expected one or --kafka-topic (KAFKA_TOPIC)`,
    );
  } else if (kafkaTopic && topic !== kafkaTopic) {
    warnings.push(overridden(origins.kafkaTopic, source, `its EntityPath "${topic}"`));
  }
  if (servers && servers.join() !== string.brokers.join()) {
    warnings.push(overridden(origins.kafkaBootstrapServers, source, `"${string.brokers.join()}"`));
  }
  // Event Hubs strings settle user and TLS; a BootstrapServer alone says nothing of either.
  if (string.sasl === null) {
    const security = readSecurity(values, origins, string.brokers, messages);
    if (!topic || security === null || errors.length > 0) return { kafka: null, errors, warnings };
    return { kafka: { ...string, topic, ...security }, errors, warnings };
  }
  const tls = string.tls ?? true;
  const sameUser = saslUsername === string.sasl.username;
  if (saslUsername && !sameUser) warnings.push(overridden(origins.saslUsername, source, "its own key"));
  if (saslPassword && !sameUser) warnings.push(overridden(origins.saslPassword, source, "its own key"));
  if (typeof kafkaTls === "boolean" && kafkaTls !== tls) {
    const said = tls ? "TLS, which Event Hubs requires" : "plain TCP, as the emulator has no TLS";
    warnings.push(overridden(origins.kafkaTls, source, said));
  }
  if (values.saslMechanism && values.saslMechanism !== "plain") {
    warnings.push(overridden(origins.saslMechanism, source, "its own key"));
  }
  const files = tlsFiles(values, origins, errors);
  if (!topic || files === undefined || errors.length > 0) return { kafka: null, errors, warnings };
  if (tls) warnInsecure(files, origins, warnings);
  return { kafka: { ...string, topic, tls: tls ? files : null }, errors, warnings };
}

function overridden(origin: Origin, source: string, said: string): string {
  return `Ignoring ${origin.name}: ${source} overrides it with ${said}`;
}

/**
 * What contradicts the compression, one message each. Source: learn.microsoft.com, "What is Azure Event Hubs for Apache
 * Kafka", compression.
 */
export function compressionErrors(
  { compression = "none", connectionString, kafkaBootstrapServers }: ConnectionValues & {
    readonly compression?: string;
  },
  { compression: origin }: { readonly compression: Origin },
): readonly string[] {
  const isEventHubs = connectionString
    ? connectionString.profile === "event-hubs"
    : kafkaBootstrapServers?.some(isEventHubsHost) === true;
  if (!isEventHubs || compression === "none" || compression === "gzip") return [];
  return [
    `Cannot use ${origin.name} "${compression}" with Event Hubs: it supports gzip only, in its Premium and ` +
    "Dedicated tiers; expected none or gzip",
  ];
}
