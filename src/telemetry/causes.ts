/**
 * The closed lists of causes that metrics have for labels, and what each means to the operator.
 *
 * @module
 */
import type { TroubleKind } from "../kafka/client/classify.ts";
import type { RepoGapCause } from "../memory/repo_gap.ts";
import type { EndKind } from "../upstream/errors.ts";
import type { GapCause } from "../upstream/gap.ts";

/** Why a connection to the firehose was left: it ended, or too much was undelivered. */
export type LeaveCause = EndKind | "backpressure";

/** Why connections to the firehose are left, and what that says. */
export const LEAVE_CAUSES: Readonly<Record<LeaveCause, string>> = {
  unreachable: "no connection: network, host name or port",
  proxy: "the proxy (HTTPS_PROXY or HTTP_PROXY) is unreachable or refused the connection",
  refused: "the relay refused the connection with an HTTP status",
  server_closed: "the relay closed the connection, as in a restart",
  error_frame: "the relay sent an error frame, which the log has",
  invalid_frame: "the relay violated the WebSocket protocol",
  oversized: "the relay sent more than 64 MiB of one message without its end",
  idle: "no data for as long as the idle timeout",
  skipped: "sequence numbers were missing within the connection; the next one requests them again",
  backpressure: "reading was paused for longer than the maximum pause: the brokers are slower than the firehose",
};

/** Causes of gaps; EVENTS.md says what each means. */
export const GAP_CAUSES: readonly GapCause[] = ["window-exceeded", "sequence-reset", "host-changed", "cursor-lost"];

/** Causes of gaps in single repositories; EVENTS.md says what each means. */
export const REPO_GAP_CAUSES: readonly RepoGapCause[] = ["revision", "data"];

/** Kinds of trouble with brokers that pass, and what they say. */
export const TROUBLE_KINDS: Readonly<Record<TroubleKind, string>> = {
  connection: "a broker is unreachable or closed the connection",
  timeout: "no response in time",
  leadership: "a partition has no leader or a new one",
  topic: "a broker does not know the topic, as after it was deleted",
  replicas: "fewer replicas are in sync than min.insync.replicas",
  throttled: "a quota is exceeded",
  login: "the token endpoint does not respond",
  other: "any other error; the log has its text",
};
