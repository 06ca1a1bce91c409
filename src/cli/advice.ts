/**
 * What to do about a failure, by its codes. `check` and the log of `stream` give the same.
 *
 * @module
 */
import type { Advice, Dialled } from "../app/observe.ts";
import type { CursorErrorCode } from "../cursor/cursor.ts";
import type { ResumeCode } from "../cursor/resume.ts";
import { codesOf, type Trouble, type TroubleKind } from "../kafka/client/classify.ts";
import type { KafkaCode } from "../telemetry/report.ts";
import type { EndKind } from "../upstream/errors.ts";

/** What helps where a connection to the firehose brings no message. */
export const RELAY_ADVICE: Readonly<Record<EndKind, string>> = {
  unreachable: "check the host and port of --firehose-url, the network, a firewall, and ws against wss",
  proxy: "check HTTPS_PROXY (for wss) and HTTP_PROXY (for ws), or name the host in NO_PROXY to dial it directly",
  refused: "check the path of --firehose-url: /xrpc/com.atproto.sync.subscribeRepos of a relay or PDS is expected",
  server_closed: "try another relay in --firehose-url: this one closes connections at once",
  error_frame: "see the reason that the relay sent",
  idle: "it accepts the connection but sends nothing: check that --firehose-url is a relay and not an idle PDS",
  invalid_frame: "this server, or a proxy before it, is not a relay: try another --firehose-url",
  oversized: "this server is broken or not a relay: try another --firehose-url",
  skipped: "the relay skips messages",
};

/** Ends that a running stream meets at times, and that need nothing. */
const USUAL_ENDS: readonly EndKind[] = ["server_closed", "error_frame", "skipped"];

/** What helps against the end of a connection, or null. */
export function relayAdvice(kind: EndKind): string | null {
  return USUAL_ENDS.includes(kind) ? null : RELAY_ADVICE[kind];
}

const OVERRIDES = "--cursor live, oldest, a sequence number or a time overrides it for this start";

/** What helps where the cursor cannot be read, kept or used. */
const CURSOR_ADVICE: Readonly<Record<CursorErrorCode, string>> = {
  CURSOR_INVALID: "remove the file to start live, or set --cursor",
  CURSOR_UNREADABLE: "set --cursor to start without it, or name another --cursor-file",
  CURSOR_IN_USE: "stop that producer, or name another --cursor-file for this one",
  CURSOR_DISK_FULL: "free space on its disk, or name a --cursor-file on another one",
  CURSOR_NOT_PERMITTED:
    "it may belong to another user or be immutable (ls -l, lsattr): name a --cursor-file in a writable folder",
  CURSOR_UNWRITABLE: "name a --cursor-file in a writable folder, on a persistent volume",
  CURSOR_OF_OTHER_JOB: `give each job its own --cursor-file, or take this one over with --cursor adopt; ${OVERRIDES}`,
};

/** What helps with what the brokers have or refuse, and what can be chosen in place of a decided start. */
const FOUND_ADVICE: Readonly<Record<KafkaCode | ResumeCode, string>> = {
  TOPIC_MISSING: "create it, or start with --create-topic",
  TOPIC_COMPACTED: "set cleanup.policy=delete on the topic, or name another --kafka-topic",
  TOPIC_NOT_COMPACTED: "set cleanup.policy=compact on the topic, or remove --tombstones",
  TOPIC_NOT_CREATED: "create it and restart, or set --create-topic",
  TOPICS_EXHAUSTED: "raise --max-topics, or exclude collections with --collections",
  IDEMPOTENCE_REFUSED:
    "grant IDEMPOTENT_WRITE on the cluster if the brokers are older than Kafka 3.0; others do not support it",
  SEEKS_BY_TIME: "--cursor live reads new events only",
  STARTS_LIVE: "--cursor oldest reads all that the relay still has",
};

