/**
 * Dials the brokers, authenticates, and looks at the topic and at what this user may do with it.
 *
 * @module
 */
import { producerOptions } from "../../app/exactly_once.ts";
import { jobNames } from "../../config/delivery_options.ts";
import type { Config } from "../../config/resolve.ts";
import type { Origin } from "../../config/table.ts";
import { COMPACTION_ADVICE } from "../../telemetry/report_kafka.ts";
import type { ProducerOptions } from "../../kafka/client/options.ts";
import { firstAdvice } from "../advice.ts";
import { type Finding, finding } from "./finding.ts";
import { PATIENCE_MS } from "./firehose.ts";

/** Below this a batch is split before brokers take it. Largest batches have 512 KB, and 900 for Event Hubs. */
const USUAL_MAX_MESSAGE_BYTES = 1_048_576;
/** Of a large cluster not every broker is dialled. */
const MAX_DIALLED = 20;

/** Looks at the way to the topic; each step is told as soon as it is taken, and the first that fails is the last. */
export async function* checkBroker(
  config: Config,
  origins: Readonly<Record<string, Origin>>,
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  const { kafka } = config;
  if (kafka === null) return;
  const { dialBroker, inspectTopic, listBrokers, tryCreation, tryWriting } = await import(
    "../../kafka/client/inspect.ts"
  );
  const { isCompacting } = await import("../../kafka/client/topic.ts");
  const { describeTrouble, reasonOf, troubleOf } = await import("../../kafka/client/classify.ts");
  const patience = () => AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);

  let options: ProducerOptions;
  let brokers: readonly string[];
  const login = kafka.sasl === null ? "" : `, SASL ${kafka.sasl.mechanism.toUpperCase()}`;
  const way = `${kafka.tls === null ? "plain TCP" : "TLS"}${login}`;
  try {
    options = {
      ...await producerOptions({ ...config, kafka }, origins),
      lingerMs: 0,
    };
  } catch (error) {
    yield finding("brokers", "failed", messageOf(error), "name files that this user may read, in PEM");
    return;
  }
  const step = patience();
  try {
    brokers = await listBrokers(options, step);
  } catch (error) {
    signal.throwIfAborted();
    const trouble = describeTrouble(error);
    if (trouble.server !== null && !kafka.brokers.includes(trouble.server)) {
      yield strayed(kafka.brokers, [`${trouble.server}: ${trouble.reason}`]);
      return;
    }
    const reason = step.aborted ? `no answer within ${PATIENCE_MS / 1000} s` : trouble.reason;
    const dialled = { isTls: kafka.tls !== null, isSasl: kafka.sasl !== null };
    const advice = firstAdvice({ ...trouble, reason }, dialled);
    yield finding("brokers", "failed", `${kafka.brokers.join(",")} by ${way}: ${reason}`, advice);
    return;
  }
  const lost: string[] = [];
  for (const broker of brokers.slice(0, MAX_DIALLED)) {
    const reason = await dialBroker(options, broker, patience());
    if (reason !== null) lost.push(`${broker}: ${reason}`);
  }
  if (lost.length > 0) {
    yield strayed(kafka.brokers, lost);
    return;
  }
  yield finding("brokers", "ok", `${brokers.length} by ${way}: ${brokers.slice(0, 3).join(", ")}`);

  try {
    const topic = await inspectTopic(options, patience());
    if (topic === null) {
      const found = await missingTopic(kafka.topic, options, () => tryCreation(options, patience()));
      yield found;
      if (found.status === "ok" && config.delivery === "exactly-once") {
        yield finding("transactions", "skipped", "cannot be told before the topic exists", "check again when it does");
      }
      return;
    }
    const found = topicFinding(kafka.topic, topic);
    yield found;
    if (found.status === "failed") return;
    const { cleanupPolicy } = topic;
    if (cleanupPolicy !== null && isCompacting(cleanupPolicy)) yield compactionFinding(kafka.topic, cleanupPolicy);
  } catch (error) {
    signal.throwIfAborted();
    yield finding("topic", "failed", `"${kafka.topic}": ${reasonOf(error)} (${troubleOf(error)})`, "try again later");
    return;
  }
  const write = await tryWriting(options, patience());
  if (write.kind === "permitted") {
    yield finding("permission", "ok", `may write to "${kafka.topic}", as an empty batch shows`);
  } else if (write.kind === "refused") {
    yield finding(
      "permission",
      "failed",
      `may not write to "${kafka.topic}": ${write.reason}`,
      "permit WRITE on the topic to this user (kafka-acls --add --producer), or the role Data Sender in Azure",
    );
  } else {
    yield finding(
      "permission",
      "skipped",
      `cannot be told without writing: ${write.reason}`,
      "stream with --max-events 1 shows it",
    );
  }
  if (config.delivery === "exactly-once") {
    yield await transactionsFinding(options, config, kafka.topic, patience());
  }
}

