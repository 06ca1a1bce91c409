/**
 * A WebSocket to read from. Unlike the runtime's own one it reads only when asked, bounds a message that never ends, tells
 * how the server refused, and is closed for good at any time: of the runtime's the socket stays open, and is read on, for
 * as long as the server does not answer the close. Source: RFC 6455.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { Messages } from "../atproto/bytes/messages.ts";
import { closeQuietly, writeAll } from "./connection.ts";
import { basic, closedOnAbort, dial, type Dialled, proxyAuthorization } from "./dial.ts";
import { type HttpHead, readHead } from "./http_head.ts";
import { shownProxy } from "./proxy.ts";
import { WebSocketProtocolError, WebSocketReader } from "./websocket_reader.ts";

/** What one connection needs to know. */
export interface WebSocketOptions {
  /** A ws or wss URL. */
  readonly url: string;
  readonly userAgent: string;
  /** A larger message ends the connection. */
  readonly maxMessageBytes: number;
}

/** The server did not open a WebSocket. */
export class UpgradeRefusedError extends Error {
  override readonly name = "UpgradeRefusedError";
  readonly status: number;
  readonly headers: Headers;

  constructor({ status, headers }: HttpHead, proxy: URL | null) {
    super(`the server responded with ${status}${proxy === null ? "" : `, by way of proxy ${shownProxy(proxy)}`}`);
    this.status = status;
    this.headers = headers;
  }
}

/** What is hashed with the client's key (section 1.3). */
const ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const READ_BYTES = 65_536;
/** As many as what waits at full speed fills: 2 MB. */
const MOST_SPARE = 32;
const FINAL_CLOSE = 0x88;
const FINAL_PONG = 0x8a;
const MASKED = 0x80;
const SWITCHING_PROTOCOLS = 101;
/** The code of a connection that ended without a close. */
const ABNORMAL = 1006;

/**
 * Dials a WebSocket.
 *
 * @throws {UpgradeRefusedError | ProxyError | WebSocketProtocolError}
 * @throws {Error} if the host cannot be reached, and on abort
 */
export async function openWebSocket(options: WebSocketOptions, signal: AbortSignal): Promise<WebSocketConnection> {
  const url = new URL(options.url);
  const dialled = await dial(url, signal);
  const { connection } = dialled;
  return await closedOnAbort(connection, signal, async () => {
    const key = crypto.getRandomValues(new Uint8Array(16)).toBase64();
    await writeAll(connection, new TextEncoder().encode(requestOf(url, options.userAgent, key, dialled)));
    const head = await readHead(connection);
    if (head.status !== SWITCHING_PROTOCOLS) throw new UpgradeRefusedError(head, dialled.readBy);
    if (head.headers.get("sec-websocket-accept") !== acceptOf(key)) {
      throw new WebSocketProtocolError("the response does not accept the key of the request");
    }
    return new WebSocketConnection(connection, head.rest, options.maxMessageBytes);
  });
}

/** What a server that opens a WebSocket makes of the client's key. */
export function acceptOf(key: string): string {
  return createHash("sha1").update(key + ACCEPT_SUFFIX).digest("base64");
}

function requestOf(url: URL, userAgent: string, key: string, { readBy }: Dialled): string {
  const path = `${url.pathname}${url.search}`;
  const login = url.username === "" && url.password === "" ? "" : basic(url.username, url.password);
  return `GET ${readBy === null ? path : `http://${url.host}${path}`} HTTP/1.1\r\n` +
    `host: ${url.host}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n` +
    `sec-websocket-version: 13\r\nsec-websocket-key: ${key}\r\nuser-agent: ${userAgent}\r\n` +
    (login === "" ? "" : `authorization: ${login}\r\n`) +
    (readBy === null ? "" : proxyAuthorization(readBy)) + "\r\n";
}

