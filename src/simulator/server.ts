/**
 * A firehose on loopback: the messages of a source, at a rate, to any number of consumers, with a window to resume in.
 * It begins with the first consumer, so that a run sees the stream from its start.
 *
 * @module
 */
import { wait } from "../async.ts";
import { type Fault, faultsAt } from "./faults.ts";
import { encodeErrorFrame, encodeMessage } from "./frames.ts";
import { Pace } from "./pace.ts";
import { withoutBlocks, withSeq, withTimeOff } from "./rewrite.ts";

/** A message with its number; null for one that has none. */
export interface SourceMessage {
  readonly seq: number | null;
  readonly bytes: Uint8Array;
  /** When it arrived where it was recorded, in milliseconds since 1970; null where nobody noted that. */
  readonly atMs: number | null;
}

/** Where messages come from; null at the end. */
export interface Source {
  next(): Promise<SourceMessage | null>;
}

/** Settings of the server. */
export interface ServerOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Messages a second; `recorded`: at the times of arrival they have; null: as fast as they are made. */
  readonly rate: number | "recorded" | null;
  /** Messages that can be resumed from. */
  readonly window: number;
  /** What goes wrong, but for `oversize-record`, which is the source's to do. */
  readonly faults: readonly Fault[];
  /** Told once, with the messages a second that come, where the source is too slow for the rate. */
  readonly onSlow?: (perSecond: number) => void;
}

/** A server that runs. */
export interface FirehoseServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Messages released so far. */
  readonly released: number;
  /** Connections taken so far. */
  readonly connections: number;
  /** Connections open now. */
  readonly consumers: number;
  /** Rejects if the source fails; no more messages come then. */
  readonly failed: Promise<never>;
}

const PATH = "/xrpc/com.atproto.sync.subscribeRepos";
const TICK_MS = 10;
const MAX_MESSAGES_A_TURN = 1024;
const MAX_UNSENT_BYTES = 64_000_000;
const JUMP = 1_000_000;
const FALLEN_SEQ = 1000;
const INFO_EVERY = 20_000;
const MINUTE_MS = 60_000;
const YEAR_MS = 365 * 24 * 60 * MINUTE_MS;
/** How far the times of `wrong-time` are off, one after the other. */
const OFF_MS = [-3 * MINUTE_MS, YEAR_MS, 3 * MINUTE_MS, -YEAR_MS] as const;
/** How long the end waits for consumers that do not say goodbye. */
const STOP_MS = 2000;
/** How often it looks meanwhile whether all have. */
const LOOK_MS = 10;

/** Starts a firehose on 127.0.0.1. */
export function serve(source: Source, options: ServerOptions): FirehoseServer {
  return new Server(source, options);
}

class Server implements FirehoseServer {
  readonly #source: Source;
  readonly #options: ServerOptions;
  readonly #http: Deno.HttpServer<Deno.NetAddr>;
  readonly #stop = new AbortController();
  readonly #cut = new AbortController();
  #window: SourceMessage[] = [];
  /** Absolute index of the window's first message. */
  #base = 0;
  #sent = 0;
  #shift = 0;
  #fallen = false;
  #wrongTimes = 0;
  #consumers = new Set<WebSocket>();
  #waiting: (() => void)[] = [];
  #running: Promise<void> | null = null;
  readonly #failure = Promise.withResolvers<never>();
  readonly failed = this.#failure.promise;
  connections = 0;

  constructor(source: Source, options: ServerOptions) {
    this.#source = source;
    this.#options = options;
    this.failed.catch(() => {});
    this.#http = Deno.serve(
      { hostname: "127.0.0.1", port: options.port, signal: this.#cut.signal, onListen: () => {} },
      (request) => this.#answer(request),
    );
  }

  get port(): number {
    return this.#http.addr.port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}${PATH}`;
  }

  get released(): number {
    return this.#base + this.#window.length;
  }

