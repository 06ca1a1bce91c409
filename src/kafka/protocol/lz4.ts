/**
 * Reads frames of LZ4, as Kafka's batches hold them. Source: github.com/lz4/lz4, doc/lz4_Frame_format.md and
 * lz4_Block_format.md. Checksums are passed over: a batch has its own.
 *
 * @module
 */

const MAGIC = 0x184d2204;
/** The last four bits of the magic number of a frame that is to be passed over are free. */
const SKIPPABLE = 0x184d2a5;
const VERSION = 1;
/** Bits of the first byte of a frame's descriptor; its upper two are the version. */
const BLOCK_CHECKSUM = 0x10;
const CONTENT_SIZE = 0x08;
const CONTENT_CHECKSUM = 0x04;
const DICTIONARY = 0x01;
/** The upper bit of a block's length: it is not compressed. */
const PLAIN_BLOCK = 0x80000000;
const CHECKSUM_BYTES = 4;
const CONTENT_SIZE_BYTES = 8;
/** What a length of four bits means beside itself: more bytes follow. */
const LONG = 15;
const MIN_MATCH = 4;

/** Bytes of the frames, one after the other, decompressed. */
export function decompressLz4(bytes: Uint8Array): Uint8Array {
  const input = new Input(bytes);
  const output = new Output(bytes.length * 4);
  while (!input.isAtEnd) {
    const magic = input.uint32();
    if (magic >>> 4 === SKIPPABLE) input.take(input.uint32());
    else if (magic === MAGIC) readFrame(input, output);
    else throw new RangeError(`Damaged LZ4: a frame begins with ${magic.toString(16)}`);
  }
  return output.bytes;
}

function readFrame(input: Input, output: Output): void {
  const flags = input.byte();
  if (flags >> 6 !== VERSION) throw new RangeError(`Unknown LZ4: version ${flags >> 6} of the frame`);
  if ((flags & DICTIONARY) !== 0) throw new RangeError("Unknown LZ4: the frame needs a dictionary");
  // The largest size of a block.
  input.byte();
  if ((flags & CONTENT_SIZE) !== 0) input.take(CONTENT_SIZE_BYTES);
  // The checksum of the descriptor.
  input.byte();
  for (let head = input.uint32(); head !== 0; head = input.uint32()) {
    const block = input.take((head & ~PLAIN_BLOCK) >>> 0);
    if ((head & PLAIN_BLOCK) !== 0) output.append(block);
    else readBlock(new Input(block), output);
    if ((flags & BLOCK_CHECKSUM) !== 0) input.take(CHECKSUM_BYTES);
  }
  if ((flags & CONTENT_CHECKSUM) !== 0) input.take(CHECKSUM_BYTES);
}

/** Sequences of literals, each but the last with a match after it. */
function readBlock(input: Input, output: Output): void {
  while (!input.isAtEnd) {
    const token = input.byte();
    output.append(input.take(input.length(token >> 4)));
    if (input.isAtEnd) return;
    const distance = input.byte() | input.byte() << 8;
    output.repeat(distance, MIN_MATCH + input.length(token & LONG));
  }
}

/** Bytes that are read from front to back. */
class Input {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new RangeError("Damaged LZ4: it is cut short");
    return byte;
  }

  uint32(): number {
    return (this.byte() | this.byte() << 8 | this.byte() << 16 | this.byte() << 24) >>> 0;
  }

  /** A length that begins with these four bits. */
  length(begin: number): number {
    let length = begin;
    if (begin !== LONG) return length;
    for (let more = 255; more === 255;) length += more = this.byte();
    return length;
  }

  take(count: number): Uint8Array {
    const end = this.#at + count;
    if (end > this.#bytes.length) throw new RangeError("Damaged LZ4: it is cut short");
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}

/** Bytes that grow. */
class Output {
  #buffer: Uint8Array;
  #length = 0;

  constructor(expected: number) {
    this.#buffer = new Uint8Array(expected);
  }

  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  append(bytes: Uint8Array): void {
    this.#grow(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Appends what stands so far back; where the two overlap it repeats itself. */
  repeat(distance: number, count: number): void {
    if (distance === 0 || distance > this.#length) throw new RangeError("Damaged LZ4: it repeats what is not there");
    this.#grow(count);
    const from = this.#length - distance;
    for (let done = 0; done < count;) {
      const part = Math.min(distance + done, count - done);
      this.#buffer.copyWithin(this.#length + done, from, from + part);
      done += part;
    }
    this.#length += count;
  }

  #grow(count: number): void {
    const length = this.#length + count;
    if (length <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(length, 2 * this.#buffer.length));
    larger.set(this.bytes);
    this.#buffer = larger;
  }
}
