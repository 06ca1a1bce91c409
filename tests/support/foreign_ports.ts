/**
 * Ports of this machine on which no Kafka is.
 *
 * @module
 */

/** Listens on loopback, on a free port, and answers what a client sends. */
export class ForeignPort implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open = new Set<Deno.Conn>();
  readonly #accepting: Promise<void>;

  /** `greeting` is sent to whoever comes; `answer` when the client has sent something, and then the connection ends. */
  constructor({ greeting = null, answer = null }: { greeting?: Uint8Array | null; answer?: Uint8Array | null }) {
    this.#accepting = this.#accept(greeting, answer);
  }

  /** `host:port`. */
  get address(): string {
    return `127.0.0.1:${(this.#listener.addr as Deno.NetAddr).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open) close(connection);
    await this.#accepting;
  }

  async #accept(greeting: Uint8Array | null, answer: Uint8Array | null): Promise<void> {
    for await (const connection of this.#listener) {
      this.#open.add(connection);
      void this.#serve(connection, greeting, answer).catch(() => {});
    }
  }

  async #serve(connection: Deno.Conn, greeting: Uint8Array | null, answer: Uint8Array | null): Promise<void> {
    if (greeting !== null) await connection.write(greeting);
    while (await connection.read(new Uint8Array(1024)) !== null) {
      if (answer === null) continue;
      await connection.write(answer);
      return close(connection);
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
