/**
 * Buffers that are used again. Batches live for longer than young objects do, so the garbage collector would come to
 * them late: at full speed 40 MB a second would wait for it.
 *
 * @module
 */

/** Sizes are rounded up to a multiple, so that a buffer fits the next batch too. */
const STEP_BYTES = 65_536;
/** The most that is kept. */
const MOST_BUFFERS = 16;

/** Buffers that nobody uses at the moment. */
export class BufferPool {
  readonly #free: Uint8Array[] = [];

  /** A buffer of at least so many bytes, which hold anything. */
  take(bytes: number): Uint8Array {
    const fitting = this.#free.findIndex(({ length }) => length >= bytes);
    const [found] = fitting < 0 ? [] : this.#free.splice(fitting, 1);
    return found ?? new Uint8Array(Math.ceil(bytes / STEP_BYTES) * STEP_BYTES);
  }

  /** Takes back a buffer that nobody reads or writes any more. The smallest make room for it, as they fit least. */
  give(buffer: Uint8Array): void {
    this.#free.push(buffer);
    if (this.#free.length <= MOST_BUFFERS) return;
    this.#free.sort((a, b) => b.length - a.length).pop();
  }
}
