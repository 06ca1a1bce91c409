/**
 * The bytes that a WebSocket's server sends, as messages. What one message may take is bounded whatever the server does,
 * also in pieces that never end. Source: RFC 6455, section 5.
 *
 * @module
 */

/** What comes of the bytes. */
export interface WebSocketEvents {
  /**
   * A message of bytes: a range of what was pushed, or of a buffer of its own. A text has none: nobody here reads one.
   */
  readonly message: (buffer: Uint8Array<ArrayBuffer>, start: number, end: number) => void;
  readonly ping: (payload: Uint8Array<ArrayBuffer>) => void;
  /** The server ends the connection; 1005 is the code where it gives none. */
  readonly close: (code: number, reason: string) => void;
}

/** The server does not keep to the protocol. */
export class WebSocketProtocolError extends Error {
  override readonly name = "WebSocketProtocolError";
}

/** A message is larger than may be. */
export class MessageTooLargeError extends Error {
  override readonly name = "MessageTooLargeError";
}

const CONTINUATION = 0;
const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;
const FINAL = 0x80;
const RESERVED = 0x70;
const MASKED = 0x80;
const MAX_CONTROL_BYTES = 125;
const MAX_HEAD_BYTES = 10;
const NO_CODE = 1005;
/** A server may send tens of thousands of empty frames at once; no more of them are to be handled without a pause. */
const MAX_FRAMES = 128;
const FIRST_ROOM_BYTES = 65_536;

/** Takes bytes as they arrive. */
export class WebSocketReader {
  readonly #maxMessageBytes: number;
  readonly #events: WebSocketEvents;
  /** The head of a frame whose rest is yet to come. */
  readonly #head = new Uint8Array(MAX_HEAD_BYTES);
  #headLength = 0;
  /** The frame whose payload is read; null between frames. */
  #opcode: number | null = null;
  #isFinal = true;
  /** Bytes of the payload that are yet to come. */
  #left = 0;
  /** The message of which a part came: its first opcode, and room for it. */
  #type: typeof TEXT | typeof BINARY | null = null;
  #room = new ArrayBuffer(0);
  #length = 0;
  readonly #control = new Uint8Array(MAX_CONTROL_BYTES);
  #controlLength = 0;

  constructor(maxMessageBytes: number, events: WebSocketEvents) {
    this.#maxMessageBytes = maxMessageBytes;
    this.#events = events;
  }