/** What helps with what was found or decided. */
export function adviceFor(code: KafkaCode | ResumeCode): string {
  return FOUND_ADVICE[code];
}

/** What helps against one code, or against any that a pattern matches; the first row that fits counts. */
const BY_CODE: readonly (readonly [codes: readonly string[] | RegExp, advice: string])[] = [
  ...Object.entries(CURSOR_ADVICE).map(([code, advice]) => [[code], advice] as const),
  [
    ["CursorRefusedError"],
    "give each job its own --cursor-group and --transactional-id, or take this cursor over with --cursor adopt; " +
    OVERRIDES,
  ],
  [["ListenError"], "set --metrics-port to a free port and --metrics-host to an address of this machine"],
  [["TopicMissingError"], "create the topic, set --create-topic, or grant DESCRIBE to this user"],
  [["ControllerMissingError"], "create the topic with the brokers' tools, and remove --create-topic"],
  [["FencedError"], "use --standby to wait instead; a separate job needs its own --transactional-id"],
  [["TransactionsMissingError"], "set --delivery at-least-once"],
  [["ENOTFOUND", "EAI_AGAIN"], "check the host name in --kafka-bootstrap-servers, and DNS"],
  [["ECONNREFUSED"], "no server listens there: check host and port, and that the broker runs"],
  [["NOT_KAFKA"], "set --kafka-bootstrap-servers to host and port of Kafka: another service listens there"],
  [["TLS_EXPECTED"], "the port expects TLS: set --kafka-tls true"],
  [
    ["SASL_AUTHENTICATION_FAILED", "KafkaJSSASLAuthenticationError", "BrokerAuthenticationError"],
    "check --sasl-username, --sasl-password and --sasl-mechanism; for Event Hubs the whole --connection-string",
  ],
  [["UNSUPPORTED_SASL_MECHANISM"], "set --sasl-mechanism to one that the brokers support"],
  [["ILLEGAL_SASL_STATE"], "this port expects no SASL: remove the user name, or use another port"],
  [["TokenRefusedError"], "check --oauth-client-id, --oauth-client-secret and --oauth-scope"],
  [["ProxyError"], "check HTTPS_PROXY (for https) and HTTP_PROXY (for http), or name the host in NO_PROXY"],
  [["TokenUnavailableError"], "check --oauth-token-url, or the identity of this machine"],
  [["ERR_TLS_CERT_ALTNAME_INVALID"], "use the host name in the broker's certificate"],
  [["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"], "renew the broker's certificate, or correct the clock of this machine"],
  [/^(?:CERT|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)_/, "set --tls-ca to the CA of the brokers"],
  [
    ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "ERR_SSL_UNSUPPORTED_PROTOCOL"],
    "enable TLS 1.2 or 1.3 on the brokers (ssl.enabled.protocols)",
  ],
  [/^ERR_SSL_.*(?:ALERT|CERTIFICATE)/, "the broker expects another client certificate: --tls-cert and --tls-key"],
  [["INVALID_REPLICATION_FACTOR"], "--topic-replication is at most the number of brokers"],
  [
    ["INVALID_TIMESTAMP"],
    "set --kafka-timestamp send, or raise the topic's message.timestamp.before.max.ms (before Kafka 3.6 " +
    "message.timestamp.difference.max.ms); set the clock of this machine",
  ],
  [
    ["POLICY_VIOLATION"],
    "create.topic.policy.class.name of the brokers forbids the topic: create it with the brokers' tools",
  ],
  [
    ["INVALID_RECORD"],
    "the brokers validate records: check their schema validation, and cleanup.policy=compact, which requires keys",
  ],
  [
    ["UNKNOWN_MEMBER_ID", "ILLEGAL_GENERATION"],
    "consumers have joined the group of --cursor-group: name a group that no consumer uses",
  ],
  [["TOPIC_AUTHORIZATION_FAILED"], "grant this user access to the topic (kafka-acls --add --topic)"],
  [["CLUSTER_AUTHORIZATION_FAILED"], "grant this user the cluster operation (kafka-acls --add --cluster)"],
  [
    ["GROUP_AUTHORIZATION_FAILED"],
    "grant READ on the group of --cursor-group, and on the same name with the suffix -alive",
  ],
  [
    ["TRANSACTIONAL_ID_AUTHORIZATION_FAILED"],
    "grant WRITE and DESCRIBE on the transactional ID (kafka-acls --add --producer --transactional-id)",
  ],
];

