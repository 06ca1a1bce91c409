/**
 * From one relay to the next, or from the place at which a run starts to its first relay. Sequence numbers are each
 * relay's own, so the place is sought by its time, from some way before it. That nothing is missed is proven by messages
 * that were handled before; where they do not come, that is a gap.
 *
 * @module
 */
import type { Position, StreamGap } from "./gap.ts";
import { HandledMessages } from "./handled.ts";
import { type PlaceSample, seek } from "./seek.ts";
import type { HandledPlace, StartPoint } from "./upstream.ts";

/** What is known of the place at which a relay is read: the proofs of a seek, or what is yet `to-come`. */
type Proof = "up-to" | "records" | "to-come" | "nothing";

/** The first messages after a cursor of a relay, of a live start for null; `isHandled` is asked for each fingerprint. */
export type TakeSample = (cursor: number | null, isHandled: (print: number) => boolean) => Promise<PlaceSample>;

/** Follows one stream over its relays. */
export class Handover {
  readonly #rewindMs: number;
  /** Places, by host, up to which all was handled when another was read instead. */
  readonly #known: Map<string, HandledPlace>;
  /** Fingerprints of what the process before handled. */
  readonly #recent: ReadonlySet<number>;
  readonly #handled: HandledMessages;
  /** Where the stream was before the relay that is read, until that sends its first message. */
  #left: Position | null;
  /** Fingerprints of what was handled until then, while they are looked for. */
  #toMeet: ReadonlySet<number>;
  #proof: Proof = "nothing";
  #mustSeek: boolean;
  /** Whether the place is a time which was chosen: nothing is handled yet, and nothing proves more than the time. */
  #isChosen: boolean;
  /** The cursor where times do not show the place: live at the start, else all that the relay has. */
  #unlocated: number | null;

  /**
   * `host` is the first relay's, `recent` the fingerprints of `start.recent`; `rewindMs` is how far before the place the
   * next relay is read, and `isOnly` says that there is no other.
   */
  constructor(
    { at, known }: StartPoint,
    host: string,
    recent: ReadonlySet<number>,
    rewindMs: number,
    isOnly: boolean,
  ) {
    this.#left = at.kind === "other-relay"
      ? at.left
      : at.kind === "time"
      ? { host, seq: 0, time: at.time }
      : at.kind === "lost"
      ? { host, seq: 0, time: null }
      : null;
    this.#isChosen = at.kind === "time";
    this.#mustSeek = this.#isChosen || (at.kind === "other-relay" && at.seeks);
    this.#unlocated = this.#isChosen ? 0 : null;
    this.#known = new Map(known);
    this.#recent = this.#toMeet = recent;
    this.#handled = new HandledMessages(isOnly ? 0 : rewindMs);
    this.#rewindMs = rewindMs;
  }

  /** Whether the first message of the relay has not come yet, and the stream was elsewhere before. */
  get isOpen(): boolean {
    return this.#left !== null;
  }

  /** Whether the place on the relay is to be sought before it is read. */
  get mustSeek(): boolean {
    return this.#mustSeek;
  }

  /** How many of the messages that were handled before are known. */
  get expected(): number {
    return this.#toMeet.size;
  }

  /** Whether a message is one of them. */
  isExpected(print: number): boolean {
    return this.#toMeet.has(print);
  }

  /** A message was handled. */
  handled(print: number): void {
    this.#handled.add(print);
  }

  /**
   * Another relay is to be read; `place` is that reached on this one, null where it brought nothing: then that before
   * stays.
   */
  leave(place: Position | null): void {
    if (this.#left === null && place !== null) {
      this.#unlocated = 0;
      this.#left = place;
      this.#known.set(place.host, { seq: place.seq, time: place.time });
      this.#toMeet = this.#handled.with(this.#recent);
    }
    this.#mustSeek = this.#left !== null;
  }

  /** It is decided whether there is a gap: what was handled before it need not come any more. */
  decided(): void {
    this.#toMeet = this.#recent;
  }

  /**
   * Finds the cursor with which a relay is to be read. `isExact`: it has a message with the sequence number after it.
   *
   * @throws {ConnectionEnd} if a connection for that ends too early
   */
  async seek(host: string, sample: TakeSample): Promise<{ readonly cursor: number | null; readonly isExact: boolean }> {
    const leftMs = Date.parse(this.#left?.time ?? "");
    const isChosen = this.#isChosen;
    const known = this.#known.get(host);
    // A place that is later than the one to resume from was reached before the operator went back.
    const isFloor = known !== undefined && !isChosen && !(Date.parse(known.time ?? "") > leftMs);
    const { cursor, proof, timeMs } = await seek(
      (cursor) => sample(cursor, (print) => this.#toMeet.has(print)),
      isChosen ? leftMs : leftMs - this.#rewindMs,
      isFloor ? known.seq : null,
      this.#toMeet.size > 0,
      isChosen ? 0 : undefined,
    );
    // Of what begins after the place that was reached, nothing was handled.
    const mayCome = this.#toMeet.size > 0 && !(timeMs > leftMs);
    // No sequence number is lower than 1, and where a time was chosen there is nothing to follow on.
    const isEarlyEnough = isChosen && (proof === "time" || cursor === 0);
    if (proof === "records" || proof === "up-to") this.#proof = proof;
    else if (isEarlyEnough) this.#proof = "up-to";
    else this.#proof = mayCome ? "to-come" : "nothing";
    this.#mustSeek = false;
    return { cursor: cursor ?? this.#unlocated, isExact: proof !== "up-to" };
  }

  /**
   * The first message of the relay came; `follows`: its sequence number is the next after the cursor. Returns null where
   * the sequence numbers show gaps by themselves: the stream was on this relay before, and is resumed at that place.
   * Else the gap before the message, null where none is; one that is not `isCertain` is disproved by messages that were
   * handled before.
   */
  arrive(to: Position, follows: boolean): { readonly gap: StreamGap | null; readonly isCertain: boolean } | null {
    const [left, isChosen, proof] = [this.#left, this.#isChosen, this.#proof];
    this.#left = null;
    this.#isChosen = false;
    if (left === null || proof === "up-to") return null;
    if (follows && proof === "records") return { gap: null, isCertain: true };
    const cause = isChosen ? "window-exceeded" : left.seq === 0 ? "cursor-lost" : "host-changed";
    const from = isChosen ? { ...left, host: to.host } : left;
    return { gap: { cause, from, to, missing: null }, isCertain: !follows || proof === "nothing" };
  }
}
