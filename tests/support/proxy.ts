/**
 * A TCP proxy in front of a broker that does what no broker does on request.
 *
 * @module
 */
import { setTimeout as after } from "node:timers/promises";
import type { Broker, ListenerOptions } from "../../scripts/kafka.ts";
import { until } from "./wait.ts";

/** The listener of a broker that tells its clients to come to the proxy. */
const LISTENER = "PROXIED";

interface Connection {
  readonly client: Deno.Conn;
  readonly broker: Deno.Conn;
  muted: boolean;
  /** Whether the next bytes of the client are answered by a reset. */
  resets: boolean;
  /** What is held back of this client, be it still there or not. */
  held: Held | null;
}

/** A request that is held back. */
class Held {
  readonly #arrived = Promise.withResolvers<void>();
  #bytes = new Uint8Array(0);
  #broker: Deno.Conn | null = null;

  /** Resolves when there is one. */
  get arrived(): Promise<void> {
    return this.#arrived.promise;
  }

  /** Keeps a copy of what is meant for the broker, which has the first byte. */
  keep(bytes: Uint8Array, broker: Deno.Conn): void {
    this.#bytes = bytes.slice();
    this.#broker = broker;
    this.#arrived.resolve();
  }

  /** Hands it over at last; nobody hears the answer. */
  async deliver(): Promise<void> {
    const broker = this.#broker;
    if (broker === null) throw new Error("Cannot deliver: nothing was held back");
    for (let sent = 0; sent < this.#bytes.length;) sent += await broker.write(this.#bytes.subarray(sent));
  }
}

/** A proxy on loopback, on a free port. Disposing of it ends its connections. */
export class Proxy implements AsyncDisposable {
  /** Whether new connections end at once. */
  refuses = false;
  /** Whether nothing passes in either direction; connections are taken, and stay open. */
  swallows = false;
  /** How long everything is held back in each direction, in milliseconds. */
  delayMs = 0;
  /** How many of the broker's next answers are lost. */
  losesAnswers = 0;
  /** `host:port` behind it. */
  target = "";
  /** Connections that were taken so far. */
  accepted = 0;
  /** Sees the key of each request on its way to the broker. */
  requested: (apiKey: number) => void = () => {};
  /** What is to be held back next: the request of this kind. */
  #holds: { readonly apiKey: number; readonly held: Held } | null = null;
  #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #port = this.#listener.addr.port;
  readonly #open = new Set<Connection>();
  /** The ports of the clients whose connections were taken lately. */
  readonly #ports = new Set<number>();
  #accepting = this.#accept();

  get port(): number {
    return this.#port;
  }

  /** `host:port` of the proxy itself. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** What a broker needs, from its start, for its clients to come here. */
  get listener(): ListenerOptions {
    return { name: LISTENER, protocol: "PLAINTEXT", advertisedPort: this.port };
  }

  /** Stands in front of a broker that was started with the listener. */
  standBefore({ listeners }: Broker): void {
    this.target = listeners[LISTENER] ?? "";
  }

  /**
   * Holds back the next request of this kind, as a slow network does, to deliver it when its client may be dead. What the
   * client sends on that connection from then on is lost.
   */
  hold(apiKey: number): Held {
    const held = new Held();
    this.#holds = { apiKey, held };
    return held;
  }

  /** Swallows all that the broker answers on the connections that are open now; they stay open. */
  mute(): void {
    for (const connection of this.#open) connection.muted = true;
  }

  /** Ends all connections that are open. */
  cut(): void {
    for (const { client, broker } of this.#open) for (const end of [client, broker]) close(end);
    this.#open.clear();
  }

  /** Answers the next request on each connection that is open by a reset (TCP's RST). */
  reset(): void {
    for (const connection of this.#open) connection.resets = true;
  }

  /** Says the end to the clients of all open connections, and goes on reading what they send. */
  async halfClose(): Promise<void> {
    for (const connection of this.#open) {
      connection.muted = true;
      await connection.client.closeWrite().catch(() => {});
    }
  }

  /**
   * Resolves when every connection that was made before has been counted: the system hands them over in their order, and
   * one may wait there though its client has closed it.
   */
  async counted(): Promise<void> {
    this.#ports.clear();
    const own = await Deno.connect({ hostname: "127.0.0.1", port: this.#port });
    await until("a connection of ours", () => this.#ports.has(own.localAddr.port));
    close(own);
  }

  /** Listens no more, so that the system refuses connections, and ends those that are open. */
  async shut(): Promise<void> {
    this.#listener.close();
    this.cut();
    await this.#accepting;
  }

  /** Listens again on the same port. */
  reopen(): void {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: this.#port });
    this.#accepting = this.#accept();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shut();
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      this.accepted++;
      this.#ports.add(client.remoteAddr.port);
      void this.#serve(client);
    }
  }

  async #serve(client: Deno.Conn): Promise<void> {
    if (this.refuses) return close(client);
    const [hostname = "", port] = this.target.split(":");
    try {
      const broker = await Deno.connect({ hostname, port: Number(port) });
      const connection = { client, broker, muted: false, resets: false, held: null };
      this.#open.add(connection);
      await Promise.race([this.#requests(connection), this.#answers(connection)]);
      if (connection.held === null) {
        this.#open.delete(connection);
        close(broker);
      }
    } catch {
      // The broker is down: so is this connection.
    }
    close(client);
  }

  #requests(connection: Connection): Promise<void> {
    const { broker } = connection;
    // A socket that is closed with bytes in it that nobody read is reset: so the first byte is read by itself.
    const first = new Uint8Array(1);
    return this.#copy(connection.client, connection.broker, first, () => {
      if (connection.resets) return "end";
      return this.swallows || connection.held !== null ? "lose" : "pass";
    }, (rest) => {
      // A client with one request under way begins each at the beginning of what it writes; its first byte is gone.
      if (rest.length <= 4) return;
      const apiKey = ((rest[3] ?? 0) << 8) | (rest[4] ?? 0);
      if (this.#holds?.apiKey === apiKey && connection.held === null) {
        connection.held = this.#holds.held;
        connection.held.keep(rest, broker);
        this.#holds = null;
      }
      this.requested(apiKey);
    });
  }

  #answers(connection: Connection): Promise<void> {
    return this.#copy(connection.broker, connection.client, new Uint8Array(0), () => {
      if (!connection.muted && !this.swallows && this.losesAnswers === 0) return "pass";
      if (this.losesAnswers > 0) this.losesAnswers--;
      return "lose";
    }, () => {});
  }

  async #copy(
    from: Deno.Conn,
    to: Deno.Conn,
    first: Uint8Array<ArrayBuffer>,
    fate: () => "pass" | "lose" | "end",
    seen: (rest: Uint8Array) => void,
  ): Promise<void> {
    const rest = new Uint8Array(65_536);
    try {
      for (;;) {
        for (const buffer of first.length > 0 ? [first, rest] : [rest]) {
          const read = await from.read(buffer);
          if (read === null) return;
          if (buffer === rest) seen(rest.subarray(0, read));
          const what = fate();
          if (what === "end") return;
          if (this.delayMs > 0 && buffer === rest) await after(this.delayMs);
          for (let sent = what === "pass" ? 0 : read; sent < read;) sent += await to.write(buffer.subarray(sent, read));
        }
      }
    } catch {
      // One end is gone.
    }
  }
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It was closed already.
  }
}