  /**
   * Reads bytes, but no more than 128 frames of them; messages that lie in them whole are given as ranges of them. Returns how
   * many bytes it read.
   *
   * @throws {WebSocketProtocolError | MessageTooLargeError} after which the connection is of no use
   */
  push(chunk: Uint8Array<ArrayBuffer>): number {
    const end = chunk.length;
    let at = 0;
    for (let frames = 0; frames < MAX_FRAMES; frames++) {
      if (this.#opcode === null) {
        if (at === end) return at;
        at = this.#readHead(chunk, at);
        if (this.#opcode === null) return at;
      }
      const taken = Math.min(this.#left, end - at);
      this.#left -= taken;
      if (this.#opcode >= CLOSE) this.#takeControl(chunk.subarray(at, at + taken));
      else this.#take(chunk, at, at + taken);
      at += taken;
      if (this.#left > 0) return at;
      this.#opcode = null;
    }
    return at;
  }

  /** Gives back at once what a message takes that has not ended. */
  release(): void {
    this.#room = this.#room.transfer(0);
    this.#length = 0;
  }

  /** Begins a frame whose head is there whole; keeps the part of it that is there otherwise. */
  #readHead(chunk: Uint8Array, at: number): number {
    if (this.#headLength === 0 && at + 2 <= chunk.length) {
      const length = headLength(chunk[at + 1] ?? 0);
      if (at + length <= chunk.length) {
        this.#begin(chunk, at, length);
        return at + length;
      }
    }
    while (at < chunk.length) {
      this.#head[this.#headLength++] = chunk[at++] ?? 0;
      if (this.#headLength < 2 || this.#headLength < headLength(this.#head[1] ?? 0)) continue;
      this.#begin(this.#head, 0, this.#headLength);
      this.#headLength = 0;
      break;
    }
    return at;
  }

  #begin(bytes: Uint8Array, at: number, headLength: number): void {
    const first = bytes[at] ?? 0;
    const opcode = first & 0x0f;
    const isFinal = (first & FINAL) !== 0;
    if ((first & RESERVED) !== 0) throw new WebSocketProtocolError("a frame has reserved bits set");
    if (((bytes[at + 1] ?? 0) & MASKED) !== 0) throw new WebSocketProtocolError("a frame of the server is masked");
    let length = (bytes[at + 1] ?? 0) & 0x7f;
    if (headLength > 2) {
      length = 0;
      for (let i = 2; i < headLength; i++) length = length * 256 + (bytes[at + i] ?? 0);
    }
    if (opcode >= CLOSE) {
      if (opcode > PONG) throw new WebSocketProtocolError(`a frame has the unknown opcode ${opcode}`);
      if (!isFinal || length > MAX_CONTROL_BYTES) {
        throw new WebSocketProtocolError("a control frame is fragmented, or larger than 125 bytes");
      }
      this.#controlLength = 0;
    } else {
      if (opcode > BINARY) throw new WebSocketProtocolError(`a frame has the unknown opcode ${opcode}`);
      if ((opcode === CONTINUATION) !== (this.#type !== null)) {
        throw new WebSocketProtocolError("a frame does not follow on the one before");
      }
      if (this.#length + length > this.#maxMessageBytes) {
        throw new MessageTooLargeError(`a message is larger than ${this.#maxMessageBytes} bytes`);
      }
      if (opcode !== CONTINUATION) this.#type = opcode as typeof TEXT | typeof BINARY;
    }
    this.#opcode = opcode;
    this.#isFinal = isFinal;
    this.#left = length;
  }

  #take(chunk: Uint8Array<ArrayBuffer>, start: number, end: number): void {
    const isWhole = this.#isFinal && this.#left === 0;
    if (isWhole && this.#length === 0) return this.#give(chunk, start, end);
    const needed = this.#length + end - start;
    if (needed > this.#room.byteLength) {
      // A length that is announced is no reason to take memory for it: what came decides, and the rest only bounds that.
      const most = this.#isFinal ? needed + this.#left : this.#maxMessageBytes;
      this.#room = this.#room.transfer(Math.min(most, Math.max(FIRST_ROOM_BYTES, 2 * needed)));
    }
    new Uint8Array(this.#room).set(chunk.subarray(start, end), this.#length);
    this.#length = needed;
    if (!isWhole) return;
    const message = new Uint8Array(this.#room);
    this.#room = new ArrayBuffer(0);
    this.#length = 0;
    this.#give(message, 0, needed);
  }

  #give(buffer: Uint8Array<ArrayBuffer>, start: number, end: number): void {
    const type = this.#type;
    this.#type = null;
    this.#events.message(buffer, start, type === TEXT ? start : end);
  }

  #takeControl(payload: Uint8Array): void {
    this.#control.set(payload, this.#controlLength);
    this.#controlLength += payload.length;
    if (this.#left > 0) return;
    const whole = this.#control.slice(0, this.#controlLength);
    if (this.#opcode === PING) this.#events.ping(whole);
    if (this.#opcode !== CLOSE) return;
    if (whole.length === 1) throw new WebSocketProtocolError("a close has half a code");
    const [high = 0, low = 0] = whole;
    const code = whole.length === 0 ? NO_CODE : high * 256 + low;
    this.#events.close(code, new TextDecoder().decode(whole.subarray(2)));
  }
}

/** How long a head is whose second byte this is; masks are refused before they matter. */
function headLength(second: number): number {
  const length = second & 0x7f;
  return length < 126 ? 2 : length === 126 ? 4 : MAX_HEAD_BYTES;
}
