/**
 * From the configuration to what every client of Kafka must be told.
 *
 * @module
 */
import type { KafkaSettings } from "../config/kafka_settings.ts";
import type { KafkaClientOptions } from "../sink/kafka/options.ts";
import { USER_AGENT } from "./version.ts";

/** The settings of a client, by which this program is known to the brokers. */
export function clientOptions(kafka: KafkaSettings): KafkaClientOptions {
  return { ...kafka, clientId: USER_AGENT.replace("/", "-"), random: Math.random };
}
