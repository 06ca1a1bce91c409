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
  server_closed: "another firehose may stand at another --firehose-url; this server hangs up at once",
  error_frame: "the server says why",
  idle: "it connects and sends nothing: check that --firehose-url is a relay and not a quiet PDS",
  invalid_frame: "this server, or what stands before it, is no relay: another one may stand at another --firehose-url",
  oversized: "this server is no relay, or a broken one: another one may stand at another --firehose-url",
  skipped: "the server leaves messages out",
};

/** Ends that a running stream meets at times, and that need nothing. */
const USUAL_ENDS: readonly EndKind[] = ["server_closed", "error_frame", "skipped"];

/** What helps against the end of a connection, or null. */
export function relayAdvice(kind: EndKind): string | null {
  return USUAL_ENDS.includes(kind) ? null : RELAY_ADVICE[kind];
}

const OVERRIDES = "--cursor live, oldest, a sequence number or a time decides at this start";

/** What helps where the cursor cannot be read, kept or used. */
const CURSOR_ADVICE: Readonly<Record<CursorErrorCode, string>> = {
  CURSOR_INVALID: "remove the file to start live, or give --cursor",
  CURSOR_UNREADABLE: "give --cursor to start without it, or another path by --cursor-file",
  CURSOR_IN_USE: "stop that producer, or give this one a file of its own by --cursor-file",
  CURSOR_DISK_FULL: "free space on its disk, or give a path on another by --cursor-file",
  CURSOR_NOT_PERMITTED:
    "it may be another user's or immutable (ls -l, lsattr): give a path in a writable folder by --cursor-file",
  CURSOR_UNWRITABLE: "give a path in a writable folder by --cursor-file, on a volume that is kept",
  CURSOR_OF_OTHER_JOB:
    `give each job a --cursor-file of its own, or take this one over with --cursor adopt; ${OVERRIDES}`,
};

