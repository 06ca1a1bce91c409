/**
 * The buffers that finished events are written into, used again when the events in them have ended. At full speed 40 MB
 * of events a second wait for their acknowledgement for longer than a young object lives; left to the garbage collector,
 * their buffers are old garbage, and full collections come three times as often (docs/performance.md).
 *
 * @module
 */

/** One buffer for some hundred events, and for those of two chunks that the core writes at once. */
const BUFFER_BYTES = 393_216;
/** No more are kept than live traffic needs; what an outage piled up is let go. */
const MOST_FREE = 16;

/** A buffer, and how many hold it: its events that have not ended, and who writes into it. */
export class EventBuffer {
  readonly bytes: Uint8Array;
  readonly #buffers: EventBuffers;
  #holders = 1;

  constructor(buffers: EventBuffers, bytes: number) {
    this.#buffers = buffers;
    this.bytes = new Uint8Array(bytes);
  }

  /** One more event stands in the buffer. */
  hold(): void {
    this.#holders++;
  }

  /** One holder reads and writes no more. */
  release(): void {
    if (--this.#holders > 0) return;
    this.#holders = 1;
    this.#buffers.free(this);
  }
}

/** Gives out buffers, those that nobody holds any more first. */
export class EventBuffers {
  readonly #free: EventBuffer[] = [];

  /** A buffer of at least so many bytes, held once. */
  take(bytes: number): EventBuffer {
    if (bytes > BUFFER_BYTES) return new EventBuffer(this, bytes);
    return this.#free.pop() ?? new EventBuffer(this, BUFFER_BYTES);
  }

  /** Takes back a buffer that nobody holds. */
  free(buffer: EventBuffer): void {
    if (buffer.bytes.length === BUFFER_BYTES && this.#free.length < MOST_FREE) this.#free.push(buffer);
  }
}
