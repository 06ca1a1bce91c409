/**
 * Dials the brokers, authenticates, and looks at the topic and at what this user may do with it.
 *
 * @module
 */
import { producerOptions } from "../../app/exactly_once.ts";
import { jobNames } from "../../kafka/options/delivery_options.ts";
import type { Config } from "../../config/config.ts";
import type { Origin } from "../../config/table.ts";
import { messageOf } from "../../cursor/files.ts";
import type { TopicFacts } from "../../kafka/client/inspect.ts";
import { isCompacting, type OpenTopics, type ProducerOptions } from "../../kafka/client/options.ts";
import { adviceFor, adviceOn, firstAdvice } from "../advice.ts";
import { type Finding, finding } from "./finding.ts";
import { PATIENCE_MS } from "./firehose.ts";

/** Below this a batch is split before brokers take it. Largest batches have 512 KB, and 900 for Event Hubs. */
const USUAL_MAX_MESSAGE_BYTES = 1_048_576;
/** What a relay replays is up to three days old. */
const REPLAYED_MS = 259_200_000;
/** Of a large cluster not every broker is dialled. */
const MAX_DIALLED = 20;

/** Looks at the way to the topic; each step is reported as soon as it is taken, and the first that fails is the last. */
export async function* checkBroker(
  config: Config,
  origins: Readonly<Record<string, Origin>>,
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  const { kafka } = config;
  if (kafka === null) return;
  const { dialBroker, inspectTopics, listBrokers, tryCreation, tryWriting } = await import(
    "../../kafka/client/inspect.ts"
  );
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
    yield finding("brokers", "failed", messageOf(error), "name PEM files that this user can read");
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
    const reason = step.aborted ? `no response within ${PATIENCE_MS / 1000} s` : trouble.reason;
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

  let isMissing = false;
  try {
    const found = await inspectTopics(options, options.topics, patience());
    const missing = options.topics.filter((topic) => !found.has(topic));
    isMissing = missing.length > 0;
    if (isMissing) {
      const one = await missingTopics(missing, options, () => tryCreation(options, missing, patience()));
      yield one;
      if (one.status === "failed") return;
    }
    let isUsable = true;
    for (const [topic, facts] of found) {
      const one = topicFinding(topic, facts);
      yield one;
      isUsable &&= one.status !== "failed";
      yield* recordFindings(topic, facts, options, config);
    }
    if (!isUsable) return;
    if (options.openTopics !== null) yield openFinding(kafka.topic, options.openTopics, options.createTopic !== null);
  } catch (error) {
    signal.throwIfAborted();
    yield finding("topic", "failed", `"${kafka.topic}": ${reasonOf(error)} (${troubleOf(error)})`, "try again later");
    return;
  }
  if (isMissing) {
    if (config.delivery === "exactly-once") {
      yield finding("transactions", "skipped", "unknown until the topic exists", "run check again when it does");
    }
    return;
  }
  const permissions = new Map<string, Awaited<ReturnType<typeof tryWriting>>>();
  for (const topic of options.topics) permissions.set(topic, await tryWriting(options, topic, patience()));
  yield permissionFinding(permissions);
  if (config.delivery === "exactly-once") {
    yield await transactionsFinding(options, config, kafka.topic, patience());
  }
}

/** What there is to say of the permission to write to all topics: the worst of them. */
function permissionFinding(
  found: ReadonlyMap<string, { readonly kind: "permitted" } | { readonly kind: string; readonly reason: string }>,
): Finding {
  for (const [topic, write] of found) {
    if (write.kind !== "refused" || !("reason" in write)) continue;
    return finding(
      "permission",
      "failed",
      `no permission to write to "${topic}": ${write.reason}`,
      "grant WRITE on the topic to this user (kafka-acls --add --producer), or the role Data Sender in Azure",
    );
  }
  for (const write of found.values()) {
    if (!("reason" in write)) continue;
    return finding(
      "permission",
      "skipped",
      `unknown without writing: ${write.reason}`,
      "run stream with --max-events 1 to find out",
    );
  }
  const [first = ""] = found.keys();
  const to = found.size === 1
    ? `"${first}", as an empty batch shows`
    : `all ${found.size} topics, as empty batches show`;
  return finding("permission", "ok", `may write to ${to}`);
}

