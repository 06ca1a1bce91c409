/**
 * What WebSockets read, whether anybody takes it or not.
 *
 * @module
 */
import { WebSocketConnection } from "../../src/net/websocket.ts";

/** Watches all that is read until it is disposed of. */
export class SocketReads implements Disposable {
  readonly messages: Uint8Array[] = [];
  bytes = 0;
  readonly #read = WebSocketConnection.prototype.read;

  constructor() {
    const { messages } = this;
    const read = this.#read;
    const add = (count: number) => this.bytes += count;
    WebSocketConnection.prototype.read = async function () {
      const found = await read.call(this);
      for (const message of found ?? []) {
        messages.push(message);
        add(message.length);
      }
      return found;
    };
  }

  [Symbol.dispose](): void {
    WebSocketConnection.prototype.read = this.#read;
  }
}
