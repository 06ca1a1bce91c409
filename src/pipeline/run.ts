/**
 * What the pipeline is run with.
 *
 * @module
 */
import type { FrameDecoder } from "../atproto/frame_decoder.ts";
import type { RepoMemory } from "../memory/repo_memory.ts";
import type { SubjectMemory } from "../memory/subject_memory.ts";
import type { Producer } from "../record/producer.ts";
import type { Pressure, Upstream } from "../upstream/upstream.ts";
import type { CheckpointOptions, CheckpointParts, OpenCheckpoint } from "./checkpoint.ts";
import type { DeadLetters } from "./dead_letters.ts";
import type { EventMakerOptions } from "./event_maker.ts";
import type { VerdictSource } from "./verdicts.ts";

/** What a run is made of. */
export interface RunOptions extends CheckpointOptions, EventMakerOptions {
  /** `DID/REV` of the last messages handled by the process before, the newest last. */
  readonly recent: readonly string[];
  /** CloudEvents `source` of a firehose URL: that without its query. */
  readonly sourceOf: (url: string) => string;
  /** How many records are remembered at least, so that none is written twice when another host is read; 0: none. */
  readonly rememberedRecords: number;
  readonly maxInFlightBytes: number;
  /** Stop after so many delivered events; null for no limit. */
  readonly maxEvents: number | null;
  readonly saveEveryMs: number;
  /** How long the producer may take to deliver what it holds once reading has stopped. */
  readonly shutdownTimeoutMs: number;
}

/** The parts that were opened for a run; the caller closes them. */
export interface RunParts extends CheckpointParts {
  /** Opens what is read; it ends when the signal aborts. Its commits are those of `decoder`. */
  readonly upstream: (pressure: Pressure, decoder: FrameDecoder, signal: AbortSignal) => Upstream;
  readonly producer: Producer;
  readonly deadLetters: DeadLetters | null;
  /** What is remembered of repositories; null: nothing. */
  readonly repos: Pick<RepoMemory, "follow"> | null;
  /** What is remembered of records for their deletes; null: nothing. */
  readonly subjects: Pick<SubjectMemory, "follow"> | null;
  /** What is known of identities; null: nothing is asked about any. */
  readonly identities: { changed(did: string): void } | null;
  /** What is verified of messages; null: nothing. */
  readonly verdicts: VerdictSource | null;
  /** The way in which the place reached is saved. */
  readonly openCheckpoint: OpenCheckpoint;
}
