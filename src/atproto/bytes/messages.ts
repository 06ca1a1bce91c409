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

/** Messages in their order, and the buffers they lie in. */
export class Messages implements MessageList {
  readonly #buffers: Uint8Array<ArrayBuffer>[] = [];
  /** Of each message: which buffer it lies in, where it begins there, and where it ends. */
  readonly #ranges: number[] = [];
  #bytes = 0;

  /** The messages of a list. */
  static of(list: MessageList): Messages {
    if (list instanceof Messages) return list;
    const messages = new Messages();
    for (const message of list) {
      const { buffer, byteOffset, length } = message as Uint8Array<ArrayBuffer>;
      messages.add(new Uint8Array(buffer), byteOffset, byteOffset + length);
    }
    return messages;
  }

  get length(): number {
    return this.#ranges.length / FIELDS;
  }

  /** Bytes of all of them. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Nobody reads them any more: takes the buffers out, each once, and leaves no message. */
  clear(): Uint8Array<ArrayBuffer>[] {
    this.#ranges.length = 0;
    this.#bytes = 0;
    return this.#buffers.splice(0);
  }

  /** One more: a range of a buffer. */
  add(buffer: Uint8Array<ArrayBuffer>, start: number, end: number): void {
    // It is nearly always that of the message before.
    let index = this.#buffers.lastIndexOf(buffer);
    if (index < 0) index = this.#buffers.push(buffer) - 1;
    this.#ranges.push(index, start, end);
    this.#bytes += end - start;
  }

  /** All of others, which share no buffer with these. */
  append(others: Messages): void {
    const shift = this.#buffers.length;
    for (const buffer of others.#buffers) this.#buffers.push(buffer);
    const ranges = others.#ranges;
    for (let i = 0; i < ranges.length; i += FIELDS) {
      this.#ranges.push((ranges[i] ?? 0) + shift, ranges[i + 1] ?? 0, ranges[i + 2] ?? 0);
    }
    this.#bytes += others.#bytes;
  }

  /** A view on the message at a place. */
  at(place: number): Uint8Array<ArrayBuffer> | undefined {
    return this.bufferOf(place)?.subarray(this.startOf(place), this.endOf(place));
  }

  /** The buffer that the message at a place lies in. */
  bufferOf(place: number): Uint8Array<ArrayBuffer> | undefined {
    return this.#buffers[this.#ranges[place * FIELDS] ?? -1];
  }

  /** Where it begins there. */
  startOf(place: number): number {
    return this.#ranges[place * FIELDS + 1] ?? 0;
  }

  /** Where it ends there. */
  endOf(place: number): number {
    return this.#ranges[place * FIELDS + 2] ?? 0;
  }

  *[Symbol.iterator](): Generator<Uint8Array<ArrayBuffer>> {
    for (let place = 0; place < this.length; place++) {
      const message = this.at(place);
      if (message !== undefined) yield message;
    }
  }
}

const FIELDS = 3;