/** What helps against each kind of trouble that is no matter of the connection; null: to wait. */
const TROUBLE_ADVICE: Readonly<Record<TroubleKind, string | null>> = {
  connection: null,
  timeout: null,
  leadership: "a partition has no leader: check that all brokers run (kafka-topics --describe shows which partition)",
  topic: "create the topic, or start with --create-topic",
  replicas: "fewer replicas are in sync than min.insync.replicas: check that all brokers run and have room on disk",
  throttled: "a quota of this user is exceeded: raise it",
  login: null,
  other: null,
};

/** What helps against an error with these codes; null where that is not known. */
export function adviceOn(codes: readonly string[]): string | null {
  const row = BY_CODE.find(([known]) =>
    codes.some((code) => known instanceof RegExp ? known.test(code) : known.includes(code))
  );
  return row?.[1] ?? null;
}

/** What helps against an error; null where that is not known. */
export function errorAdvice(error: unknown): string | null {
  return adviceOn(codesOf(error));
}

/** What helps where brokers that were reached before do not answer now. */
const UNANSWERED_ADVICE: Readonly<Partial<Record<TroubleKind, string>>> = {
  connection: "check that the broker runs, and the network to it",
  timeout: "the broker does not answer in time: check whether it hangs (disk, memory), and the network to it",
};

/** What helps against trouble whatever was reached before; null where that is not known. */
function knownAdvice({ kind, codes }: Trouble): string | null {
  return adviceOn(codes) ?? TROUBLE_ADVICE[kind];
}

/** What helps against trouble with brokers that were reached before; null: to wait. */
export function brokerAdvice(trouble: Trouble): string | null {
  return knownAdvice(trouble) ?? (trouble.isUnanswered ? UNANSWERED_ADVICE[trouble.kind] ?? null : null);
}

/** What helps where brokers have not let us in yet: where nothing else is known, how they are dialled may be wrong. */
export function firstAdvice(trouble: Trouble, { isTls, isSasl }: Dialled): string {
  const known = knownAdvice(trouble);
  if (known !== null) return known;
  const { codes, reason } = trouble;
  if (
    isTls && (codes.some((code) => code.startsWith("ERR_SSL")) || /wrong version|packet length|record/i.test(reason))
  ) {
    return "the port has no TLS: set --kafka-tls false, or use the TLS port";
  }
  if (isTls) return "the port may have no TLS (--kafka-tls false), or a firewall blocks it";
  return isSasl
    ? "the port may expect TLS: set --kafka-tls true"
    : "the port may expect TLS (--kafka-tls true) or SASL (--sasl-username), or a firewall blocks it";
}

/** What a run is given to say with its outages. */
export const ADVICE: Advice = {
  relay: relayAdvice,
  brokers: brokerAdvice,
  unreached: firstAdvice,
  error: errorAdvice,
  on: adviceFor,
};

/** What helps where transactions cannot be had, by the protocol errors. */
export function transactionAdvice(types: readonly string[]): string {
  if (types.some((type) => type.endsWith("COORDINATOR_NOT_AVAILABLE"))) {
    return "start the brokers of the coordinators' topics, and set offsets.topic.replication.factor and " +
      "transaction.state.log.replication.factor to at most the number of brokers";
  }
  return adviceOn(types) ?? "stream would retry forever: fix the brokers, or set --delivery at-least-once";
}