async function transactionsFinding(
  options: ProducerOptions,
  config: Config,
  topic: string,
  signal: AbortSignal,
): Promise<Finding> {
  const [{ openOffsetStore }, { checkTransactions }] = await Promise.all([
    import("../../kafka/offsets/offset_store.ts"),
    import("./transactions.ts"),
  ]);
  const groups = openOffsetStore(options);
  try {
    return await checkTransactions(groups, jobNames(config, topic), signal);
  } finally {
    groups.close();
  }
}

function strayed(brokers: readonly string[], lost: readonly string[]): Finding {
  return finding(
    "brokers",
    "failed",
    `${brokers.join(",")} responds, but advertises ${lost.join("; ")}`,
    "set advertised.listeners of the brokers to addresses that this machine can reach, or use the listener that has them",
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
      "no batch will be acknowledged: start the other replicas, or lower min.insync.replicas",
    );
  }
  if (maxMessageBytes !== null && maxMessageBytes < USUAL_MAX_MESSAGE_BYTES / 2) {
    const advice = `batches are split, and larger events are dropped: raise it to ${USUAL_MAX_MESSAGE_BYTES}`;
    return finding("topic", "warning", detail, advice);
  }
  return finding("topic", "ok", detail);
}

/** What becomes of the collections that no rule names. */
function openFinding(template: string, { limit, otherOf }: OpenTopics, mayCreate: boolean): Finding {
  const others = `"${otherOf(template)}"`;
  const detail = mayCreate
    ? `for collections that no rule names, created on demand: at most ${limit}; all further ones go to ${others}`
    : `for collections that no rule names: those of "${template}" that exist at the start; all others go to ${others}`;
  return finding("topic", "ok", detail);
}

/** What there is to say of how a topic treats the records of these settings. */
export function* recordFindings(
  topic: string,
  { cleanupPolicy: policy, timestampBeforeMaxMs }: Pick<TopicFacts, "cleanupPolicy" | "timestampBeforeMaxMs">,
  { compaction }: Pick<ProducerOptions, "compaction">,
  { kafkaTimestamp }: Pick<Config, "kafkaTimestamp">,
): Generator<Finding> {
  const compacts = policy !== null && isCompacting(policy);
  if (compacts && compaction(topic) === "harmful") {
    const detail = `"${topic}" has cleanup.policy=${policy}: it keeps only the last event of each key`;
    yield finding("topic", "warning", detail, adviceFor("TOPIC_COMPACTED"));
  }
  if (policy !== null && !compacts && compaction(topic) === "expected") {
    const detail = `"${topic}" has cleanup.policy=${policy}: deleted records stay, and old ones expire`;
    yield finding("topic", "warning", detail, adviceFor("TOPIC_NOT_COMPACTED"));
  }
  if (kafkaTimestamp === "event" && timestampBeforeMaxMs !== null && timestampBeforeMaxMs < REPLAYED_MS) {
    const detail =
      `"${topic}" has message.timestamp.before.max.ms=${timestampBeforeMaxMs}: it rejects old events, as in a replay`;
    yield finding("topic", "warning", detail, adviceOn(["INVALID_TIMESTAMP"]));
  }
}

async function missingTopics(
  topics: readonly string[],
  { createTopic }: ProducerOptions,
  tryIt: () => Promise<string | null>,
): Promise<Finding> {
  const names = topics.map((topic) => `"${topic}"`).join(", ");
  const isOne = topics.length === 1;
  const missing = isOne ? "does not exist" : "do not exist";
  const [it, may] = isOne ? ["it", "this user may not see it"] : ["them", "this user may not see them"];
  if (createTopic === null) {
    const advice = `create ${it}, give --create-topic, or grant DESCRIBE to this user`;
    return finding("topic", "failed", `${names} ${missing}, or ${may}`, advice);
  }
  const problem = await tryIt();
  if (problem === null) return finding("topic", "ok", `${names} ${missing} yet; stream will create ${it}`);
  return finding(
    "topic",
    "failed",
    `${names} ${missing} and cannot be created: ${problem}`,
    "choose --topic-partitions and --topic-replication that the cluster supports, and grant CREATE",
  );
}
