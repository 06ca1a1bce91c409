/**
 * What happened last, for the status page: events, gaps, and input that was not usable. It is kept whether or not
 * anybody looks, so it is bounded in number, in bytes and in how much of a second is copied.
 *
 * @module
 */
import type { Reason, Rejected } from "../../atproto/rejected.ts";
import type { ProducerRecord } from "../../record/producer_record.ts";
import type { GapCause, StreamGap } from "../../upstream/gap.ts";

/** Gaps, and invalid inputs, that are kept of each. */
const KEPT = 10;
/** Events, and invalid inputs, that are copied between two ticks. */
const COPIES = 20;
/** Bytes of a value that are copied. */
export const MAX_VALUE_BYTES = 2048;
/** Longest text of invalid input that is kept. */
const MAX_TEXT = 200;

/** An event that was delivered. */
export interface RecentEvent {
  /** When it was acknowledged, in milliseconds since 1970. */
  readonly atMs: number;
  readonly type: string;
  readonly topic: string;
  readonly uri: string;
  /** The first bytes of its value; null in a tombstone. */
  readonly value: Uint8Array | null;
  /** Whether the value is longer. */
  readonly isCut: boolean;
}

/** A gap in the stream. */
export interface RecentGap {
  readonly atMs: number;
  readonly cause: GapCause;
  /** Sequence numbers of the last message before and the first one after. */
  readonly after: number;
  readonly first: number;
  readonly host: string;
  readonly missing: number | null;
}

/** Input that was left out. */
export interface RecentRejected {
  readonly atMs: number;
  readonly reason: Reason;
  /** The AT-URI, or the sequence number, or nothing where neither is known. */
  readonly place: string;
  readonly detail: string;
}

/** The last of each kind, the newest last. */
export class Recent {
  readonly #maxEvents: number;
  readonly #now: () => number;
  readonly events: RecentEvent[] = [];
  readonly gaps: RecentGap[] = [];
  readonly rejected: RecentRejected[] = [];
  #eventCopies: number;
  #rejectedCopies = COPIES;

  /** Keeps `maxEvents` events; `now` is in milliseconds since 1970. */
  constructor(maxEvents: number, now: () => number) {
    this.#maxEvents = maxEvents;
    this.#now = now;
    this.#eventCopies = maxEvents > 0 ? COPIES : 0;
  }

  /** Lets so many more be copied; to be called every second. */
  tick(): void {
    this.#eventCopies = this.#maxEvents > 0 ? COPIES : 0;
    this.#rejectedCopies = COPIES;
  }

  /** Takes a record that was delivered. Nothing of it is held, as its bytes are used for others after its release. */
  delivered(record: ProducerRecord): void {
    if (this.#eventCopies === 0) return;
    this.#eventCopies--;
    const { type, topic, uri, isTombstone, value } = record;
    const isCut = value.length > MAX_VALUE_BYTES;
    add(this.events, this.#maxEvents, {
      atMs: this.#now(),
      type,
      topic,
      uri,
      value: isTombstone ? null : value.slice(0, MAX_VALUE_BYTES),
      isCut,
    });
  }

  gap({ cause, from, to, missing }: StreamGap): void {
    add(this.gaps, KEPT, { atMs: this.#now(), cause, after: from.seq, first: to.seq, host: to.host, missing });
  }

  reject({ reason, did, path, seq, detail }: Rejected): void {
    if (this.#rejectedCopies === 0) return;
    this.#rejectedCopies--;
    const place = did === null
      ? (seq === null ? "" : `seq ${seq}`)
      : path === null
      ? `at://${did}`
      : `at://${did}/${path}`;
    add(this.rejected, KEPT, { atMs: this.#now(), reason, place: copied(place), detail: copied(detail) });
  }
}

function add<T>(ring: T[], max: number, item: T): void {
  ring.push(item);
  if (ring.length > max) ring.shift();
}

/** The beginning of a text, in memory of its own: a slice would hold all of it. */
function copied(text: string): string {
  return text.length <= MAX_TEXT ? text : [...text.slice(0, MAX_TEXT)].join("");
}