/** What helps with what the brokers have or refuse, and what can be chosen in place of a decided start. */
const FOUND_ADVICE: Readonly<Record<KafkaCode | ResumeCode, string>> = {
  TOPIC_MISSING: "create it, or start with --create-topic",
  TOPIC_COMPACTED: "set cleanup.policy=delete on the topic, or name another --kafka-topic",
  TOPIC_NOT_COMPACTED: "set cleanup.policy=compact on the topic, or leave --tombstones out",
  TOPIC_NOT_CREATED: "create it, and start again; or give --create-topic",
  TOPICS_EXHAUSTED: "raise --max-topics, or leave collections out by --collections",
  IDEMPOTENCE_REFUSED:
    "permit IDEMPOTENT_WRITE on the cluster, where brokers are older than Kafka 3.0; else nothing helps",
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
    "give each job a --cursor-group and a --transactional-id of its own, or take this cursor over with --cursor adopt; " +
    OVERRIDES,
  ],
  [["ListenError"], "give a free port by --metrics-port, and an address of this machine by --metrics-host"],
  [["TopicMissingError"], "create the topic, give --create-topic, or permit this user to see it"],
  [["ControllerMissingError"], "create the topic by a tool of the brokers, and leave --create-topic out"],
  [["FencedError"], "--standby waits for its turn; another job needs a --transactional-id of its own"],
  [["TransactionsMissingError"], "give --delivery at-least-once"],
  [["ENOTFOUND", "EAI_AGAIN"], "check the host name in --kafka-bootstrap-servers, and DNS"],
  [["ECONNREFUSED"], "nothing listens there: check host and port, and that the broker runs"],
  [["NOT_KAFKA"], "name host and port of Kafka in --kafka-bootstrap-servers: another service listens there"],
  [["TLS_EXPECTED"], "the port expects TLS: --kafka-tls true"],
  [
    ["SASL_AUTHENTICATION_FAILED", "KafkaJSSASLAuthenticationError", "BrokerAuthenticationError"],
    "check --sasl-username, --sasl-password and --sasl-mechanism; for Event Hubs the whole --connection-string",
  ],
  [["UNSUPPORTED_SASL_MECHANISM"], "give a --sasl-mechanism that the brokers have"],
  [["ILLEGAL_SASL_STATE"], "this port expects no SASL: leave the user name out, or dial another port"],
  [["TokenRefusedError"], "check --oauth-client-id, --oauth-client-secret and --oauth-scope"],
  [["ProxyError"], "check HTTPS_PROXY (for https) and HTTP_PROXY (for http), or name the host in NO_PROXY"],
  [["TokenUnavailableError"], "check --oauth-token-url, or the identity of this machine"],
  [["ERR_TLS_CERT_ALTNAME_INVALID"], "dial the name that the broker's certificate has"],
  [["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"], "renew the broker's certificate, or set this machine's clock right"],
  [/^(?:CERT|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)_/, "name the authority of the brokers by --tls-ca"],
  [
    ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "ERR_SSL_UNSUPPORTED_PROTOCOL"],
    "let the brokers speak TLS 1.2 or 1.3 (ssl.enabled.protocols)",
  ],
  [/^ERR_SSL_.*(?:ALERT|CERTIFICATE)/, "the broker expects another client certificate: --tls-cert and --tls-key"],
  [["INVALID_REPLICATION_FACTOR"], "--topic-replication is at most the number of brokers"],
  [
    ["INVALID_TIMESTAMP"],
    "give --kafka-timestamp send, or raise the topic's message.timestamp.before.max.ms (before Kafka 3.6 " +
    "message.timestamp.difference.max.ms); set the clock of this machine",
  ],
  [["POLICY_VIOLATION"], "create.topic.policy.class.name of the brokers permits no such topic: create it by hand"],
  [
    ["INVALID_RECORD"],
    "the brokers check records themselves: see their schema validation, and cleanup.policy=compact, which expects keys",
  ],
  [
    ["UNKNOWN_MEMBER_ID", "ILLEGAL_GENERATION"],
    "consumers have joined the group of --cursor-group: name a group that nothing else uses",
  ],
  [["TOPIC_AUTHORIZATION_FAILED"], "permit this user to use the topic (kafka-acls --add --topic)"],
  [["CLUSTER_AUTHORIZATION_FAILED"], "permit this user what it asks of the cluster (kafka-acls --add --cluster)"],
  [
    ["GROUP_AUTHORIZATION_FAILED"],
    "permit READ on the group of --cursor-group, and on that name with -alive behind it",
  ],
  [
    ["TRANSACTIONAL_ID_AUTHORIZATION_FAILED"],
    "permit WRITE and DESCRIBE on the transactional id (kafka-acls --add --producer --transactional-id)",
  ],
];

/** What helps against each kind of trouble that is no matter of the connection; null: to wait. */
const TROUBLE_ADVICE: Readonly<Record<TroubleKind, string | null>> = {
  connection: null,
  timeout: null,
  leadership: "a partition has no leader: check that all brokers run (kafka-topics --describe shows which partition)",
  topic: "create the topic, or start with --create-topic",
  replicas: "fewer replicas are in sync than min.insync.replicas: check that all brokers run and have room on disk",
  throttled: "a quota of this user is used up: raise it, or write less",
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

/** What helps against trouble with brokers that were reached before; null: to wait. */
export function brokerAdvice({ kind, codes }: Trouble): string | null {
  return adviceOn(codes) ?? TROUBLE_ADVICE[kind];
}

/** What helps where brokers have not let us in yet: where nothing else is known, how they are dialled may be wrong. */
export function firstAdvice(trouble: Trouble, { isTls, isSasl }: Dialled): string {
  const known = brokerAdvice(trouble);
  if (known !== null) return known;
  const { codes, reason } = trouble;
  if (
    isTls && (codes.some((code) => code.startsWith("ERR_SSL")) || /wrong version|packet length|record/i.test(reason))
  ) {
    return "the port speaks no TLS: --kafka-tls false, or dial the port that does";
  }
  if (isTls) return "the port may speak no TLS (--kafka-tls false), or a firewall stands between";
  return isSasl
    ? "the port may expect TLS: --kafka-tls true"
    : "the port may expect TLS (--kafka-tls true) or a login (--sasl-username), or a firewall stands between";
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
    return "no more replicas of the coordinators' topics than there are brokers (offsets.topic.replication.factor, " +
      "transaction.state.log.replication.factor), and the brokers that have them";
  }
  return adviceOn(types) ?? "stream would try again and again: see to the brokers, or give --delivery at-least-once";
}
