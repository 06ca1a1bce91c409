/**
 * What ends the Kafka sink for good.
 *
 * @module
 */

/** The topic does not exist, and was not to be created. */
export class TopicMissingError extends Error {
  override readonly name = "TopicMissingError";

  constructor(topic: string) {
    super(
      `Cannot write to the topic "${topic}": it does not exist, or this user may not see it; ` +
        "create it, give --create-topic, or permit it",
    );
  }
}

/** The brokers refuse what no retry can mend: credentials, permissions, versions. */
export class KafkaRefusedError extends Error {
  override readonly name = "KafkaRefusedError";
}

/** The topic was deleted and created anew with fewer partitions: what was queued has nowhere to go. */
export class TopicShrunkError extends Error {
  override readonly name = "TopicShrunkError";

  constructor(topic: string, from: number, to: number) {
    super(
      `Cannot write to the topic "${topic}" any longer: it has ${to} partitions and had ${from}, as it was deleted and ` +
        "created anew; another start goes on from the cursor",
    );
  }
}

/** A broker said no to who we say we are. */
export class BrokerAuthenticationError extends Error {
  override readonly name = "BrokerAuthenticationError";
}