/** An open WebSocket. Pings are answered while it is read. */
export class WebSocketConnection {
  readonly #connection: Deno.Conn;
  readonly #reader: WebSocketReader;
  #messages = new Messages();
  #rest: Uint8Array<ArrayBuffer>;
  #buffer = new Uint8Array(READ_BYTES);
  /** Buffers that nobody reads any more. */
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];
  /** How the server ended the connection; null while it did not. */
  ended: { readonly code: number; readonly reason: string } | null = null;
  #failure: unknown = null;
  #isWriting = false;
  /** The payloads that are to be sent once nothing is being written: a newer pong takes the place of an older one. */
  #pong: Uint8Array | null = null;
  #close: Uint8Array | null = null;
  #isClosing = false;
  #isReading = false;
  #isDestroyed = false;

  /** `rest` is what came with the head of the answer. */
  constructor(connection: Deno.Conn, rest: Uint8Array<ArrayBuffer>, maxMessageBytes: number) {
    this.#connection = connection;
    this.#rest = rest;
    this.#reader = new WebSocketReader(maxMessageBytes, {
      message: (buffer, start, end) => this.#messages.add(buffer, start, end),
      ping: (payload) => {
        this.#pong = payload;
        this.#write();
      },
      close: (code, reason) => {
        this.ended = { code, reason };
        this.close(1000);
      },
    });
  }

  /**
   * The messages that the next bytes complete, perhaps none; null when the connection has ended. They share no memory
   * with those of another call.
   *
   * @throws {WebSocketProtocolError | MessageTooLargeError | Error} after which there is nothing more to read
   */
  async read(): Promise<Messages | null> {
    if (this.#failure !== null) throw this.#failure;
    if (this.ended !== null) return null;
    let chunk = this.#rest;
    if (chunk.length > 0) {
      // As many frames as may be handled at once were: signals and timers have their turn.
      await turn();
      this.#rest = new Uint8Array(0);
    } else {
      this.#isReading = true;
      const count = await this.#connection.read(this.#buffer);
      this.#isReading = false;
      if (count === null) {
        this.ended = { code: ABNORMAL, reason: "" };
        return null;
      }
      // The messages are views; a buffer that is mostly empty would stay in memory for them.
      chunk = count < READ_BYTES / 2 ? this.#buffer.slice(0, count) : this.#buffer.subarray(0, count);
    }
    try {
      const read = this.#reader.push(chunk);
      if (read < chunk.length) this.#rest = chunk.slice(read);
    } catch (error) {
      // What came before it is given first.
      if (this.#messages.length === 0) throw error;
      this.#failure = error;
    }
    const messages = this.#messages;
    if (messages.length === 0) return messages;
    this.#messages = new Messages();
    if (chunk.buffer === this.#buffer.buffer) this.#buffer = this.#spare.pop() ?? new Uint8Array(READ_BYTES);
    return messages;
  }

  /** Takes back messages that {@linkcode read} gave, which nobody reads any more: their memory is read into again. */
  recycle(messages: Messages): void {
    for (const { buffer } of messages.clear()) {
      const isWanted = buffer.byteLength === READ_BYTES && this.#spare.length < MOST_SPARE && !this.#isDestroyed;
      if (isWanted) this.#spare.push(new Uint8Array(buffer));
      else if (!buffer.detached) buffer.transfer(0);
    }
  }

  /** Tells the server once that this is the end; it answers by a close of its own, which is to be read. */
  close(code: number): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#close = new Uint8Array([code >> 8, code & 0xff]);
    this.#write();
  }

  /** Ends the connection, whatever the server does. */
  destroy(): void {
    this.#isDestroyed = true;
    // The garbage collector might find it only after the next connection has taken as much.
    this.#reader.release();
    if (!this.#isReading) this.#spare.push(this.#buffer);
    for (const { buffer } of this.#spare.splice(0)) if (!buffer.detached) buffer.transfer(0);
    closeQuietly(this.#connection);
  }

  #write(): void {
    const payload = this.#pong ?? this.#close;
    if (this.#isWriting || payload === null) return;
    const frame = maskedFrame(payload === this.#pong ? FINAL_PONG : FINAL_CLOSE, payload);
    if (payload === this.#pong) this.#pong = null;
    else this.#close = null;
    this.#isWriting = true;
    // What cannot be written is seen by who reads.
    writeAll(this.#connection, frame).then(() => {
      this.#isWriting = false;
      this.#write();
    }, () => {});
  }
}

/** Lets all that is due run first: signals, timers, other connections. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A frame with less than 126 bytes, as a client has to send it. */
function maskedFrame(first: number, payload: Uint8Array): Uint8Array {
  const mask = crypto.getRandomValues(new Uint8Array(4));
  const frame = new Uint8Array(6 + payload.length);
  frame.set([first, MASKED | payload.length, ...mask]);
  payload.forEach((byte, i) => frame[6 + i] = byte ^ (mask[i & 3] ?? 0));
  return frame;
}
