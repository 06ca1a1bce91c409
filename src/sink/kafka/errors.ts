/**
 * What ends the Kafka sink for good.
 *
 * @module
 */

/** The topic does not exist, and was not to be created. */
export class TopicMissingError extends Error {
  override readonly name = "TopicMissingError";

  constructor(topic: string) {
    super(`Cannot write to the topic "${topic}": it does not exist; create it, or give --create-topic`);
  }
}

/** The brokers refuse what no retry can mend: credentials, permissions, versions. */
export class KafkaRefusedError extends Error {
  override readonly name = "KafkaRefusedError";
}
