/**
 * How to reach Kafka, as one value: from the connection string, or from servers, topic, user and TLS.
 *
 * @module
 */

import { isEventHubsHost } from "./addresses.ts";
import type { ConnectionString, KafkaProfile, Sasl } from "./connection_string.ts";
import type { CONNECTION_OPTIONS, ValuesOf } from "./options.ts";
import type { Origin, OriginsOf } from "./table.ts";

/** How to reach Kafka. */
export interface KafkaSettings {
  /** `host:port` of the brokers to start from; one at least. */
  readonly brokers: readonly string[];
  /** The topic to write to. */
  readonly topic: string;
  /** Whether connections are encrypted. */
  readonly tls: boolean;
  /** With what to authenticate by SASL PLAIN; null: not at all. */
  readonly sasl: Sasl | null;
  /** Which limits and time-outs hold. */
  readonly profile: KafkaProfile;
}

/** What the settings of Kafka came to. */
export interface KafkaRead {
  /** The settings; null with a mistake, told here or when the option was read. */
  readonly kafka: KafkaSettings | null;
  /** What is missing or contradictory, one message each. */
  readonly mistakes: readonly string[];
  /** What is ignored or risky, one message each. */
  readonly warnings: readonly string[];
}

/** The options' values; one that is missing had a mistake. */
export type ConnectionValues = Partial<ValuesOf<typeof CONNECTION_OPTIONS>>;

/** Where the options' values came from. */
export type ConnectionOrigins = OriginsOf<typeof CONNECTION_OPTIONS>;

const SERVERS_WANTED =
  "--kafka-bootstrap-servers (KAFKA_BOOTSTRAP_SERVERS) or --connection-string (CONNECTION_STRING) is wanted";

/**
 * Joins the settings of Kafka into one value. An option that is missing from `values` had a mistake of its own, so
 * nothing more is said about it.
 */
export function resolveKafka(values: ConnectionValues, origins: ConnectionOrigins): KafkaRead {
  const { connectionString } = values;
  if (connectionString === undefined) return { kafka: null, mistakes: [], warnings: [] };
  return connectionString === null
    ? fromSettings(values, origins)
    : fromConnectionString(connectionString, values, origins);
}

function fromSettings(values: ConnectionValues, origins: ConnectionOrigins): KafkaRead {
  const { kafkaBootstrapServers: brokers, kafkaTopic: topic } = values;
  const mistakes: string[] = [];
  const warnings: string[] = [];
  if (brokers === null) {
    const instead = "output" in origins ? ", or --output - to need no broker" : "";
    mistakes.push(`Cannot use Kafka: no server is named, ${SERVERS_WANTED}${instead}`);
  }
  if (topic === null) mistakes.push("Cannot use Kafka: no topic is named, --kafka-topic (KAFKA_TOPIC) is wanted");
  const login = readLogin(values, origins, mistakes, warnings);
  const eventHubs = brokers?.find(isEventHubsHost);
  if (eventHubs !== undefined) {
    if (values.saslUsername === null && values.saslPassword === null) {
      mistakes.push(
        `Cannot use Event Hubs "${eventHubs}": it has no credentials, --connection-string is wanted, ` +
          'or --sasl-username "$ConnectionString" with the connection string as --sasl-password',
      );
    }
    if (values.kafkaTls === false) {
      mistakes.push(
        `Cannot use ${origins.kafkaTls.name} "false" with Event Hubs "${eventHubs}": it speaks TLS only, ` +
          "auto or true is wanted",
      );
    }
  }
  if (!brokers || !topic || login === null || mistakes.length > 0) return { kafka: null, mistakes, warnings };
  const profile = eventHubs === undefined ? "kafka" : "event-hubs";
  return { kafka: { brokers, topic, ...login, profile }, mistakes, warnings };
}

/** User, password and TLS; null where one of them is a mistake. */
function readLogin(
  values: ConnectionValues,
  origins: ConnectionOrigins,
  mistakes: string[],
  warnings: string[],
): { readonly sasl: Sasl | null; readonly tls: boolean } | null {
  const { saslUsername: username, saslPassword: password, kafkaTls } = values;
  if (username && password === null) {
    mistakes.push(
      `Cannot use ${origins.saslUsername.name}: it has no password beside it, --sasl-password (SASL_PASSWORD) is wanted`,
    );
  }
  if (username === null && password) {
    mistakes.push(
      `Cannot use ${origins.saslPassword.name}: it has no user name beside it, --sasl-username (SASL_USERNAME) is wanted`,
    );
  }
  if (username === undefined || password === undefined || kafkaTls === undefined) return null;
  const sasl = username !== null && password !== null ? { username, password } : null;
  if (sasl !== null && kafkaTls === false) {
    warnings.push(
      `Sending the password without encryption: ${origins.kafkaTls.name} turns TLS off, auto or true protects it`,
    );
  }
  return { sasl, tls: kafkaTls === "auto" ? sasl !== null : kafkaTls };
}

function fromConnectionString(
  string: ConnectionString,
  values: ConnectionValues,
  origins: ConnectionOrigins,
): KafkaRead {
  const { kafkaBootstrapServers: servers, kafkaTopic, saslUsername, saslPassword, kafkaTls } = values;
  const source = origins.connectionString.name;
  const mistakes: string[] = [];
  const warnings: string[] = [];
  const topic = string.topic ?? kafkaTopic;
  if (topic === null) {
    mistakes.push(
      `Cannot use Kafka: ${source} has no EntityPath, one or --kafka-topic (KAFKA_TOPIC) is wanted`,
    );
  } else if (kafkaTopic && topic !== kafkaTopic) {
    warnings.push(overridden(origins.kafkaTopic, source, `its EntityPath "${topic}"`));
  }
  if (servers && servers.join() !== string.brokers.join()) {
    warnings.push(overridden(origins.kafkaBootstrapServers, source, `"${string.brokers.join()}"`));
  }
  // Event Hubs strings settle user and TLS; a BootstrapServer alone says nothing of either.
  if (string.sasl === null) {
    const login = readLogin(values, origins, mistakes, warnings);
    if (!topic || login === null || mistakes.length > 0) return { kafka: null, mistakes, warnings };
    return { kafka: { ...string, topic, ...login }, mistakes, warnings };
  }
  const tls = string.tls ?? true;
  const sameUser = saslUsername === string.sasl.username;
  if (saslUsername && !sameUser) warnings.push(overridden(origins.saslUsername, source, "its own key"));
  if (saslPassword && !sameUser) warnings.push(overridden(origins.saslPassword, source, "its own key"));
  if (typeof kafkaTls === "boolean" && kafkaTls !== tls) {
    const said = tls ? "TLS, which Event Hubs demands" : "plain TCP, as the emulator has no TLS";
    warnings.push(overridden(origins.kafkaTls, source, said));
  }
  if (!topic) return { kafka: null, mistakes, warnings };
  return { kafka: { ...string, topic, tls, sasl: string.sasl }, mistakes, warnings };
}

function overridden(origin: Origin, source: string, said: string): string {
  return `Ignoring ${origin.name}: ${source} overrides it with ${said}`;
}