async function transactionsFinding(
  options: ProducerOptions,
  config: Config,
  topic: string,
  signal: AbortSignal,
): Promise<Finding> {
  const [{ openGroupOffsets }, { checkTransactions }] = await Promise.all([
    import("../../kafka/offsets/group_offsets.ts"),
    import("./transactions.ts"),
  ]);
  const groups = openGroupOffsets(options);
  try {
    return await checkTransactions(groups, jobNames(config, topic), signal);
  } finally {
    groups.close();
  }
}

type TopicFacts = NonNullable<Awaited<ReturnType<typeof import("../../kafka/client/inspect.ts").inspectTopic>>>;

function strayed(brokers: readonly string[], lost: readonly string[]): Finding {
  return finding(
    "brokers",
    "failed",
    `${brokers.join(",")} answers, but sends clients to ${lost.join("; ")}`,
    "set advertised.listeners of the brokers to what this machine can reach, or dial the listener meant for it",
  );
}

/** What there is to say of a topic. */
export function topicFinding(name: string, topic: TopicFacts): Finding {
  const { partitions, replication, leaderless, maxMessageBytes, minInsyncReplicas, inSync } = topic;
  const limit = maxMessageBytes === null ? "not shown to this user" : String(maxMessageBytes);
  const detail = `"${name}": partitions ${partitions}, replication ${replication}, max.message.bytes ${limit}`;
  if (leaderless.length > 0) {
    return finding("topic", "failed", `${detail}; without a leader: ${leaderless.join(", ")}`, "start their brokers");
  }
  if (minInsyncReplicas !== null && inSync < minInsyncReplicas) {
    return finding(
      "topic",
      "failed",
      `${detail}; ${inSync} in sync, min.insync.replicas ${minInsyncReplicas}`,
      "nothing is acknowledged so: start the other replicas, or lower min.insync.replicas",
    );
  }
  if (maxMessageBytes !== null && maxMessageBytes < USUAL_MAX_MESSAGE_BYTES / 2) {
    const advice = `batches are split, and what is larger alone is left out: raise it to ${USUAL_MAX_MESSAGE_BYTES}`;
    return finding("topic", "warning", detail, advice);
  }
  return finding("topic", "ok", detail);
}

function compactionFinding(topic: string, policy: string): Finding {
  return finding(
    "topic",
    "warning",
    `"${topic}" has cleanup.policy=${policy}: in time it keeps only the last event of each account`,
    COMPACTION_ADVICE,
  );
}

async function missingTopic(
  topic: string,
  { createTopic }: ProducerOptions,
  tryIt: () => Promise<string | null>,
): Promise<Finding> {
  const detail = `"${topic}" does not exist, or this user may not see it`;
  if (createTopic === null) {
    return finding("topic", "failed", detail, "create it, give --create-topic, or permit DESCRIBE to this user");
  }
  const problem = await tryIt();
  if (problem === null) return finding("topic", "ok", `"${topic}" does not exist yet; stream can and will create it`);
  return finding(
    "topic",
    "failed",
    `"${topic}" does not exist and cannot be created: ${problem}`,
    "--topic-partitions and --topic-replication that the cluster can bear, and permission to CREATE",
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
