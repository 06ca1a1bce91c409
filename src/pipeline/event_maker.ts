/**
 * Commits to finished events: by the core where they are usual, else by the way of src/atproto and src/events.
 *
 * @module
 */
import type { CommitFrame } from "../atproto/frame.ts";
import type { FrameDecoder } from "../atproto/frame_decoder.ts";
import type { Rejected } from "../atproto/rejected.ts";
import type { RepoOp } from "../atproto/repo_op.ts";
import type { Verdict } from "../atproto/verify.ts";
import { type AboutAccount, copiesOf } from "../events/account_event.ts";
import { EventEncoder } from "../events/encoder.ts";
import type { HandleSource } from "../events/handle_source.ts";
import type { RecordLayout } from "../events/record_layout.ts";
import { RECORD_TYPES, WHOLE_RECORD_TYPES } from "../events/registry.ts";
import { verdictAttributes } from "../events/verdict.ts";
import { Filter, type Selection } from "../filter/filter.ts";
import { EncodedWrite } from "../plane/encoded_write.ts";
import { Plane } from "../plane/plane.ts";
import type { ProducerRecord } from "../record/producer_record.ts";

/** What events are made of, and how. */
export interface EventMakerOptions {
  readonly selection: Selection;
  /** How events stand in their records. */
  readonly layout: RecordLayout;
  /** Whether every event of a record has the whole record. */
  readonly wholeRecords: boolean;
  /** Null where no handles are asked for. */
  readonly handles: HandleSource | null;
  /** The verdict of most commits, which the core writes; null: nothing is verified. */
  readonly usualVerdict: Verdict | null;
}

/** Makes the events of one stream. */
export class EventMaker {
  readonly filter: Filter;
  readonly #options: EventMakerOptions;
  readonly #plane: Plane;
  #encoder: EventEncoder;
  /** Those of other verdicts than the usual one, by the verdict. */
  readonly #others = new Map<Verdict | null, EventEncoder>();
  #source: string;

  /** `source` is that of the events: the URL of the firehose without its query. */
  constructor(options: EventMakerOptions, source: string) {
    this.#options = options;
    this.#source = source;
    this.filter = new Filter(options.selection);
    this.#encoder = this.#createEncoder(options.usualVerdict);
    this.#plane = new Plane(this.filter, this.#encoder.compiled);
  }

  /** What the stream is to be decoded by. */
  get decoder(): FrameDecoder {
    return this.#plane;
  }

  get source(): string {
    return this.#source;
  }

  /** Events are of another relay from now on. */
  set source(source: string) {
    if (source === this.#source) return;
    this.#source = source;
    this.#others.clear();
    this.#encoder = this.#createEncoder(this.#options.usualVerdict);
    this.#plane.types = this.#encoder.compiled;
  }

  /**
   * How many operations of a commit are wanted, if {@linkcode recordAt} has the events of all of them, and nothing else is
   * to be looked at; else -1. `receivedMs` is in milliseconds since 1970.
   */
  events(frame: CommitFrame, receivedMs: number): number {
    return this.filter.choosesPosts ? -1 : this.#plane.events(frame, receivedMs);
  }

  /** The event of an operation of the commit asked about last; null where it is not in the sample. */
  recordAt(frame: CommitFrame, place: number): ProducerRecord | null {
    return this.#plane.recordAt(frame, place);
  }

  /** What is wanted of a commit in the order of its operations, after those operations that are of no use. */
  read(
    frame: CommitFrame,
    receivedMs: number,
    verdict = this.#options.usualVerdict,
  ): readonly (RepoOp | Rejected)[] {
    const isUsual = verdict === this.#options.usualVerdict;
    return (isUsual ? this.#plane.read(frame, receivedMs) : null) ?? this.filter.read(frame);
  }

  /** The event of what was read last, with the same verdict, or why there is none. */
  encode(
    result: RepoOp | Rejected,
    receivedMs: number,
    verdict = this.#options.usualVerdict,
  ): ProducerRecord | Rejected {
    if (result.kind === "rejected") return result;
    return result instanceof EncodedWrite ? result.toRecord() : this.#encoderOf(verdict).encode(result, receivedMs);
  }

  /** The event of a message about an account, and its copies for other topics. */
  encodeAccount(
    frame: AboutAccount,
    receivedMs: number,
    verdict = this.#options.usualVerdict,
  ): readonly ProducerRecord[] {
    const event = this.#encoderOf(verdict).encodeAccount(frame, receivedMs);
    return [event, ...copiesOf(frame, event, this.#options.layout)];
  }

  /** There are some twenty verdicts. */
  #encoderOf(verdict: Verdict | null): EventEncoder {
    if (verdict === this.#options.usualVerdict) return this.#encoder;
    let encoder = this.#others.get(verdict);
    if (encoder === undefined) this.#others.set(verdict, encoder = this.#createEncoder(verdict));
    return encoder;
  }

  #createEncoder(verdict: Verdict | null): EventEncoder {
    const { wholeRecords, layout, handles } = this.#options;
    return new EventEncoder({
      types: wholeRecords ? WHOLE_RECORD_TYPES : RECORD_TYPES,
      source: this.#source,
      layout,
      sampledRate: (collection) => this.filter.sampledRate(collection),
      handles,
      more: verdictAttributes(verdict),
    });
  }
}
