/**
 * What a Kafka producer needs, and what it reports.
 *
 * @module
 */
import type { RecordsWriter } from "../../record/records_writer.ts";
import type { Cursor } from "../../cursor/cursor.ts";
import type { Trouble } from "./classify.ts";
import type { Compression } from "../protocol/compression.ts";
import type { OffsetAndMetadata } from "../offsets/cursor_offset.ts";
import type { Partitioner } from "../producer/partition.ts";

/** Limits and time-outs that depend on the kind of broker. */
export interface Profile {
  /** How long an answer may take, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** How often metadata is refreshed at least, in milliseconds; the number of partitions is looked up as often. */
  readonly metadataMaxAgeMs: number;
  readonly maxBatchBytes: number;
  readonly maxRecordBytes: number;
}

/** The profiles there are. Sources: kafka.apache.org and Event Hubs' documentation. */
export const PROFILES = {
  "kafka": {
    requestTimeoutMs: 30_000,
    metadataMaxAgeMs: 180_000,
    maxBatchBytes: 512 * 1024,
    maxRecordBytes: Infinity,
  },
  // A request over 1,046,528 bytes closes the connection there, so nothing that large is ever sent.
  "event-hubs": {
    requestTimeoutMs: 60_000,
    metadataMaxAgeMs: 180_000,
    maxBatchBytes: 900 * 1024,
    maxRecordBytes: 1_000_000,
  },
} as const satisfies Record<string, Profile>;

/** The name of a profile. */
export type ProfileName = keyof typeof PROFILES;

/** How connections are encrypted; texts in PEM. */
export interface TlsOptions {
  /** The authorities that may vouch for a broker; null: those that the runtime trusts. */
  readonly ca: string | null;
  /** The client's certificate and key, for brokers that ask for them. */
  readonly cert: string | null;
  readonly key: string | null;
  /** Whether anybody may pretend to be a broker. */
  readonly insecure: boolean;
}

/** The mechanisms of SASL that need a user name and a password. */
export const PASSWORD_MECHANISMS = ["plain", "scram-sha-256", "scram-sha-512"] as const;

/** A user and a password. */
export interface PasswordLogin {
  readonly mechanism: typeof PASSWORD_MECHANISMS[number];
  readonly username: string;
  /** A secret. */
  readonly password: string;
}

/** Gives a token that is valid for a while yet; asked at each authentication. */
export type TokenSource = () => Promise<string>;

/** With what to authenticate; `Token` is where tokens come from. */
export type SaslOptions<Token = TokenSource> =
  | PasswordLogin
  | { readonly mechanism: "oauthbearer"; readonly token: Token };

/**
 * How long a record waits for others of its partition, in milliseconds. A request costs as much as fifty records, so at
 * 100 frames a second 50 instead of 25 took a core from 8 to 6 %; at 2,000 longer waits save nothing.
 */
export const LINGER_MS = 50;

/**
 * What it means where a topic keeps no more than the last record of each key: that is what it is for (`expected`, so it is
 * created so), its events would be lost (`harmful`), or a matter of taste (`fine`).
 */
export type Compaction = "expected" | "harmful" | "fine";

/** Whether a topic keeps no more than the last record of each key, by its cleanup policy. */
export function isCompacting(policy: string): boolean {
  return policy.split(",").some((each) => each.trim() === "compact");
}

/** The topics that are not known at the start, as what names them comes from the network. */
export interface OpenTopics {
  /** So many of them at most. */
  readonly limit: number;
  /** Whether a topic is one of these. */
  readonly isOwn: (topic: string) => boolean;
  /** The known topic for records of one that does not exist and is not to be created. */
  readonly otherOf: (topic: string) => string;
}

/** Settings of the producer at least once. */
export interface ProducerOptions {
  /** `host:port` of the brokers to start from. */
  readonly brokers: readonly string[];
  /** The topic of which there is always one: that of all events, or that of those about the stream. */
  readonly topic: string;
  /** The topics that are known at the start, that one among them. */
  readonly topics: readonly string[];
  /** The others that records may name; null: none. */
  readonly openTopics: OpenTopics | null;
  /** What compaction means for a topic. */
  readonly compaction: (topic: string) => Compaction;
  /** Null is plain TCP. */
  readonly tls: TlsOptions | null;
  /** Null is without authentication. */
  readonly sasl: SaslOptions | null;
  readonly profile: Profile;
  readonly clientId: string;
  /** How to create a missing topic; null: a missing topic is an error. */
  readonly createTopic: { readonly partitions: number; readonly replication: number } | null;
  readonly partitioner: Partitioner;
  readonly compression: Compression;
  /** Writes the records of a batch together; null: they are written one by one. */
  readonly recordsWriter: RecordsWriter | null;
  /** How long the first record of a batch waits for others, in milliseconds. */
  readonly lingerMs: number;
  readonly random: () => number;
}

