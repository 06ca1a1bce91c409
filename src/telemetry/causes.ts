/**
 * The closed lists of causes that metrics have for labels, and what each tells the operator.
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
  unreachable: "no connection: network, name or port",
  proxy: "the proxy of HTTPS_PROXY or HTTP_PROXY cannot be reached, or refused",
  refused: "the server answered with an HTTP status",
  server_closed: "closed by the server, as at each of its restarts",
  error_frame: "the server said why it ends the stream",
  invalid_frame: "the server does not keep to the WebSocket protocol",
  oversized: "the server sent more than 64 MiB of one message, as one that never ends",
  idle: "no data for as long as the idle timeout",
  skipped: "numbers were missing within the connection, and were asked for again",
  backpressure: "too much was undelivered for longer than a pause may take: the brokers are slower than the firehose",
};

/** Causes of gaps; EVENTS.md says what each means. */
export const GAP_CAUSES: readonly GapCause[] = ["window-exceeded", "sequence-reset", "host-changed", "cursor-lost"];

/** Causes of gaps in single repositories; EVENTS.md says what each means. */
export const REPO_GAP_CAUSES: readonly RepoGapCause[] = ["revision", "data"];

/** Kinds of trouble with brokers that pass, and what they say. */
export const TROUBLE_KINDS: Readonly<Record<TroubleKind, string>> = {
  connection: "a broker cannot be reached, or hung up",
  timeout: "no answer in time",
  leadership: "a partition has no leader, or another one now",
  topic: "a broker does not have the topic, as after it was deleted",
  replicas: "too few replicas are in sync for min.insync.replicas",
  throttled: "a quota is used up",
  login: "the token server does not answer",
  other: "anything else; the log has the words",
};
