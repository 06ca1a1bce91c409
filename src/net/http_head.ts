/**
 * The head of an HTTP/1.1 answer, read from a bare connection.
 *
 * @module
 */

/** An answer without its body. */
export interface HttpHead {
  readonly status: number;
  readonly headers: Headers;
  /** What came after the head. */
  readonly rest: Uint8Array<ArrayBuffer>;
}

/** The peer did not answer as HTTP does. */
export class HttpHeadError extends Error {
  override readonly name = "HttpHeadError";
}

const MAX_HEAD_BYTES = 16_384;
const STATUS_LINE = /^HTTP\/1\.[01] ([1-9]\d\d)(?: |$)/;
/** A line of a head: the name and the value of one header. Source: RFC 9112, section 5. */
export const HEADER_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/;

/**
 * Reads up to the end of the head, which may take 16 KiB.
 *
 * @throws {HttpHeadError} if it ends before, or is none
 */
export async function readHead(connection: Deno.Conn): Promise<HttpHead> {
  const bytes = new Uint8Array(MAX_HEAD_BYTES);
  const latin1 = new TextDecoder("latin1");
  for (let length = 0; length < bytes.length;) {
    const count = await connection.read(bytes.subarray(length));
    if (count === null) throw new HttpHeadError("the connection was closed before a response");
    length += count;
    const text = latin1.decode(bytes.subarray(0, length));
    const end = text.indexOf("\r\n\r\n");
    if (end < 0) continue;
    const [first = "", ...lines] = text.slice(0, end).split("\r\n");
    const [, status] = STATUS_LINE.exec(first) ?? [];
    if (status === undefined) throw new HttpHeadError("the response is not HTTP/1.1");
    return { status: Number(status), headers: headersOf(lines), rest: bytes.slice(end + 4, length) };
  }
  throw new HttpHeadError(`the head of the response is larger than ${MAX_HEAD_BYTES} bytes`);
}

function headersOf(lines: readonly string[]): Headers {
  const headers = new Headers();
  for (const line of lines) {
    const [, name, value] = HEADER_LINE.exec(line) ?? [];
    if (name !== undefined && value !== undefined) headers.append(name, value);
  }
  return headers;
}
