/**
 * Messages that came together, as items of the stream.
 *
 * @module
 */
import type { MessageList } from "../atproto/bytes/messages.ts";
import type { SequencedFrame } from "../atproto/frame.ts";
import type { FrameDecoder } from "../atproto/frame_decoder.ts";
import type { Continuity } from "./continuity.ts";
import { type ConnectionEnd, ErrorFrameReceived, SequenceSkipped } from "./errors.ts";
import { UNKNOWN_MESSAGE } from "./sequence.ts";
import { TIMED_MESSAGES } from "./stream_time.ts";
import type { UpstreamBatch, UpstreamItem, UpstreamObserver } from "./upstream.ts";

const NOTHING = new Uint8Array();

/** Decodes messages while it is iterated, and moves the place in the stream over them. */
export class MessageBatch implements UpstreamBatch {
  readonly messages: MessageList;
  readonly #continuity: Continuity;
  readonly #observer: UpstreamObserver;
  readonly #decoder: FrameDecoder;
  readonly #nowMs: number;
  #hasNew = false;
  #end: ConnectionEnd | null = null;

  /** The messages came at `nowMs`, in milliseconds since 1970. */
  constructor(
    messages: MessageList,
    continuity: Continuity,
    decoder: FrameDecoder,
    observer: UpstreamObserver,
    nowMs: number,
  ) {
    this.messages = messages;
    this.#decoder = decoder;
    this.#continuity = continuity;
    this.#observer = observer;
    this.#nowMs = nowMs;
  }

  /** Whether a message came that is new. */
  get hasNew(): boolean {
    return this.#hasNew;
  }

  /** What of it ends the connection; null for nothing. */
  get end(): ConnectionEnd | null {
    return this.#end;
  }

  *[Symbol.iterator](): Generator<UpstreamItem> {
    const continuity = this.#continuity;
    continuity.arrived(performance.now());
    const { length } = this.messages;
    let toCome = length;
    this.#decoder.begin(this.messages);
    for (let place = 0; place < length; place++) {
      toCome--;
      const frame = this.#decoder.frame(place);
      if (frame.kind === "info") {
        if (frame.name === "OutdatedCursor") continuity.outdated();
        this.#observer.info(frame);
      } else if (frame.kind === "error") {
        this.#end = new ErrorFrameReceived(frame.error, frame.message);
      } else if (frame.kind !== "rejected") {
        if (this.#isNew(frame.seq, frame.fingerprint, frame)) {
          if (continuity.hasFound) yield* continuity.take();
          // Before the last ones of a batch there is no need to look at each one's time.
          if (toCome < TIMED_MESSAGES) continuity.noteTime(frame, this.#nowMs);
          yield frame;
        }
      } else if (frame.seq === null || this.#isNew(frame.seq, UNKNOWN_MESSAGE, null)) {
        yield* continuity.take();
        const bytes = this.messages.at(place) ?? NOTHING;
        yield { kind: "rejected", rejected: frame, bytes, seq: frame.seq ?? continuity.last };
      }
      // What follows is asked for again, with what is missing before it.
      if (this.#end instanceof SequenceSkipped) break;
    }
    continuity.settle();
    yield* continuity.take();
  }

  #isNew(seq: number, print: number, frame: SequencedFrame | null): boolean {
    const { last } = this.#continuity;
    const verdict = this.#continuity.observe(seq, print, frame);
    if (verdict === "repeat") this.#observer.repeated({ seq });
    else if (verdict === "skipped") this.#end = new SequenceSkipped(last ?? 0, seq);
    else this.#hasNew = true;
    return verdict === "new";
  }
}
