/**
 * How a run is doing at this moment: what the status line, /readyz and the gauges are read from.
 *
 * @module
 */
import { noOperations, type OperationCounts } from "../filter/drops.ts";
import type { Shard } from "../filter/shard.ts";
import type { TroubleKind } from "../kafka/client/classify.ts";
import type { OutageState } from "./outage.ts";

/** What is known of accounts at this moment. */
export interface IdentityState {
  /** How many accounts there are in the cache, and questions that wait. */
  readonly entries: number;
  readonly waiting: number;
  /** When the oldest of it was read, in milliseconds since 1970; null: there is none. */
  readonly oldestMs: number | null;
  /** The time up to which the directory's export was followed; null: it is not. */
  readonly exportedToMs: number | null;
}

/** What holds now. Times are in milliseconds since 1970; null is not known yet, or not so. */
export class RunState {
  /** Messages arrive from the firehose. */
  upstreamConnected = false;
  /** Nothing is read until half of what is undelivered has drained. */
  paused = false;
  /** The destination was found, or opened. */
  sinkOpened = false;
  /** Partitions whose last send failed, by topic and number, and how. */
  readonly failing = new Map<string, TroubleKind>();
  /** Kafka takes nothing, or not everything. */
  kafkaOutage: OutageState | null = null;
  /** The cursor cannot be saved. */
  cursorOutage: OutageState | null = null;
  /** The relay cannot be read. */
  relayOutage: OutageState | null = null;
  /** Another instance of the job is the active one, and this one waits for its turn. */
  standingBy = false;
  /** When brokers were last asked in vain; null while they always answered. */
  unreachableMs: number | null = null;
  /** It stopped before all was delivered. */
  isUndelivered = false;
  /** The program was asked to stop. */
  draining = false;
  /** When the connection brought its first message, usable or not. */
  connectedMs: number | null = null;
  /** When a message with a number came last. */
  receivedMs: number | null = null;
  /** The number of the last message. */
  lastSeq: number | null = null;
  /** For how long nothing was acknowledged although events wait, in milliseconds; 0 while all goes well. */
  unacknowledgedMs = 0;
  /** Which share of the accounts is written; null: all. */
  shard: Shard | null = null;
  /** Accounts whose last revision is remembered; null: none are to be. */
  trackedRepos: { readonly size: number } | null = null;
  /** Records whose subject is remembered; null: none are to be. */
  rememberedSubjects: { readonly size: number } | null = null;
  /** What is known of accounts; null: nobody is asked about any. */
  identities: IdentityState | null = null;
  /** Messages that wait for their verdict; null: nothing is verified. */
  verifying: { readonly waiting: number } | null = null;
  /** What became of the operations of commits. */
  operations: Readonly<OperationCounts> = noOperations();
  /** How old the last messages were when they came, in milliseconds, as most of them say. */
  lagMs: number | null = null;
  /** The time of the stream; before the first message, that of the cursor. */
  positionMs: number | null = null;
  /** How long the firehose keeps what comes after the last message, in seconds; 0 where it no longer does. */
  secondsUntilLoss: number | null = null;
  /** Undelivered bytes. */
  inFlightBytes = 0;
  /** At so many of them reading stops. */
  maxInFlightBytes: number | null = null;
  /** Undelivered events. */
  inFlightEvents = 0;
  /** Age of the oldest undelivered event, in milliseconds; 0 where nothing waits. */
  deliveryLagMs = 0;
  /** The cursor saved last. */
  cursor: number | null = null;
  /** When that was. */
  cursorMs: number | null = null;
}
