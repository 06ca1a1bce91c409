/**
 * An HTTP proxy on loopback, which notes who asks for what.
 *
 * @module
 */
import { moved } from "./wait.ts";

/** Answers every request with a status, or connects CONNECT to a port of this machine, whatever host is asked for. */
export class HttpProxy implements AsyncDisposable {
  /** The heads of all requests, in order. */
  readonly heads: string[] = [];
  /** Connections taken. */
  taken = 0;
  /** Connections that got no answer, and whose other side is gone. */
  left = 0;
  readonly #answer: number | { readonly port: number } | null;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open = new Set<Deno.Conn>();
  readonly #ended: Promise<void>;

  /** Null never answers. */
  constructor(answer: number | { readonly port: number } | null) {
    this.#answer = answer;
    this.#ended = this.#listen();
  }

  /** `127.0.0.1:PORT`. */
  get address(): string {
    return `127.0.0.1:${this.#listener.addr.port}`;
  }

  async #listen(): Promise<void> {
    const served: Promise<void>[] = [];
    for await (const connection of this.#listener) {
      this.#open.add(connection);
      this.taken++;
      moved();
      served.push(this.#serve(connection).catch(() => {}));
    }
    await Promise.all(served);
  }

  async #serve(connection: Deno.Conn): Promise<void> {
    const buffer = new Uint8Array(8192);
    const length = await connection.read(buffer);
    if (length === null) return;
    this.heads.push(new TextDecoder().decode(buffer.subarray(0, length)));
    moved();
    if (this.#answer === null) {
      await connection.read(buffer).catch(() => null);
      this.left++;
      return;
    }
    const isNumber = typeof this.#answer === "number";
    const status = isNumber ? `${this.#answer} No` : "200 Connected";
    await connection.write(
      new TextEncoder().encode(`HTTP/1.1 ${status}\r\n${isNumber ? "content-length: 0\r\n" : ""}\r\n`),
    );
    if (typeof this.#answer === "number") return connection.close();
    const target = await Deno.connect({ hostname: "127.0.0.1", port: this.#answer.port });
    this.#open.add(target);
    await Promise.all([
      connection.readable.pipeTo(target.writable),
      target.readable.pipeTo(connection.writable),
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open) {
      try {
        connection.close();
      } catch {
        // The other side has ended it.
      }
    }
    await this.#ended;
  }
}