  get consumers(): number {
    return this.#consumers.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#wake();
    for (const socket of this.#consumers) socket.close(1001);
    await this.#running;
    for (let waitedMs = 0; waitedMs < STOP_MS && this.#consumers.size > 0; waitedMs += LOOK_MS) {
      await wait(LOOK_MS, this.#cut.signal);
    }
    // shutdown() waits for ever for a request whose client left before it was answered.
    this.#cut.abort();
    await this.#http.finished;
  }

  #answer(request: Request): Response {
    const url = urlOf(request);
    if (url === null) return new Response("expected a URL and a Host", { status: 400 });
    if (url.pathname !== PATH) return new Response("Not found", { status: 404 });
    if (request.headers.get("upgrade") !== "websocket") return new Response("expected a WebSocket", { status: 426 });
    const text = url.searchParams.get("cursor");
    const cursor = text === null ? null : Number(text);
    if (text !== null && !(/^\d+$/.test(text) && Number.isSafeInteger(cursor))) {
      return new Response("expected a whole number as cursor", { status: 400 });
    }
    let upgrade: Deno.WebSocketUpgrade;
    try {
      upgrade = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
    } catch (error) {
      return new Response(String(error), { status: 400 });
    }
    const { socket, response } = upgrade;
    socket.onopen = () => {
      this.connections++;
      this.#consumers.add(socket);
      this.#running ??= this.#release().catch((error: unknown) => this.#failure.reject(error));
      void this.#feed(socket, cursor);
    };
    socket.onclose = () => {
      this.#consumers.delete(socket);
      this.#wake();
    };
    socket.onerror = () => this.#consumers.delete(socket);
    return response;
  }

  /** Takes messages from the source into the window, at the rate. */
  async #release(): Promise<void> {
    const { rate, window } = this.#options;
    const startedMs = performance.now();
    let pausedMs = startedMs;
    let firstMs: number | null = null;
    const pace = typeof rate === "number" ? new Pace(rate, startedMs) : null;
    let onSlow = this.#options.onSlow;
    for (let count = 1; !this.#stop.signal.aborted; count++) {
      const message = await this.#take(count);
      if (message === null) return;
      if (rate === "recorded" && message.atMs !== null) {
        firstMs ??= message.atMs;
        const earlyMs = message.atMs - firstMs - (performance.now() - startedMs);
        if (earlyMs > TICK_MS) await wait(earlyMs, this.#stop.signal);
      }
      this.#window.push(message);
      // Cutting off one at a time would move the whole window for each message.
      if (this.#window.length > window + Math.max(1024, window / 4)) {
        this.#base += this.#window.length - window;
        this.#window = this.#window.slice(-window);
      }
      this.#wake();
      const nowMs = performance.now();
      const aheadMs = pace?.count(nowMs) ?? 0;
      const tooFew = onSlow === undefined ? null : pace?.tooFew(nowMs) ?? null;
      if (tooFew !== null) {
        onSlow?.(tooFew);
        onSlow = undefined;
      }
      // Making messages only ever waits for promises that are kept already: whoever makes them more slowly than the rate
      // must give the sockets their turn all the same.
      const isTurn = nowMs - pausedMs >= TICK_MS || count % Math.min(window, MAX_MESSAGES_A_TURN) === 0;
      if (aheadMs <= TICK_MS && !isTurn) continue;
      await wait(Math.max(0, aheadMs), this.#stop.signal);
      pausedMs = performance.now();
    }
  }

  async #take(count: number): Promise<SourceMessage | null> {
    const faults = faultsAt(this.#options.faults, count);
    const message = await this.#source.next();
    if (message === null || message.seq === null) return message;
    if (faults.has("seq-jump")) this.#shift += JUMP;
    if (faults.has("seq-fall") && !this.#fallen) this.#fall(message.seq);
    let bytes = faults.has("missing-block") ? withoutBlocks(message.bytes) : message.bytes;
    if (faults.has("wrong-time")) bytes = withTimeOff(bytes, OFF_MS[this.#wrongTimes++ % OFF_MS.length] ?? 0);
    const seq = message.seq + this.#shift;
    return { ...message, seq, bytes: this.#shift === 0 ? bytes : withSeq(bytes, seq) };
  }

  /** The relay is replaced by one that counts from low numbers and knows nothing of what was. */
  #fall(seq: number): void {
    this.#fallen = true;
    this.#shift = FALLEN_SEQ - seq;
    this.#base += this.#window.length;
    this.#window = [];
    for (const socket of this.#consumers) socket.close(1000);
  }

  /** Sends one consumer what it asked for, and then what comes. */
  async #feed(socket: WebSocket, cursor: number | null): Promise<void> {
    let index = this.#begin(socket, cursor);
    while (socket.readyState === WebSocket.OPEN) {
      const message = this.#window[index - this.#base];
      if (message === undefined) {
        if (index < this.#base) return this.#drop(socket, "ConsumerTooSlow", "the window has moved on");
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
        continue;
      }
      if (socket.bufferedAmount > MAX_UNSENT_BYTES) return this.#drop(socket, "ConsumerTooSlow", "too much is unsent");
      socket.send(message.bytes as Uint8Array<ArrayBuffer>);
      index++;
      if (!this.#strike(socket, index)) return;
      // Without a turn of the event loop now and then, a whole window would be queued at once.
      if (this.#sent % 256 === 0) await wait(0, this.#stop.signal);
    }
  }

  #begin(socket: WebSocket, cursor: number | null): number {
    if (cursor === null) return this.released;
    const found = this.#window.findIndex(({ seq }) => seq !== null && seq > cursor);
    const oldest = this.#window.find(({ seq }) => seq !== null)?.seq ?? null;
    if (cursor > 0 && this.#base > 0 && oldest !== null && cursor < oldest - 1) {
      this.#send(socket, encodeMessage("#info", { name: "OutdatedCursor", message: "the oldest message follows" }));
    }
    // As the public relay does: a cursor in the future silently means live.
    return found < 0 ? this.released : this.#base + found;
  }

  /** Does the connection wrong where it is due; false if nothing more is to be sent on it. */
  #strike(socket: WebSocket, index: number): boolean {
    const faults = faultsAt(this.#options.faults, ++this.#sent);
    if (this.#sent % INFO_EVERY === 0) this.#send(socket, encodeMessage("#info", { name: "Simulated" }));
    if (faults.has("garbage")) {
      this.#send(socket, new Uint8Array([0xff, 0x00, 0xfe, 0x17]));
      this.#send(socket, (this.#window[index - 1 - this.#base]?.bytes ?? new Uint8Array(1)).slice(0, -1));
    }
    if (faults.has("repeat")) {
      for (const { bytes } of this.#window.slice(Math.max(0, index - 3 - this.#base), index - this.#base)) {
        this.#send(socket, bytes);
      }
    }
    if (faults.has("stall")) return false;
    if (faults.has("error-frame")) this.#drop(socket, "ConsumerTooSlow", "a simulated fault");
    if (faults.has("clean-close")) socket.close(1000);
    return true;
  }

  #drop(socket: WebSocket, error: string, message: string): void {
    this.#send(socket, encodeErrorFrame(error, message));
    socket.close(1008);
  }

  #send(socket: WebSocket, bytes: Uint8Array): void {
    if (socket.readyState === WebSocket.OPEN) socket.send(bytes as Uint8Array<ArrayBuffer>);
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}

/** The URL of a request; null where its Host is none. */
export function urlOf(request: Request): URL | null {
  try {
    return new URL(request.url);
  } catch {
    return null;
  }
}
