/**
 * A plain consumer of a firehose, that keeps all it gets.
 *
 * @module
 */
import { decodeFrame, type Frame, isSequenced } from "../../src/atproto/frame.ts";
import type { Rejected } from "../../src/atproto/rejected.ts";
import { moved, until } from "./wait.ts";

/** One connection, from dialling on. */
export class Consumer implements AsyncDisposable {
  readonly messages: Uint8Array[] = [];
  /** The code of the close; null while it is open. */
  closedWith: number | null = null;
  readonly #socket: WebSocket;

  constructor(url: string, cursor: number | null = null) {
    this.#socket = new WebSocket(cursor === null ? url : `${url}?cursor=${cursor}`);
    this.#socket.binaryType = "arraybuffer";
    this.#socket.onmessage = ({ data }) => {
      this.messages.push(new Uint8Array(data));
      moved();
    };
    this.#socket.onclose = ({ code }) => this.closedWith = code;
  }

  get frames(): (Frame | Rejected)[] {
    return this.messages.map(decodeFrame);
  }

  /** The numbers of all messages that have one. */
  get seqs(): number[] {
    return this.frames.filter(isSequenced).map(({ seq }) => seq);
  }

  /** Resolves when so many messages came. */
  async has(count: number): Promise<void> {
    await until(`${count} messages`, () => this.messages.length >= count);
  }

  async closed(): Promise<void> {
    await until("the close", () => this.closedWith !== null);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.closed();
  }
}
