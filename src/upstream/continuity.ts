/**
 * The place in the stream, over all connections and relays: which messages are new, and where some are missing. What it
 * finds waits to be put into the stream, before the message that showed it.
 *
 * @module
 */
import type { SequencedFrame } from "../atproto/frame.ts";
import { textFingerprint } from "../atproto/bytes/span.ts";
import type { Position, StreamGap } from "./gap.ts";
import { Handover, type TakeSample } from "./handover.ts";
import { type Doubt, HeldGap } from "./held.ts";
import { Numbering } from "./numbering.ts";
import { SequenceTracker, type SequenceVerdict } from "./sequence.ts";
import { messageTime, StreamTime } from "./stream_time.ts";
import type { StartPoint, UpstreamItem } from "./upstream.ts";

/** Follows one stream. */
export class Continuity {
  readonly #rewindMs: number;
  readonly #numberings = new Map<string, Numbering>();
  readonly #time: StreamTime;
  readonly #handover: Handover;
  #sequence: SequenceTracker;
  #host: string;
  #held: HeldGap | null = null;
  #found: UpstreamItem[] = [];

  /** `hosts` are those of the relays; `rewindMs` is how far before the place of one the next is read. */
  constructor(start: StartPoint, hosts: readonly string[], rewindMs: number) {
    const { at, usualStep } = start;
    const recent = new Set(start.recent.map(textFingerprint));
    this.#host = hosts[0] ?? "";
    this.#rewindMs = rewindMs;
    this.#handover = new Handover(start, this.#host, recent, rewindMs, hosts.length === 1);
    this.#numberings.set(this.#host, new Numbering(usualStep));
    this.#sequence = new SequenceTracker(at.kind === "after" ? at.seq : null, this.#numbering, recent);
    const time = at.kind === "other-relay" ? at.left.time : "time" in at ? at.time : null;
    const timeMs = Date.parse(time ?? "");
    this.#time = new StreamTime(Number.isNaN(timeMs) ? null : timeMs);
  }

  /** Host of the relay that is read, with its port if it has one. */
  get host(): string {
    return this.#host;
  }

  /** The sequence number of the last message that was handled, or of the cursor; null before the first of a live start. */
  get last(): number | null {
    return this.#sequence.last;
  }

  /** The cursor to dial the relay with; null is live. */
  get cursor(): number | null {
    return this.#sequence.isFuture ? null : this.#sequence.last;
  }

  /** The time of the stream at the last message, in milliseconds since 1970; null if unknown. */
  get timeMs(): number | null {
    return this.#time.timeMs;
  }

  /** The usual step of the relay's sequence numbers; null while unknown. */
  get usualStep(): number | null {
    return this.#numbering.usualStep;
  }

  /** Whether it is undecided if there is a gap. */
  get isHolding(): boolean {
    return this.#held !== null;
  }

  /** Whether anything was found that has not been taken. */
  get hasFound(): boolean {
    return this.#found.length > 0;
  }

  /** Takes what was found, in its order: gaps, what is held, and changes of the relay. */
  take(): UpstreamItem[] {
    return this.#found.splice(0);
  }

