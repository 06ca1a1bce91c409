/**
 * What ends a Kafka producer for good.
 *
 * @module
 */
import { FinalError } from "../../record/final_error.ts";
import { reasonOf } from "./classify.ts";
import type { ProducerOptions } from "./options.ts";

/** The topic does not exist, and was not to be created. */
export class TopicMissingError extends FinalError {
  override readonly name = "TopicMissingError";

  constructor(...topics: readonly string[]) {
    const isOne = topics.length === 1;
    super(
      `Cannot write to the ${isOne ? "topic" : "topics"} ${namesOf(topics)}: ` +
        (isOne ? "it does not exist, or this user may not see it" : "they do not exist, or this user may not see them"),
    );
  }
}

/** The brokers name a controller that is none of them, so nobody can create the topic. */
export class ControllerMissingError extends Error {
  override readonly name = "ControllerMissingError";

  constructor(topic: string, cause: unknown) {
    super(
      `Cannot create the topic "${topic}": the brokers name a controller that is not among them (${reasonOf(cause)})`,
      { cause },
    );
  }
}

/** The brokers refuse what no retry helps against: credentials, permissions, versions. */
export class KafkaRefusedError extends FinalError {
  override readonly name = "KafkaRefusedError";
}

/** The error for a refusal, which names topics, brokers and the reason. */
export function refused(
  { topics, brokers }: Pick<ProducerOptions, "topics" | "brokers">,
  cause: unknown,
): KafkaRefusedError {
  return new KafkaRefusedError(
    `Cannot write to ${namesOf(topics)} on ${brokers.join(",")}: ${reasonOf(cause)}`,
    { cause },
  );
}

/** More are not named; they would hide the rest of the message. */
const MOST_NAMES = 5;

function namesOf(topics: readonly string[]): string {
  const left = topics.length - MOST_NAMES;
  const names = topics.slice(0, MOST_NAMES).map((topic) => `"${topic}"`);
  return left > 0 ? `${names.join(", ")} and ${left} more` : names.join(" and ");
}

/** The topic was deleted and recreated with fewer partitions: queued records of the others have no partition. */
export class TopicShrunkError extends FinalError {
  override readonly name = "TopicShrunkError";

  constructor(topic: string, from: number, to: number) {
    super(
      `Cannot write to the topic "${topic}" any longer: it was deleted and recreated with ${to} partitions instead of ` +
        `${from}; the next start resumes from the cursor`,
    );
  }
}

/** A broker said no to who we say we are. */
export class BrokerAuthenticationError extends Error {
  override readonly name = "BrokerAuthenticationError";
}

/** Another instance writes under the same transactional id now. */
export class FencedError extends FinalError {
  override readonly name = "FencedError";

  constructor(transactionalId: string, by: string | null) {
    super(
      `Cannot continue as "${transactionalId}": ${by ?? "an unnamed instance"} took over and resumes from this ` +
        "instance's cursor",
    );
  }
}

/**
 * Another instance moved the cursor and is gone: what was read here is not what comes after that. A start from the
 * cursor helps.
 */
export class CursorMovedError extends FinalError {
  override readonly name = "CursorMovedError";

  constructor(transactionalId: string, by: string | null) {
    super(
      `Cannot commit as "${transactionalId}": ${by ?? "an unnamed instance"} moved the cursor and has ended; ` +
        "the next start resumes there",
    );
  }
}

/** The cursor in Kafka is not this job's to resume from. */
export class CursorRefusedError extends FinalError {
  override readonly name = "CursorRefusedError";
}

/** The brokers know no transactions. */
export class TransactionsMissingError extends FinalError {
  override readonly name = "TransactionsMissingError";

  constructor(brokers: readonly string[], detail: string) {
    super(
      `Cannot deliver exactly once to ${brokers.join(",")}: the brokers lack transactions (${detail}); ` +
        "Fabric and Event Hubs below Premium have none",
    );
  }
}
