/**
 * What to do about an error of KafkaJS. It wraps errors in others, so the whole chain of causes is asked, from the
 * inside out; names and protocol types decide, never the text of a message.
 *
 * @module
 */

import { addressFromKafkaJs } from "./broker_address.ts";
import { ERROR_CODES } from "../protocol/error_codes.ts";

/** `retry`: same batch again; `split`: too large as it is; `fatal`: no retry helps. */
export type Verdict = "retry" | "split" | "fatal";

/**
 * Error classes, codes of OpenSSL and Node, and the errors of the protocol (by Kafka's own names) about which its column
 * "retriable" does not decide: it speaks of the same request of the same producer, and here a new producer follows.
 */
export const VERDICTS: { readonly [typeOrName: string]: Verdict } = {
  MESSAGE_TOO_LARGE: "split",
  RECORD_LIST_TOO_LARGE: "split",
  // A broker in trouble: another one, or the same one later, answers.
  UNKNOWN: "retry",
  BROKER_NOT_AVAILABLE: "retry",
  STALE_CONTROLLER_EPOCH: "retry",
  REBALANCE_IN_PROGRESS: "retry",
  REBOOTSTRAP_REQUIRED: "retry",
  // Another error of the same request decides.
  OPERATION_NOT_ATTEMPTED: "retry",
  // A reader looks again for where the topic begins.
  OFFSET_OUT_OF_RANGE: "retry",
  // The end of one producer or transaction; the next one begins anew, or finds that another instance took over.
  OUT_OF_ORDER_SEQUENCE_NUMBER: "retry",
  DUPLICATE_SEQUENCE_NUMBER: "retry",
  INVALID_PRODUCER_EPOCH: "retry",
  INVALID_PRODUCER_ID_MAPPING: "retry",
  INVALID_TXN_STATE: "retry",
  PRODUCER_FENCED: "retry",
  TRANSACTIONAL_ID_NOT_FOUND: "retry",
  TRANSACTION_ABORTABLE: "retry",
  TRANSACTION_COORDINATOR_FENCED: "retry",
  UNKNOWN_PRODUCER_ID: "retry",
  KafkaJSSASLAuthenticationError: "fatal",
  BrokerAuthenticationError: "fatal",
  TokenRefusedError: "fatal",
  KafkaJSServerDoesNotSupportApiKey: "fatal",
  KafkaJSNotImplemented: "fatal",
  // The certificate of the broker, or ours, is not good; what only breaks a handshake passes.
  CERT_HAS_EXPIRED: "fatal",
  CERT_SIGNATURE_FAILURE: "fatal",
  CERT_NOT_YET_VALID: "fatal",
  CERT_REVOKED: "fatal",
  DEPTH_ZERO_SELF_SIGNED_CERT: "fatal",
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: "fatal",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: "fatal",
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: "fatal",
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: "fatal",
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: "fatal",
  ERR_SSL_UNSUPPORTED_PROTOCOL: "fatal",
  ERR_TLS_CERT_ALTNAME_INVALID: "fatal",
  SELF_SIGNED_CERT_IN_CHAIN: "fatal",
  UNABLE_TO_GET_ISSUER_CERT: "fatal",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "fatal",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "fatal",
  // Bugs, ours or the library's: the same batch would fail for ever.
  TypeError: "fatal",
  RangeError: "fatal",
  ReferenceError: "fatal",
  SyntaxError: "fatal",
};

/** Kinds of trouble that passes, for counts. */
export type TroubleKind =
  | "connection"
  | "timeout"
  | "leadership"
  | "topic"
  | "replicas"
  | "throttled"
  | "login"
  | "other";