  get #numbering(): Numbering {
    const numbering = this.#numberings.get(this.#host) ?? new Numbering(null);
    this.#numberings.set(this.#host, numbering);
    return numbering;
  }

  /** Whether the place on the relay is to be sought before it is dialled. */
  get mustSeek(): boolean {
    return this.#handover.mustSeek;
  }

  /**
   * Finds that place.
   *
   * @throws {ConnectionEnd} if a connection for that ends too early
   */
  async seek(sample: TakeSample): Promise<void> {
    const { cursor, isExact } = await this.#handover.seek(this.#host, sample);
    this.#sequence = new SequenceTracker(cursor, this.#numbering, undefined, isExact);
  }

  /** A connection begins. */
  connecting(): void {
    this.#sequence.connected();
    this.#time.connected();
  }

  /** The server says that it no longer has everything after the cursor. */
  outdated(): void {
    this.#sequence.outdated();
  }

  /** The server says that it has not got as far as the cursor. Whether it was dialled with one. */
  future(): boolean {
    if (this.cursor === null) return false;
    this.#sequence.future();
    return true;
  }

  /** Messages came; `nowMs` is on a monotonic clock. */
  arrived(nowMs: number): void {
    this.#held?.arrived(nowMs);
  }

  /** Judges the next message by its sequence number and fingerprint; `frame` is null where it cannot be decoded. */
  observe(seq: number, print: number, frame: SequencedFrame | null): "new" | "repeat" | "skipped" {
    const verdict = this.#sequence.observe(seq, print);
    if (verdict.kind === "repeat" || verdict.kind === "skipped") return verdict.kind;
    if (verdict.kind !== "next" || this.#handover.isOpen) this.#judge(verdict, seq, frame);
    if (this.#held !== null && this.#handover.isExpected(print)) this.#held.met();
    this.#handover.handled(print);
    return "new";
  }

  /** Notes the time of a new message that came at `nowMs`, in milliseconds since 1970. */
  noteTime(frame: SequencedFrame, nowMs: number): void {
    this.#time.note(messageTime(frame, nowMs), nowMs);
  }

  /** The first message of a relay, or one that does not follow on that before. */
  #judge(
    verdict: Exclude<SequenceVerdict, { kind: "repeat" | "skipped" }>,
    seq: number,
    frame: SequencedFrame | null,
  ): void {
    const to = { host: this.#host, seq, time: frame === null || frame.time === "" ? null : frame.time };
    const handed = this.#handover.arrive(to, verdict.kind === "next");
    if (handed !== null) {
      const { gap, isCertain } = handed;
      if (gap === null) return;
      return isCertain ? this.#gap(gap) : this.#hold(gap, "handled");
    }
    if (verdict.kind === "next") return;
    const from = this.#position(verdict.after);
    if (verdict.kind === "new-space") return this.#gap({ cause: "sequence-reset", from, to, missing: null });
    const gap: StreamGap = { cause: "window-exceeded", from, to, missing: verdict.missing };
    return verdict.kind === "undecided" ? this.#hold(gap, "numbers") : this.#gap(gap);
  }

  #gap(gap: StreamGap): void {
    this.#decide("gap");
    this.#found.push({ kind: "gap", gap });
  }

  #hold(gap: StreamGap, doubt: Doubt): void {
    this.#decide("gap");
    this.#held = new HeldGap(gap, doubt, this.#handover.expected, performance.now());
    this.#found.push({ kind: "held", gap });
  }

  #decide(verdict: "gap" | "none"): void {
    const held = this.#held;
    this.#held = null;
    if (held === null) return;
    this.#found.push(verdict === "gap" ? { kind: "gap", gap: held.gap } : { kind: "released" });
    this.#handover.decided();
  }

  /** Decides on a gap that is held, once that can be; `isEnd`: it must be. Call it now and then. */
  settle(isEnd: boolean = false): void {
    if (this.#held === null) return;
    const fromMs = Date.parse(this.#held.gap.from.time ?? "");
    const isPast = (this.timeMs ?? 0) > fromMs + this.#rewindMs;
    const verdict = this.#held.verdict(this.usualStep, isPast, performance.now());
    if (verdict !== "open") this.#decide(verdict);
    else if (isEnd) this.#decide("gap");
  }

  /** Changes to another relay. Nothing that it sends shows how the one before numbers, so what is held is a gap. */
  switchTo(host: string): void {
    this.settle(true);
    const from = this.#host;
    const { last } = this.#sequence;
    this.#handover.leave(last === null || last === 0 ? null : this.#position(last));
    this.#host = host;
    // A relay whose first message never came has no place, and its cursor is null or 0.
    this.#sequence = new SequenceTracker(this.#handover.isOpen ? null : last, this.#numbering);
    this.#found.push({ kind: "switched", from, to: host });
  }

  /** The place of the message that was handled last; before the first, of the one at the cursor. */
  #position(seq: number): Position {
    const { timeMs } = this;
    return { host: this.#host, seq, time: timeMs === null ? null : new Date(timeMs).toISOString() };
  }
}
