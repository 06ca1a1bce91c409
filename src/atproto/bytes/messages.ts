/**
 * Messages that came together, as ranges of the buffers they were read into. A view on one takes as much memory as four
 * of its event's fields, and most are only copied on: so none is made before somebody asks for it.
 *
 * @module
 */

/** What can be read as messages: those of a connection, or an array of them. */
export interface MessageList extends Iterable<Uint8Array> {
  readonly length: number;
  /** The message at a place; undefined past the last one. */
  at(place: number): Uint8Array | undefined;
}

/** Of each message: which buffer it lies in, where it begins there, and where it ends. */
type Ranges = Int32Array<ArrayBuffer>;

const FIELDS = 3;
const FIRST_MESSAGES = 256;
/** What messages that were cleared stood in, for others. */
const SPARE: Ranges[] = [];
const MOST_SPARE = 16;

/** Messages in their order, and the buffers they lie in. */
export class Messages implements MessageList {
  readonly #buffers: Uint8Array<ArrayBuffer>[] = [];
  #ranges: Ranges | null = null;
  #length = 0;
  #bytes = 0;

  /** The messages of a list. */
  static of(list: MessageList): Messages {
    if (list instanceof Messages) return list;
    const messages = new Messages();
    for (const message of list) {
      const { buffer, byteOffset, length } = message as Uint8Array<ArrayBuffer>;
      messages.#addTo(messages.#buffers.push(new Uint8Array(buffer)) - 1, byteOffset, byteOffset + length);
    }
    return messages;
  }

  get length(): number {
    return this.#length;
  }

  /** Bytes of all of them. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes all of others, which share no buffer with these and are left without any. */
  append(others: Messages): void {
    const from = others.#ranges;
    const shift = this.#buffers.length;
    const at = this.#length * FIELDS;
    const fields = others.#length * FIELDS;
    const to = this.#room(at + fields);
    for (let i = 0; i < fields; i += FIELDS) {
      to[at + i] = (from?.[i] ?? 0) + shift;
      to[at + i + 1] = from?.[i + 1] ?? 0;
      to[at + i + 2] = from?.[i + 2] ?? 0;
    }
    this.#length += others.#length;
    this.#bytes += others.#bytes;
    for (const buffer of others.clear()) this.#buffers.push(buffer);
  }

  /** Nobody reads them any more: takes the buffers out, each once, and leaves no message. */
  clear(): Uint8Array<ArrayBuffer>[] {
    if (this.#ranges !== null && SPARE.length < MOST_SPARE) SPARE.push(this.#ranges);
    this.#ranges = null;
    this.#length = this.#bytes = 0;
    return this.#buffers.splice(0);
  }

  /** One more: a range of a buffer. */
  add(buffer: Uint8Array<ArrayBuffer>, start: number, end: number): void {
    // It is nearly always that of the message before.
    let index = this.#buffers.lastIndexOf(buffer);
    if (index < 0) index = this.#buffers.push(buffer) - 1;
    this.#addTo(index, start, end);
  }

  #addTo(index: number, start: number, end: number): void {
    const at = this.#length * FIELDS;
    const ranges = this.#room(at + FIELDS);
    ranges[at] = index;
    ranges[at + 1] = start;
    ranges[at + 2] = end;
    this.#length++;
    this.#bytes += end - start;
  }

  #room(fields: number): Ranges {
    const ranges = this.#ranges ?? SPARE.pop() ?? new Int32Array(FIRST_MESSAGES * FIELDS);
    if (ranges.length >= fields) return this.#ranges = ranges;
    const larger = new Int32Array(Math.max(fields, 2 * ranges.length));
    larger.set(ranges);
    return this.#ranges = larger;
  }

  /** A view on the message at a place. */
  at(place: number): Uint8Array<ArrayBuffer> | undefined {
    return this.bufferOf(place)?.subarray(this.startOf(place), this.endOf(place));
  }

  /** The buffer that the message at a place lies in. */
  bufferOf(place: number): Uint8Array<ArrayBuffer> | undefined {
    return place < 0 || place >= this.#length ? undefined : this.#buffers[this.#ranges?.[place * FIELDS] ?? 0];
  }

  /** Where it begins there. */
  startOf(place: number): number {
    return this.#ranges?.[place * FIELDS + 1] ?? 0;
  }

  /** Where it ends there. */
  endOf(place: number): number {
    return this.#ranges?.[place * FIELDS + 2] ?? 0;
  }

  *[Symbol.iterator](): Generator<Uint8Array<ArrayBuffer>> {
    for (let place = 0; place < this.#length; place++) {
      const message = this.at(place);
      if (message !== undefined) yield message;
    }
  }
}