/** What is not `other`: protocol errors, codes and error classes as in {@linkcode VERDICTS}. */
const TROUBLES: { readonly [typeOrName: string]: TroubleKind } = {
  KafkaJSConnectionError: "connection",
  KafkaJSConnectionClosedError: "connection",
  KafkaJSBrokerNotFound: "connection",
  KafkaJSNoBrokerAvailableError: "connection",
  BROKER_NOT_AVAILABLE: "connection",
  NETWORK_EXCEPTION: "connection",
  NOT_KAFKA: "connection",
  TLS_EXPECTED: "connection",
  ECONNREFUSED: "connection",
  ECONNRESET: "connection",
  EHOSTUNREACH: "connection",
  ENOTFOUND: "connection",
  EPIPE: "connection",
  KafkaJSRequestTimeoutError: "timeout",
  KafkaJSTimeout: "timeout",
  WedgedError: "timeout",
  ETIMEDOUT: "timeout",
  REQUEST_TIMED_OUT: "timeout",
  KafkaJSMetadataNotLoaded: "leadership",
  KafkaJSTopicMetadataNotLoaded: "leadership",
  KafkaJSStaleTopicMetadataAssignment: "leadership",
  LEADER_NOT_AVAILABLE: "leadership",
  NOT_LEADER_FOR_PARTITION: "leadership",
  FENCED_LEADER_EPOCH: "leadership",
  UNKNOWN_LEADER_EPOCH: "leadership",
  UNKNOWN_TOPIC_OR_PARTITION: "topic",
  NOT_ENOUGH_REPLICAS: "replicas",
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: "replicas",
  THROTTLING_QUOTA_EXCEEDED: "throttled",
  TokenUnavailableError: "login",
};

const MAX_CHAIN = 10;

/** A failure that passes, for counts and the log. */
export interface Trouble {
  readonly kind: TroubleKind;
  /** Whether no broker answered; else one did, with an error, or no token was to be had. */
  readonly isUnanswered: boolean;
  /** What happened. */
  readonly reason: string;
  /** `host:port` of the broker, or null where the error does not name it. */
  readonly server: string | null;
  /** As {@linkcode codesOf} gives them. */
  readonly codes: readonly string[];
}

/** What there is to say of a failure that passes. */
export function describeTrouble(error: unknown): Trouble {
  return {
    kind: troubleOf(error),
    isUnanswered: isUnanswered(error),
    reason: reasonOf(error),
    server: chainOf(error).map((link) => textOf(link, "broker")).filter((text) => text !== "")
      .map(addressFromKafkaJs)[0] ?? null,
    codes: codesOf(error),
  };
}

/**
 * The verdict on an error. The protocol says which of its errors pass; what else is not in the table does (outages, codes
 * that a later Kafka may have), so it is retried.
 */
export function classify(error: unknown): Verdict {
  for (const link of chainOf(error).reverse()) {
    for (const property of ["type", "code", "name"]) {
      const verdict = VERDICTS[textOf(link, property)];
      if (verdict !== undefined) return verdict;
    }
    const known = ERROR_CODES.get(textOf(link, "type"));
    if (known !== undefined) return known.retriable ? "retry" : "fatal";
  }
  return "retry";
}

/** Whether no broker answered, rather than that one answered with an error, or that no token was to be had. */
export function isUnanswered(error: unknown): boolean {
  const kind = troubleOf(error);
  return typesOf(error).length === 0 && (kind === "connection" || kind === "timeout");
}

/** The reason for a server that accepts connections and sends nothing. */
export function silence(broker: string): Trouble {
  return {
    kind: "timeout",
    isUnanswered: true,
    reason: silenceText(broker),
    server: broker,
    codes: [],
  };
}

/** The same in words. */
export function silenceText(broker: string): string {
  return `${broker} accepts connections and sends nothing: it is not a Kafka port, or the broker is stuck`;
}

/** The kind of a trouble that passes. */
export function troubleOf(error: unknown): TroubleKind {
  for (const link of chainOf(error).reverse()) {
    for (const property of ["type", "code", "name"]) {
      const kind = TROUBLES[textOf(link, property)];
      if (kind !== undefined) return kind;
    }
  }
  return "other";
}