/** What of the settings any client needs, also one that only reads. */
export type KafkaClientOptions = Pick<
  ProducerOptions,
  "brokers" | "topic" | "tls" | "sasl" | "profile" | "clientId" | "random"
>;

/** Records that do not go where they are meant to. */
export interface Redirection {
  readonly topic: string;
  readonly to: string;
  /** There are as many topics as there may be; it is not to be created; or the brokers did not create it. */
  readonly why: "limit" | "missing" | "refused";
  /** What the brokers say. */
  readonly reason: string | null;
}

/** What happens to a producer. */
export interface ProducerObserver {
  opened(event: { readonly topic: string; readonly partitions: number; readonly created: boolean }): void;
  /** What is needed before the first record cannot be had yet; it is asked for again. */
  waiting(event: Trouble & { readonly retryInMs: number }): void;
  /**
   * The cleanup policy of a topic, when it is found first; null where brokers do not show it. A topic that compacts keeps
   * no more than the last record of each key, which may be wanted.
   */
  policyFound(
    event: {
      readonly topic: string;
      readonly policy: string | null;
      readonly compacts: boolean;
      readonly compaction: Compaction;
    },
  ): void;
  /** Records of a topic go to another one, as it does not exist; reported once for each. */
  redirected(event: Redirection): void;
  /** A batch goes out; `acknowledged` or `retrying` follows for the same partition, unless the batch is split. */
  sending(event: { readonly topic: string; readonly partition: number; readonly records: number }): void;
  acknowledged(event: { readonly topic: string; readonly partition: number; readonly records: number }): void;
  retrying(
    event: Trouble & {
      readonly topic: string;
      readonly partition: number;
      readonly records: number;
      readonly attempt: number;
      readonly retryInMs: number;
    },
  ): void;
  recovered(event: { readonly topic: string; readonly partition: number; readonly attempts: number }): void;
  /** Batches have no numbers, so one may be duplicated; reported at each refusal. */
  idempotenceRefused(event: { readonly reason: string }): void;
  /** A broker lost track of the batches of a partition, which begins with another producer ID; the last may stand twice. */
  sequencesLost(event: { readonly topic: string; readonly partition: number; readonly reason: string }): void;
  /** The topic was there, and is not there now, or is not shown any more; what is written waits for it. */
  topicMissing(event: { readonly topic: string }): void;
  partitionsChanged(event: { readonly topic: string; readonly from: number; readonly to: number }): void;
}

/** Settings of the transactional producer. */
export interface TransactionalProducerOptions extends Omit<ProducerOptions, "lingerMs"> {
  /** The name under which the brokers know the one producer that may write. */
  readonly transactionalId: string;
  /** The consumer group whose offset is the cursor. */
  readonly cursorGroup: string;
  /** Waited for before each commit: what is kept elsewhere of the frames that it passes. */
  readonly beforeCommit: () => Promise<void>;
  /** Waited for before this instance begins: what it is to know of earlier runs, which beginning changes. */
  readonly prepare: () => Promise<void>;
  /**
   * What to claim of the group's offset as it was found: its cursor, or that there was one that is lost. Throws a
   * CursorRefusedError where it is not this job's to claim.
   */
  readonly claim: (found: OffsetAndMetadata | null) => { readonly cursor: Cursor | null; readonly isLost: boolean };
  /** Whether to wait until no other instance is alive. */
  readonly standby: boolean;
  /** What this instance is called; no other is ever called so. */
  readonly instance: string;
  /** Milliseconds that only grow. */
  readonly now: () => number;
}

/** What happens to the transactional producer. */
export interface TransactionalProducerObserver extends
  Pick<
    ProducerObserver,
    | "opened"
    | "policyFound"
    | "redirected"
    | "waiting"
    | "sending"
    | "acknowledged"
    | "topicMissing"
    | "partitionsChanged"
  > {
  /** Waits for another instance, which is alive; null if it left no name. */
  standingBy(event: { readonly active: string | null }): void;
  /** The cursor is this instance's now; `before` was the owner. */
  claimed(event: { readonly before: string | null; readonly cursor: number | null }): void;
  /** Another instance owns the cursor; whether it is alive decides which of both ends. Null if it left no name. */
  watching(event: { readonly owner: string | null }): void;
  /** The other instance sent no heartbeat, so this one continues; from another cursor where `moved`. */
  takenBack(event: { readonly owner: string | null; readonly moved: boolean }): void;
  /** The brokers permit no transaction that takes as long as `refusedMs`. */
  timeoutRefused(event: { readonly refusedMs: number; readonly timeoutMs: number }): void;
  /** A transaction did not come about; it begins anew, with a new producer. */
  restarting(
    event: Trouble & { readonly records: number; readonly attempt: number; readonly retryInMs: number },
  ): void;
  /** `attempts` transactions were begun until one was committed, or was found to be. */
  committedAgain(event: { readonly attempts: number }): void;
}
