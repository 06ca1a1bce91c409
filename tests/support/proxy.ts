/**
 * A TCP proxy in front of a broker that does what no broker does on request.
 *
 * @module
 */

interface Connection {
  readonly client: Deno.Conn;
  readonly broker: Deno.Conn;
  muted: boolean;
}

/** A proxy on loopback, on a free port. Disposing of it ends its connections. */
export class Proxy implements AsyncDisposable {
  /** Whether new connections end at once. */
  refuses = false;
  /** `host:port` behind it. */
  target = "";
  /** Connections that were taken so far. */
  accepted = 0;
  /** Sees the key of each request on its way to the broker. */
  requested: (apiKey: number) => void = () => {};
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open = new Set<Connection>();
  readonly #accepting = this.#accept();

  get port(): number {
    return (this.#listener.addr as Deno.NetAddr).port;
  }

  /** `host:port` of the proxy itself. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
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

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.cut();
    await this.#accepting;
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      this.accepted++;
      void this.#serve(client);
    }
  }

  async #serve(client: Deno.Conn): Promise<void> {
    if (this.refuses) return close(client);
    const [hostname = "", port] = this.target.split(":");
    try {
      const broker = await Deno.connect({ hostname, port: Number(port) });
      const connection = { client, broker, muted: false };
      this.#open.add(connection);
      const look = (bytes: Uint8Array) => {
        // A client with one request under way begins each at the beginning of what it writes.
        if (bytes.length > 5) this.requested(((bytes[4] ?? 0) << 8) | (bytes[5] ?? 0));
        return true;
      };
      await Promise.race([copy(client, broker, look), copy(broker, client, () => !connection.muted)]);
      this.#open.delete(connection);
      close(broker);
    } catch {
      // The broker is down: so is this connection.
    }
    close(client);
  }
}

async function copy(from: Deno.Conn, to: Deno.Conn, passes: (bytes: Uint8Array) => boolean): Promise<void> {
  const buffer = new Uint8Array(65_536);
  try {
    for (let read = await from.read(buffer); read !== null; read = await from.read(buffer)) {
      if (!passes(buffer.subarray(0, read))) continue;
      for (let sent = 0; sent < read;) sent += await to.write(buffer.subarray(sent, read));
    }
  } catch {
    // One end is gone.
  }
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It was closed already.
  }
}
