/**
 * Which messages were handled last, for the cursor: by them a message that comes again is known after a restart, and the
 * stream of another host is proven to follow. They are kept from some before the mark on, as bytes in chunks, so that a
 * message costs a copy of its identifiers; texts are made when a cursor is saved.
 *
 * @module
 */
import type { SequencedFrame } from "../atproto/frame.ts";

/** So many messages are kept with a cursor. */
export const RECENT_MESSAGES = 64;
/** The first byte of a slot is its length; a did:plc, a slash and a revision are 46 characters. */
const SLOT_BYTES = 64;
const CHUNK_SLOTS = 1024;
/** What is longer, such as a did:web that wants to be a nuisance, is not worth its place. */
const MOST_BYTES = 512;

/** A sequence of messages, of which those that are no longer needed are forgotten. */
export class RecentMessages {
  #chunks: Uint8Array[] = [];
  /** Chunks that are gone. */
  #forgotten = 0;
  #spare: Uint8Array | null = null;
  /** Those that do not fit a slot, by their place. */
  readonly #long = new Map<number, string>();
  #count = 0;

  /** `before` are those of the process before, the newest last. */
  constructor(before: readonly string[]) {
    for (const text of before) this.#addText(text);
  }

  /** How many there were. */
  get count(): number {
    return this.#count;
  }

  /** One more was taken; those before the last 64 of the first `settled` are forgotten. */
  add(frame: SequencedFrame, settled: number): void {
    if (this.#count % CHUNK_SLOTS === 0) this.#forget(settled);
    if (frame.kind !== "commit") return this.#addText(frame.id);
    const chunk = this.#chunk();
    const at = this.#count % CHUNK_SLOTS * SLOT_BYTES;
    const length = frame.copyId(chunk, at + 1, SLOT_BYTES - 1);
    if (length >= SLOT_BYTES) return this.#addText(`${frame.did}/${frame.rev}`);
    chunk[at] = length;
    this.#count++;
  }

  /** The texts of the last ones of the first `count`, the newest last. */
  texts(count: number): string[] {
    const texts: string[] = [];
    for (let place = Math.max(0, count - RECENT_MESSAGES); place < count; place++) {
      const text = this.#long.get(place) ?? this.#text(place);
      if (text !== "") texts.push(text);
    }
    return texts;
  }

  #text(place: number): string {
    const chunk = this.#chunks[Math.floor(place / CHUNK_SLOTS) - this.#forgotten];
    if (chunk === undefined) return "";
    const at = place % CHUNK_SLOTS * SLOT_BYTES;
    return utf8.decode(chunk.subarray(at + 1, at + 1 + (chunk[at] ?? 0)));
  }

  #addText(text: string): void {
    const chunk = this.#chunk();
    chunk[this.#count % CHUNK_SLOTS * SLOT_BYTES] = 0;
    if (text.length <= MOST_BYTES) this.#long.set(this.#count, text);
    this.#count++;
  }

  /** The chunk of the next slot. */
  #chunk(): Uint8Array {
    const index = Math.floor(this.#count / CHUNK_SLOTS) - this.#forgotten;
    const chunk = this.#chunks[index];
    if (chunk !== undefined) return chunk;
    const made = this.#spare ?? new Uint8Array(CHUNK_SLOTS * SLOT_BYTES);
    this.#spare = null;
    this.#chunks.push(made);
    return made;
  }

  #forget(settled: number): void {
    const first = Math.floor(Math.max(0, settled - RECENT_MESSAGES) / CHUNK_SLOTS);
    if (first <= this.#forgotten) return;
    const gone = this.#chunks.splice(0, first - this.#forgotten);
    this.#spare = gone[0] ?? null;
    this.#forgotten = first;
    for (const place of this.#long.keys()) {
      if (place >= first * CHUNK_SLOTS) break;
      this.#long.delete(place);
    }
  }
}

const utf8 = new TextDecoder();
