/**
 * A broker with one topic and no requests but those that tell of it: what the endpoint of a service looks like which has
 * no transactions.
 *
 * @module
 */

const API_VERSIONS = 18;
const METADATA = 3;
const FIND_COORDINATOR = 10;
const OFFSET_FETCH = 9;
const SASL_HANDSHAKE = 17;
const SASL_AUTHENTICATE = 36;
const SASL_AUTHENTICATION_FAILED = 58;
/** The highest version of each; OffsetFetch has only 1. */
const VERSIONS = [
  [API_VERSIONS, 0],
  [METADATA, 1],
  [FIND_COORDINATOR, 0],
  [OFFSET_FETCH, 1],
  [SASL_HANDSHAKE, 1],
  [SASL_AUTHENTICATE, 0],
] as const;
const GROUP_ID_NOT_FOUND = 69;
const COORDINATOR_NOT_AVAILABLE = 15;

/** Listens on loopback, on a free port. */
export class ScriptedBroker implements AsyncDisposable {
  readonly #topic: string;
  readonly #controller: number;
  readonly #refusal: string;
  readonly #host: string;
  /** How many more questions for a coordinator are answered by that there is none yet. */
  starting = 0;
  readonly #listener: Deno.Listener;
  readonly #open = new Set<Deno.Conn>();
  readonly #accepting: Promise<void>;

  /**
   * `controller` is the broker that it names as such; itself is 0. It refuses every login with `refusal`. `host` is where
   * it listens, and says that it is.
   */
  constructor(topic: string, controller = 0, refusal = "no", host = "127.0.0.1") {
    this.#host = host;
    this.#listener = Deno.listen({ hostname: host, port: 0 });
    this.#refusal = refusal;
    this.#topic = topic;
    this.#controller = controller;
    this.#accepting = this.#accept();
  }

  get #port(): number {
    return (this.#listener.addr as Deno.NetAddr).port;
  }

  /** `host:port`. */
  get address(): string {
    return `${this.#host.includes(":") ? `[${this.#host}]` : this.#host}:${this.#port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open) close(connection);
    await this.#accepting;
  }

  async #accept(): Promise<void> {
    for await (const connection of this.#listener) {
      this.#open.add(connection);
      void this.#serve(connection).catch(() => {}).finally(() => {
        this.#open.delete(connection);
        close(connection);
      });
    }
  }

  async #serve(connection: Deno.Conn): Promise<void> {
    const head = new Uint8Array(4);
    while (await fill(connection, head)) {
      const request = new Uint8Array(new DataView(head.buffer).getInt32(0));
      if (!(await fill(connection, request))) return;
      const view = new DataView(request.buffer);
      const [apiKey, version, correlation] = [view.getInt16(0), view.getInt16(2), view.getInt32(4)];
      const body = this.#answer(apiKey, version);
      if (body === null) return;
      const answer = new Uint8Array([...int32(4 + body.length), ...int32(correlation), ...body]);
      for (let sent = 0; sent < answer.length;) sent += await connection.write(answer.subarray(sent));
    }
  }

  #answer(apiKey: number, version: number): number[] | null {
    if (apiKey === API_VERSIONS) return this.#apiVersions(version);
    if (apiKey === METADATA) return this.#metadata(version);
    if (apiKey === FIND_COORDINATOR && this.starting-- > 0) {
      return [...int16(COORDINATOR_NOT_AVAILABLE), ...int32(-1), ...text(""), ...int32(-1)];
    }
    if (apiKey === FIND_COORDINATOR) return [...int16(0), ...int32(0), ...text(this.#host), ...int32(this.#port)];
    if (apiKey === SASL_HANDSHAKE) return [...int16(0), ...int32(1), ...text("PLAIN")];
    if (apiKey === SASL_AUTHENTICATE) {
      return [...int16(SASL_AUTHENTICATION_FAILED), ...text(this.#refusal), ...int32(0)];
    }
    if (apiKey !== OFFSET_FETCH) return null;
    // It knows no group, as brokers say which are not Apache Kafka's.
    const partition = [...int32(0), ...int32(-1), ...int32(-1), ...text(""), ...int16(GROUP_ID_NOT_FOUND)];
    return [...int32(1), ...text(this.#topic), ...int32(1), ...partition];
  }

  #apiVersions(version: number): number[] {
    const apis = VERSIONS.flatMap(([key, max]) => [...int16(key), ...int16(0), ...int16(max)]);
    return [...int16(0), ...int32(VERSIONS.length), ...apis, ...(version > 0 ? int32(0) : [])];
  }

  /** Versions 0 and 1: this broker, without a rack, the controller, and the topic with one partition. */
  #metadata(version: number): number[] {
    const isOne = version === 1;
    const broker = [...int32(0), ...text(this.#host), ...int32(this.#port), ...(isOne ? int16(-1) : [])];
    const controller = isOne ? int32(this.#controller) : [];
    const isInternal = isOne ? [0] : [];
    const partition = [...int16(0), ...int32(0), ...int32(0), ...int32(1), ...int32(0), ...int32(1), ...int32(0)];
    const topic = [...int16(0), ...text(this.#topic), ...isInternal, ...int32(1), ...partition];
    return [...int32(1), ...broker, ...controller, ...int32(1), ...topic];
  }
}

function int16(value: number): number[] {
  return [(value >> 8) & 255, value & 255];
}

function int32(value: number): number[] {
  return [...int16(value >> 16), ...int16(value)];
}

function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  return [...int16(bytes.length), ...bytes];
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It was closed already.
  }
}

/** Fills the buffer; false at the end of the connection. */
async function fill(connection: Deno.Conn, buffer: Uint8Array): Promise<boolean> {
  for (let filled = 0; filled < buffer.length;) {
    const read = await connection.read(buffer.subarray(filled)).catch(() => null);
    if (read === null) return false;
    filled += read;
  }
  return true;
}
