/**
 * Whether the producer is ready: connected at both ends and making progress; and why not, in words for machines. An
 * instance that stands by is ready while it can see the active one: it does all that it is there for, and an
 * orchestrator that replaced instances one by one would wait for ever if it were not.
 *
 * @module
 */
import type { RunState } from "./state.ts";

/** Every reason not to be ready, and what it means to the operator. */
export const UNREADY = {
  upstream_connecting: "no message has arrived on the current connection to the relay",
  upstream_stalled: "the relay is connected, but sends nothing or only invalid messages",
  backpressure: "the limit of unacknowledged data is reached; reading is paused until half of it is free",
  broker_unreachable: "no broker has responded yet, or the leader of a partition is unreachable",
  broker_unacknowledged: "brokers reject the batches of a partition, or acknowledge none although events wait",
  draining: "the program is stopping and delivers what it has read",
} as const satisfies Record<string, string>;

/** One of {@linkcode UNREADY}. */
export type UnreadyReason = keyof typeof UNREADY;

/** After how long something counts as stalled, in milliseconds. */
export interface ReadinessLimits {
  readonly silenceMs: number;
  readonly unacknowledgedMs: number;
}

/** The reasons that hold now, the most telling first; none: ready. */
export function unreadyReasons(state: RunState, { silenceMs, unacknowledgedMs }: ReadinessLimits, nowMs: number) {
  const { failing, receivedMs, connectedMs, standingBy, unreachableMs } = state;
  const isSilent = nowMs - Math.max(receivedMs ?? -Infinity, connectedMs ?? -Infinity) > silenceMs;
  const kinds = [...failing.values()];
  // A standby asks them every second, and reports only a change of the active instance.
  const isOpen = standingBy ? nowMs - (unreachableMs ?? -Infinity) > unacknowledgedMs : state.sinkOpened;
  const isUnreachable = !isOpen || kinds.some((kind) => kind === "connection" || kind === "timeout");
  const isStuck = state.unacknowledgedMs > unacknowledgedMs;
  const isUpstreamAway = !state.upstreamConnected && !state.paused && !standingBy;
  const holds: Readonly<Record<UnreadyReason, boolean>> = {
    draining: state.draining,
    broker_unreachable: isUnreachable,
    broker_unacknowledged: !isUnreachable && (kinds.length > 0 || isStuck),
    backpressure: state.paused,
    upstream_connecting: isUpstreamAway,
    upstream_stalled: state.upstreamConnected && !state.paused && isSilent,
  };
  return (Object.keys(holds) as UnreadyReason[]).filter((reason) => holds[reason]);
}
