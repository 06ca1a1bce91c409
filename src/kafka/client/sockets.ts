/**
 * The sockets of one KafkaJS client. KafkaJS never replaces one whose peer went silent (tulios/kafkajs#1783), and dials
 * again while it is disconnected if a send is under way: here sockets can be destroyed, and no more be opened.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { addressOf, hostFromKafkaJs } from "./broker_address.ts";
import { ForeignAnswerError, isForeign, LENGTH_BYTES } from "./foreign.ts";
import { nameTlsError } from "./tls_error.ts";

/** How long a connection is idle before TCP shows its other end that it is in use. */
export const KEEP_ALIVE_MS = 30_000;

/** How long a server may say nothing on a new connection before that is reported, in milliseconds. */
export const SILENT_MS = 4000;

/** What KafkaJS asks of its socketFactory. */
export interface SocketRequest {
  readonly host: string;
  readonly port: number;
  /** Options of `tls.connect`, or null for plain TCP. */
  readonly ssl: object | null;
  readonly onConnect: () => void;
}

/** The sockets to each broker. */
export class Sockets {
  readonly #byBroker = new Map<string, Set<Socket>>();
  readonly #silent: (broker: string) => void;
  #closed = false;

  /** `silent` hears of a server that took a connection and said nothing for {@linkcode SILENT_MS}. */
  constructor(silent: (broker: string) => void = () => {}) {
    this.#silent = silent;
  }

  /** Opens a socket; once closed, one that fails at once. */
  open({ host: named, port, ssl, onConnect }: SocketRequest): Socket {
    const host = hostFromKafkaJs(named);
    const servername = isIP(host) ? {} : { servername: host };
    const socket = ssl
      ? connectTls({ host, port, ...servername, ...ssl }, onConnect)
      : connectTcp({ host, port }, onConnect);
    // Before KafkaJS listens, which copies the code.
    socket.on("error", nameTlsError);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    this.#awaitAnswer(socket, addressOf(host, port));
    // As KafkaJS calls it.
    const broker = `${named}:${port}`;
    const sockets = this.#byBroker.get(broker) ?? new Set();
    this.#byBroker.set(broker, sockets.add(socket));
    socket.once("close", () => sockets.delete(socket));
    if (this.#closed) socket.destroy(new Error("The client was closed"));
    return socket;
  }

  /** Looks at the first bytes that a server sends, before KafkaJS does: they may not be Kafka's, or not come. */
  #awaitAnswer(socket: Socket, broker: string): void {
    let head = Buffer.alloc(0);
    let timer: ReturnType<typeof setTimeout> | undefined;
    socket.once("connect", () => timer = setTimeout(() => this.#silent(broker), SILENT_MS));
    socket.once("close", () => clearTimeout(timer));
    const look = (chunk: Uint8Array) => {
      clearTimeout(timer);
      head = Buffer.concat([head, chunk]);
      if (head.length < LENGTH_BYTES) return;
      socket.off("data", look);
      if (isForeign(head)) socket.destroy(new ForeignAnswerError(broker, head));
    };
    socket.on("data", look);
  }

  /** Destroys the sockets to one broker. Without an error their connections would be wedged for ever. */
  destroy(broker: string): void {
    for (const socket of this.#byBroker.get(broker) ?? []) {
      socket.destroy(new Error(`No response from ${broker} in time`));
    }
  }

  /** Destroys all sockets, and each that is opened later. */
  close(): void {
    this.#closed = true;
    for (const sockets of this.#byBroker.values()) {
      for (const socket of sockets) socket.destroy(new Error("The client was closed"));
    }
  }
}
