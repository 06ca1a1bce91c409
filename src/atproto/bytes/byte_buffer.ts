/**
 * A buffer that grows, for output whose size is known only once it is written.
 *
 * @module
 */

const FIRST_BYTES = 1024;

/** Bytes written one after another. Whoever writes reserves room first, writes at `length`, and moves `length` on. */
export class ByteBuffer {
  /** What was written stands from 0 to `length`; another array after `reserve()` or `ascii()` had to grow it. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(FIRST_BYTES);
  /** How many bytes are written. Set it to 0 to begin again in the same memory. */
  length = 0;

  /** Makes sure that `room` more bytes fit. */
  reserve(room: number): void {
    if (this.bytes.length - this.length < room) this.#grow(room);
  }

  #grow(room: number): void {
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + room));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  /** Writes a text that is ASCII. */
  ascii(text: string): void {
    this.reserve(text.length);
    for (let i = 0; i < text.length; i++) this.bytes[this.length++] = text.charCodeAt(i);
  }

  /** A view on what is written, good until more is written. */
  written(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.length);
  }
}
