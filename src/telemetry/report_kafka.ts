/**
 * What happens at Kafka: one function for each event, its log line and its count, as in report.ts.
 *
 * @module
 */
import type { Trouble } from "../kafka/client/classify.ts";
import type { ProducerObserver, Redirection, TransactionalProducerObserver } from "../kafka/client/options.ts";
import { ONE_A_MINUTE, type ReportParts, SOME } from "./report.ts";

/** Reports what happens to the producer. */
export function reportKafka(parts: ReportParts): ProducerObserver {
  const { log, limited, state, metrics, now, outages, advise } = parts;
  /** When the batch that is under way was sent, by topic and partition. */
  const sentMs = new Map<string, number>();
  /** Topics of which was said that their policy is not what it should be. */
  const unfit = new Set<string>();
  let isRefused = false;
  const failed = reportTrouble(parts);
  return {
    opened: ({ topic, partitions, created }) => {
      outages.kafka.ended();
      log("info", created ? "Created the topic" : "Found the topic", { topic, partitions });
    },
    policyFound: ({ topic, policy, compacts, compaction }) => {
      if (policy === null) log("debug", "The brokers do not show the cleanup.policy of the topic", { topic });
      // A start that is tried again asks again.
      if (policy === null || unfit.has(topic) || compaction !== (compacts ? "harmful" : "expected")) return;
      unfit.add(topic);
      const advice = advise.on(compacts ? "TOPIC_COMPACTED" : "TOPIC_NOT_COMPACTED");
      const what = compacts
        ? "The topic is compacted: it keeps only the last event of each key"
        : "The topic is not compacted: deleted records stay in it, and old ones expire";
      log("warn", what, { topic, policy, advice });
    },
    redirected: ({ topic, to, why, reason }) =>
      limited("redirected", ONE_A_MINUTE, "warn", "Records of a collection go to the topic for other collections", {
        topic,
        to,
        why: WHY_REDIRECTED[why],
        reason,
        advice: advise.on(why === "limit" ? "TOPICS_EXHAUSTED" : "TOPIC_NOT_CREATED"),
      }),
    waiting: (event) => {
      state.unreachableMs = now();
      failed(event, null);
    },
    sending: (event) => {
      sentMs.set(placeOf(event), now());
    },
    acknowledged: (event) => {
      const place = placeOf(event);
      state.failing.delete(place);
      if (state.failing.size === 0) outages.kafka.ended();
      metrics.batchRecords.observe(event.records);
      metrics.produceSeconds.observe(Math.max(0, now() - (sentMs.get(place) ?? now())) / 1000);
    },
    retrying: (event) => failed(event, placeOf(event)),
    recovered: (event) => log("debug", "A partition accepts batches again", event),
    idempotenceRefused: ({ reason }) => {
      // Each partition may be refused.
      if (isRefused) return;
      isRefused = true;
      log("warn", "The brokers assign no producer ID: an event whose acknowledgement is lost is written twice", {
        reason,
        advice: advise.on("IDEMPOTENCE_REFUSED"),
      });
    },
    sequencesLost: (event) => {
      const message = "A broker lost the producer state of a partition; its last batch may be duplicated";
      limited("sequencesLost", SOME, "warn", message, event);
    },
    topicMissing: ({ topic }) =>
      limited(
        "topicMissing",
        ONE_A_MINUTE,
        "warn",
        "The topic does not exist any more, or this user may not describe it; events are buffered until it exists",
        { topic, advice: advise.on("TOPIC_MISSING") },
      ),
    partitionsChanged: (event) =>
      log("warn", "The number of partitions changed: keys now map to other partitions", event),
  };
}

const WHY_REDIRECTED: Readonly<Record<Redirection["why"], string>> = {
  limit: "the maximum number of topics is reached",
  missing: "its topic does not exist",
  refused: "the brokers refuse to create its topic",
};

function placeOf({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${topic}/${partition}`;
}

/** Reports a failed attempt, of one partition or of all that is needed before the first record. */
function reportTrouble({ log, state, metrics, outages, advise }: ReportParts) {
  return (event: Trouble & { readonly retryInMs: number; readonly attempt?: number }, partition: string | null) => {
    const { kind, isUnanswered, server, reason, retryInMs, attempt = null } = event;
    metrics.retries.add(kind);
    if (partition !== null) state.failing.set(partition, kind);
    log("debug", "A request to Kafka failed", { kind, server, reason, partition, attempt, retryInMs });
    const advice = advise.brokers(event);
    outages.kafka.failed({ isUnreachable: isUnanswered, server, reason, retryInMs, advice });
  };
}

/** A transaction fails as a whole. */
const ALL_PARTITIONS = "all";

/** Reports what happens to the transactional producer. */
export function reportTransactions(parts: ReportParts): TransactionalProducerObserver {
  const { log, limited, state, outages } = parts;
  const failed = reportTrouble(parts);
  return {
    ...reportKafka(parts),
    standingBy: ({ active }) => {
      state.standingBy = true;
      outages.kafka.ended();
      log("info", "Standing by: another instance is alive", { active });
    },
    claimed: ({ before, cursor }) => {
      state.standingBy = false;
      log("info", "This instance is active and owns the cursor", { before, cursor });
    },
    watching: (event) =>
      log(
        "warn",
        "Another instance owns the cursor: this one ends if the owner sends a heartbeat, else it continues",
        event,
      ),
    takenBack: ({ owner, moved }) =>
      log("warn", "The owner of the cursor sends no heartbeat; this instance takes the job back", {
        owner,
        from: moved ? "the cursor of that instance" : "its own cursor",
      }),
    timeoutRefused: (event) =>
      limited("timeoutRefused", SOME, "info", "The brokers permit shorter transactions only", event),
    restarting: (event) => failed(event, ALL_PARTITIONS),
    committedAgain: () => {
      state.failing.delete(ALL_PARTITIONS);
      outages.kafka.ended();
    },
  };
}