/** Whether a broker says so of a producer whose epoch is over: another one began, or its transaction took too long. */
export function isFencing(error: unknown): boolean {
  return typesOf(error).some((type) => type === "INVALID_PRODUCER_EPOCH" || type === "PRODUCER_FENCED");
}

/** Whether a broker says that it has the batch already. */
export function isDuplicate(error: unknown): boolean {
  return typesOf(error).includes("DUPLICATE_SEQUENCE_NUMBER");
}

/** What a broker says that does not know the batches before, or not as the producer numbers them. */
const SEQUENCES_LOST: readonly string[] = [
  "OUT_OF_ORDER_SEQUENCE_NUMBER",
  "UNKNOWN_PRODUCER_ID",
  "INVALID_PRODUCER_EPOCH",
  "INVALID_PRODUCER_ID_MAPPING",
  "PRODUCER_FENCED",
];

/** Whether a broker lost track of the batches of a producer: it takes none of them any more. */
export function areSequencesLost(error: unknown): boolean {
  return typesOf(error).some((type) => SEQUENCES_LOST.includes(type));
}

/** Whether the brokers let no transaction take as long as it was to be permitted (transaction.max.timeout.ms). */
export function isTimeoutRefused(error: unknown): boolean {
  return typesOf(error).includes("INVALID_TRANSACTION_TIMEOUT");
}

/** Whether a group's offset is not known yet, as a transaction may still change it. */
export function isUnstable(error: unknown): boolean {
  return typesOf(error).includes("UNSTABLE_OFFSET_COMMIT");
}

/** Whether a coordinator knows no such group, as nothing was committed in its name. */
export function isUnknownGroup(error: unknown): boolean {
  return typesOf(error).includes("GROUP_ID_NOT_FOUND");
}

/** Whether a broker that others name, as the controller, is none of those that they list. */
export function isBrokerMissing(error: unknown): boolean {
  return chainOf(error).some((link) => textOf(link, "name") === "KafkaJSBrokerNotFound");
}

/** Whether no broker knows a coordinator, as KafkaJS says when it has asked all of them. */
export function isCoordinatorMissing(error: unknown): boolean {
  return chainOf(error).some((link) => textOf(link, "name") === "KafkaJSGroupCoordinatorNotFound");
}

/** Whether a broker does not know a request, or not as it was made. */
export function isUnsupported(error: unknown): boolean {
  return chainOf(error).some((link) =>
    textOf(link, "type") === "UNSUPPORTED_VERSION" || textOf(link, "name") === "KafkaJSServerDoesNotSupportApiKey"
  );
}

/** Whether an error, or what it wraps, is one that JavaScript itself throws at wrong code. */
export function isBug(error: unknown): boolean {
  return chainOf(error).some((link) =>
    link instanceof TypeError || link instanceof RangeError || link instanceof ReferenceError
  );
}

/** The innermost message of an error, which says what happened. */
export function reasonOf(error: unknown): string {
  const innermost = chainOf(error).at(-1);
  return textOf(innermost, "message") || String(innermost);
}

/** Protocol errors, codes and names in the chain of causes of an error, from the outside in. */
export function codesOf(error: unknown): readonly string[] {
  const chain = chainOf(error);
  return ["type", "code", "name"].flatMap((property) => chain.map((link) => textOf(link, property)))
    .filter((text) => text !== "");
}

/** The protocol errors in the chain of an error, by Kafka's own names. */
export function typesOf(error: unknown): readonly string[] {
  return chainOf(error).map((link) => textOf(link, "type")).filter((type) => type !== "");
}

function chainOf(error: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let link = error; link !== undefined && link !== null && chain.length < MAX_CHAIN;) {
    chain.push(link);
    // Where one request fails for several reasons, such as the creation of topics, the first speaks for all.
    const { cause, errors } = link as { readonly cause?: unknown; readonly errors?: unknown };
    link = cause ?? (Array.isArray(errors) ? errors[0] : undefined);
  }
  return chain;
}

function textOf(value: unknown, name: string): string {
  const found = typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  return typeof found === "string" ? found : "";
}
