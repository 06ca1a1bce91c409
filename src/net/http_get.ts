/**
 * One GET over a connection that is there, read to its end and no further than a bound. Source: RFC 9112.
 *
 * @module
 */
import { writeAll } from "./connection.ts";
import { HttpHeadError, readHead } from "./http_head.ts";

/** What is asked for. */
export interface GetRequest {
  /** The header `Host`. */
  readonly host: string;
  /** Path and query. */
  readonly path: string;
  /** Further headers. */
  readonly headers: Readonly<Record<string, string>>;
  /** The most bytes that an answer may have. */
  readonly mostBytes: number;
}

/** What was answered. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** An answer that is larger than it may be. */
export class AnswerTooLargeError extends Error {
  override readonly name = "AnswerTooLargeError";

  constructor(mostBytes: number) {
    super(`the response is larger than ${mostBytes} bytes`);
  }
}

const READ_BYTES = 16_384;
/** What stands around the smallest chunks, beside a byte of theirs. */
const AROUND_BYTE = 8;

/**
 * Asks and reads; the connection is of no use afterwards.
 *
 * @throws {AnswerTooLargeError} if there is too much
 * @throws {HttpHeadError} if the answer is none of HTTP/1.1, or ends before its end
 * @throws {Error} as reading and writing do
 */
export async function getOver(connection: Deno.Conn, request: GetRequest): Promise<HttpAnswer> {
  const { host, path, mostBytes } = request;
  const lines = Object.entries({ ...request.headers, connection: "close" }).map(([name, value]) =>
    `${name}: ${value}\r\n`
  );
  await writeAll(
    connection,
    new TextEncoder().encode(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\n${lines.join("")}\r\n`),
  );
  const { status, headers, rest } = await readHead(connection);
  const body = new Body(connection, rest, mostBytes);
  const encoding = headers.get("transfer-encoding")?.toLowerCase() ?? "";
  if (encoding === "chunked") return { status, headers, body: await body.chunked() };
  if (encoding !== "") throw new HttpHeadError(`the response has the transfer encoding "${encoding}"`);
  const length = headers.get("content-length");
  if (length === null) return { status, headers, body: await body.untilClose() };
  if (!/^\d{1,15}$/.test(length)) throw new HttpHeadError(`the response has ${JSON.stringify(length)} bytes`);
  return { status, headers, body: await body.sized(Number(length)) };
}

/** What comes behind a head. */
class Body {
  readonly #connection: Deno.Conn;
  readonly #mostBytes: number;
  #bytes: Uint8Array;
  #length: number;

  constructor(connection: Deno.Conn, rest: Uint8Array, mostBytes: number) {
    this.#connection = connection;
    this.#mostBytes = mostBytes;
    this.#bytes = rest;
    this.#length = rest.length;
  }

  async sized(length: number): Promise<Uint8Array> {
    if (length > this.#mostBytes) throw new AnswerTooLargeError(this.#mostBytes);
    while (this.#length < length) if (!(await this.#more())) throw closedWithin();
    return this.#bytes.slice(0, length);
  }

  async untilClose(): Promise<Uint8Array> {
    while (this.#length <= this.#mostBytes) if (!(await this.#more())) return this.#bytes.slice(0, this.#length);
    throw new AnswerTooLargeError(this.#mostBytes);
  }

  async chunked(): Promise<Uint8Array> {
    // A server that sends byte by byte sends more than it says.
    while (this.#length <= AROUND_BYTE * this.#mostBytes + READ_BYTES) {
      const body = dechunked(this.#bytes.subarray(0, this.#length), this.#mostBytes);
      if (body !== null) return body;
      if (!(await this.#more())) throw closedWithin();
    }
    throw new AnswerTooLargeError(this.#mostBytes);
  }

  /** Reads what comes next; whether anything did. */
  async #more(): Promise<boolean> {
    if (this.#bytes.length - this.#length < READ_BYTES) {
      const larger = new Uint8Array(2 * this.#bytes.length + READ_BYTES);
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    const count = await this.#connection.read(this.#bytes.subarray(this.#length));
    this.#length += count ?? 0;
    return count !== null;
  }
}

function closedWithin(): HttpHeadError {
  return new HttpHeadError("the connection was closed within the response");
}

const latin1 = new TextDecoder("latin1");

/** What stands in chunks; null where the last one has not come. What stands behind that is not looked at. */
function dechunked(bytes: Uint8Array, mostBytes: number): Uint8Array | null {
  const body = new Uint8Array(Math.min(bytes.length, mostBytes));
  let length = 0;
  for (let at = 0;;) {
    const end = bytes.indexOf(0x0a, at);
    if (end < 0) return null;
    const [, size] = /^([0-9a-f]{1,8})(?:[ \t]*;.*)?\r$/i.exec(latin1.decode(bytes.subarray(at, end))) ?? [];
    if (size === undefined) throw new HttpHeadError("a chunk of the response has no length");
    const count = parseInt(size, 16);
    if (count === 0) return body.slice(0, length);
    if (length + count > mostBytes) throw new AnswerTooLargeError(mostBytes);
    at = end + 1;
    if (at + count + 2 > bytes.length) return null;
    body.set(bytes.subarray(at, at + count), length);
    length += count;
    at += count + 2;
  }
}
