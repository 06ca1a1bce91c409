/**
 * Dials the brokers, authenticates, and looks at the topic and at what this user may do with it.
 *
 * @module
 */
import { jobNames } from "../../config/delivery_options.ts";
import type { Config } from "../../config/resolve.ts";
import type { Origin } from "../../config/table.ts";
import type { KafkaSinkOptions } from "../../sink/kafka/options.ts";
import { openConnection } from "../connection.ts";
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
  const { kafka, createTopic, topicPartitions: partitions, topicReplication: replication } = config;
  if (kafka === null) return;
  const { dialBroker, inspectTopic, listBrokers, tryCreation, tryWriting } = await import(
    "../../sink/kafka/inspect.ts"
  );
  const { reasonOf, troubleOf, typesOf } = await import("../../sink/kafka/classify.ts");
  const patience = () => AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);

  let options: KafkaSinkOptions;
  let brokers: readonly string[];
  const login = kafka.sasl === null ? "" : `, SASL ${kafka.sasl.mechanism.toUpperCase()}`;
  const way = `${kafka.tls === null ? "plain TCP" : "TLS"}${login}`;
  try {
    options = {
      ...await openConnection(kafka, origins),
      createTopic: createTopic ? { partitions, replication } : null,
      partitioner: config.partitioner,
      compression: config.compression,
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
    const astray = textsOf(error, ["broker"]).find((broker) => !kafka.brokers.includes(broker));
    if (astray !== undefined) {
      yield strayed(kafka.brokers, [`${astray}: ${reasonOf(error)}`]);
      return;
    }
    const reason = step.aborted ? `no answer within ${PATIENCE_MS / 1000} s` : reasonOf(error);
    const advice = adviceFor(
      reason,
      typesOf(error),
      textsOf(error, ["code", "name"]),
      kafka.tls !== null,
      kafka.sasl !== null,
    );
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
  options: KafkaSinkOptions,
  config: Config,
  topic: string,
  signal: AbortSignal,
): Promise<Finding> {
  const [{ openGroupOffsets }, { checkTransactions }] = await Promise.all([
    import("../../sink/kafka/group_offsets.ts"),
    import("./transactions.ts"),
  ]);
  const groups = openGroupOffsets(options);
  try {
    return await checkTransactions(groups, jobNames(config, topic), signal);
  } finally {
    groups.close();
  }
}

type TopicFacts = NonNullable<Awaited<ReturnType<typeof import("../../sink/kafka/inspect.ts").inspectTopic>>>;

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

async function missingTopic(
  topic: string,
  { createTopic }: KafkaSinkOptions,
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

/** What helps where brokers do not let us in. */
export function adviceFor(
  reason: string,
  types: readonly string[],
  codes: readonly string[],
  isTls: boolean,
  isSasl: boolean,
): string {
  const has = (...names: string[]) => names.some((name) => types.includes(name) || codes.includes(name));
  if (has("ENOTFOUND", "EAI_AGAIN")) return "check the host name in --kafka-bootstrap-servers, and DNS";
  if (has("ECONNREFUSED")) return "nothing listens there: check host and port, and that the broker runs";
  if (has("SASL_AUTHENTICATION_FAILED") || has("KafkaJSSASLAuthenticationError", "BrokerAuthenticationError")) {
    return "check --sasl-username, --sasl-password and --sasl-mechanism; for Event Hubs the whole --connection-string";
  }
  if (has("UNSUPPORTED_SASL_MECHANISM")) return "give a --sasl-mechanism that the brokers have";
  if (has("ILLEGAL_SASL_STATE")) return "this port wants no SASL: leave the user name out, or dial another port";
  if (has("TokenRefusedError")) return "check --oauth-client-id, --oauth-client-secret and --oauth-scope";
  if (has("ProxyError")) return "check HTTPS_PROXY (for https) and HTTP_PROXY (for http), or name the host in NO_PROXY";
  if (has("TokenUnavailableError")) return "check --oauth-token-url, or the identity of this machine";
  if (has("ERR_TLS_CERT_ALTNAME_INVALID")) return "dial the name that the broker's certificate has";
  if (codes.some((code) => /^(?:CERT|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)_/.test(code))) {
    return "name the authority of the brokers by --tls-ca";
  }
  if (codes.some((code) => /^ERR_SSL_.*(?:ALERT|CERTIFICATE)/.test(code))) {
    return "the broker wants another client certificate: --tls-cert and --tls-key";
  }
  if (
    isTls && (codes.some((code) => code.startsWith("ERR_SSL")) || /wrong version|packet length|record/i.test(reason))
  ) {
    return "the port speaks no TLS: --kafka-tls false, or dial the port that does";
  }
  if (isTls) return "the port may speak no TLS (--kafka-tls false), or a firewall stands between";
  return isSasl
    ? "the port may want TLS: --kafka-tls true"
    : "the port may want TLS (--kafka-tls true) or a login (--sasl-username), or a firewall stands between";
}

/** The texts of these properties in the chain of causes of an error. */
function textsOf(error: unknown, properties: readonly string[]): readonly string[] {
  const texts: string[] = [];
  for (let link = error, depth = 0; typeof link === "object" && link !== null && depth < 10; depth++) {
    for (const property of properties) {
      const found = Reflect.get(link, property);
      if (typeof found === "string") texts.push(found);
    }
    link = Reflect.get(link, "cause");
  }
  return texts;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
