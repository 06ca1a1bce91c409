/**
 * Relays that do what a test tells them to, over real sockets.
 *
 * @module
 */
import { upgradeAnswer } from "../../scripts/websocket.ts";
import { setTimeout as after } from "node:timers/promises";
import { encodeMessage } from "../../src/simulator/frames.ts";

/** One request that a relay got: to dial, or to ask why dialling failed. */
export interface Dial {
  readonly url: URL;
  readonly headers: Headers;
}

type Answer = Response | ((socket: WebSocket) => void);

/**
 * What a relay does with its request number `number` (from 1): refuse it, or speak on the socket once that is open.
 */
export type Behaviour = (dial: Dial, number: number) => Answer | Promise<Answer>;

/** How long clients may take to close. */
const SHUTDOWN_MS = 2000;

/** A WebSocket server on a free port. */
export class FakeRelay implements AsyncDisposable {
  /** All requests, in order. */
  readonly dials: Dial[] = [];
  /** The codes with which connections were closed, in order. */
  readonly closes: number[] = [];
  readonly sockets = new Set<WebSocket>();
  readonly #http: Deno.HttpServer<Deno.NetAddr>;
  readonly #behaviour: Behaviour;
  readonly #abort = new AbortController();

  constructor(behaviour: Behaviour) {
    this.#behaviour = behaviour;
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {}, signal: this.#abort.signal };
    this.#http = Deno.serve(options, (request) => this.#answer(request));
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#http.addr.port}/xrpc/com.atproto.sync.subscribeRepos`;
  }

  /** The `cursor` of each request; null where it has none. */
  get cursors(): (string | null)[] {
    return this.dials.map(({ url }) => url.searchParams.get("cursor"));
  }

  async #answer(request: Request): Promise<Response> {
    const dial = { url: new URL(request.url), headers: new Headers(request.headers) };
    this.dials.push(dial);
    const behaviour = await this.#behaviour(dial, this.dials.length);
    if (behaviour instanceof Response) return behaviour;
    const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
    socket.onopen = () => {
      this.sockets.add(socket);
      behaviour(socket);
    };
    socket.onclose = ({ code }) => {
      this.sockets.delete(socket);
      this.closes.push(code);
    };
    return response;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.close();
    for (let i = 0; i < SHUTDOWN_MS / 20 && this.sockets.size > 0; i++) await after(20);
    // shutdown() waits for ever for a request whose client left before it was answered.
    this.#abort.abort();
    await this.#http.finished;
  }
}

/** A TCP server that opens WebSockets and says on each what a test has it say, byte by byte. It answers no close. */
export class RawRelay implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections: Deno.Conn[] = [];
  readonly #speak: ((connection: Deno.Conn) => Promise<void>) | null;
  readonly #ended: Promise<void>;
  /** Connections taken. */
  taken = 0;
  /** Connections whose other side is gone. */
  left = 0;

  /** Without `speak` it does not even answer the request. */
  constructor(speak: ((connection: Deno.Conn) => Promise<void>) | null) {
    this.#speak = speak;
    this.#ended = this.#listen();
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#listener.addr.port}/`;
  }

  async #listen(): Promise<void> {
    const served: Promise<void>[] = [];
    for await (const connection of this.#listener) {
      this.#connections.push(connection);
      served.push(this.#serve(connection).finally(() => this.left++));
    }
    await Promise.all(served);
  }

  async #serve(connection: Deno.Conn): Promise<void> {
    const buffer = new Uint8Array(8192);
    const read = () => connection.read(buffer).catch(() => null);
    const length = await read();
    this.taken++;
    const answer = upgradeAnswer(new TextDecoder().decode(buffer.subarray(0, length ?? 0)));
    if (this.#speak !== null && answer !== null) {
      await connection.write(new TextEncoder().encode(answer));
      // The other side may leave at any time.
      await this.#speak(connection).catch(() => {});
    }
    while (await read() !== null);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) connection.close();
    await this.#ended;
  }
}

/** A raw relay that, where it opens the WebSocket at all, writes some bytes on it, fewer than a packet has. */
export class DeafRelay extends RawRelay {
  constructor(opens: boolean, bytes: Uint8Array = new Uint8Array()) {
    super(opens ? async (connection) => void await connection.write(bytes) : null);
  }
}

/** A message with a number and nothing else. */
export function numbered(seq: number): Uint8Array<ArrayBuffer> {
  return encodeMessage("#identity", { seq, did: "did:plc:x", time: `t${seq}` }) as Uint8Array<ArrayBuffer>;
}
