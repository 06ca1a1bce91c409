/**
 * HTTP for an open port that anybody may dial: one request a connection, and a bound on all that a client could hold.
 * It stands on plain connections, as `Deno.serve` bounds neither the time nor the size of a request, waits at its end
 * for clients that never finish, and writes a stack trace for a Host that is no URL.
 *
 * @module
 */
import { closeQuietly, writeAll } from "../net/connection.ts";
import { HEADER_LINE } from "../net/http_head.ts";
import { setTimeout as after } from "node:timers/promises";

/** What clients may take. */
export interface HttpBounds {
  /** Connections at once; one more takes the place of the oldest. */
  readonly connections: number;
  /** Bytes of the request line and the headers together. */
  readonly headBytes: number;
  /** Bytes of a body, which nobody needs, that are read so that the client gets to read its answer. */
  readonly bodyBytes: number;
  /** From the connection's begin until the client has read its answer. */
  readonly exchangeMs: number;
  /** How long the end waits for answers that are being read. */
  readonly stopMs: number;
}

/** A request; of its headers the Host alone may decide something, and its body nothing. */
export interface HttpRequest {
  readonly method: string;
  /** The Host header, with its port if it has one; empty where HTTP/1.0 leaves it out. */
  readonly host: string;
  /** Path of the target, without its query. */
  readonly path: string;
}

/** An answer; the length of a text is added to the headers. */
export interface HttpAnswer {
  readonly status: keyof typeof REASONS;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | HttpStream;
}

/**
 * A body without an end of its own. The signal aborts when the client has left or the server stops; it returns then. Each
 * text that is written has `exchangeMs` to be taken, or the connection ends.
 */
export type HttpStream = (write: (text: string) => Promise<void>, signal: AbortSignal) => Promise<void>;

/** The statuses of the port, and what each is called. */
const REASONS = {
  200: "OK",
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
} as const;

/** A listener that refuses to accept, as where no file descriptors are left, is asked again after this. */
const ACCEPT_AGAIN_MS = 100;
const END_OF_HEAD = /\r?\n\r?\n/;
const REQUEST_LINE = /^([A-Za-z]+) ([\x21-\x7e]+) HTTP\/1\.([01])$/;

/** An answer in plain text, or of another content type. */
export function textAnswer(
  status: HttpAnswer["status"],
  body: string,
  headers: HttpAnswer["headers"] = {},
): HttpAnswer & { readonly body: string } {
  return {
    status,
    body,
    headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store", ...headers },
  };
}

/** Answers on a listener, which it closes when it is disposed of: that takes no longer than `stopMs`. */
export function serveHttp(
  listener: Deno.Listener,
  answer: (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>,
  bounds: HttpBounds,
): AsyncDisposable {
  const open = new Set<Connection>();
  let isStopped = false;
  const add = (socket: Deno.Conn) => {
    const [oldest] = open;
    if (oldest !== undefined && open.size >= bounds.connections) end(oldest);
    const deadline = new Deadline(() => end(connection), bounds.exchangeMs);
    const leave = new AbortController();
    const connection: Connection = { socket, deadline, leave, isAnswering: false, ended: Promise.resolve() };
    open.add(connection);
    deadline.start();
    connection.ended = exchange(connection, answer, bounds)
      // The client went away, or was sent away.
      .catch(() => {})
      .finally(() => {
        deadline.clear();
        end(connection);
      });
  };
  const end = (connection: Connection) => {
    open.delete(connection);
    closeQuietly(connection.socket);
  };

  const accepting = (async () => {
    while (!isStopped) {
      const socket = await listener.accept().catch(() => null);
      if (socket === null) await after(isStopped ? 0 : ACCEPT_AGAIN_MS);
      else if (isStopped) closeQuietly(socket);
      else add(socket);
    }
  })();

  return {
    async [Symbol.asyncDispose]() {
      if (isStopped) return;
      isStopped = true;
      listener.close();
      const left = [...open];
      for (const connection of left) {
        connection.leave.abort();
        if (!connection.isAnswering) end(connection);
      }
      const timer = setTimeout(() => left.forEach(end), bounds.stopMs);
      await Promise.all([accepting, ...left.map(({ ended }) => ended)]);
      clearTimeout(timer);
    },
  };
}

/** Ends what takes too long, unless it is cleared before. */
class Deadline {
  readonly #end: () => void;
  readonly #ms: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(end: () => void, ms: number) {
    this.#end = end;
    this.#ms = ms;
  }

  start(): void {
    this.clear();
    this.#timer = setTimeout(this.#end, this.#ms);
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}

interface Connection {
  readonly socket: Deno.Conn;
  readonly deadline: Deadline;
  /** Aborts what is written without end. */
  readonly leave: AbortController;
  /** The request is there whole. */
  isAnswering: boolean;
  ended: Promise<void>;
}

/** Reads one request and answers it. */
async function exchange(
  connection: Connection,
  answer: (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>,
  { headBytes, bodyBytes }: HttpBounds,
): Promise<void> {
  const { socket } = connection;
  const head = await readHead(socket, headBytes);
  if (head === null) return;
  connection.isAnswering = true;
  const request = head.isWhole ? parseHead(head.text) : null;
  const reply = !head.isWhole
    ? textAnswer(431, `expected a request line and headers of at most ${headBytes} bytes\n`)
    : request === null
    ? textAnswer(400, "expected a request of HTTP/1.1 with a URL and a Host\n")
    : await answered(answer, request);
  const { body } = reply;
  await writeAll(socket, encodeAnswer(reply, request?.method === "HEAD"));
  if (typeof body !== "string" && request?.method !== "HEAD") return await writeStream(connection, body, bodyBytes);
  if (request !== null && !request.hasBody) return;
  // Closed with bytes unread, a connection is reset, and its answer lost with it.
  await socket.closeWrite();
  const scratch = new Uint8Array(4096);
  for (let left = bodyBytes; left > 0;) {
    const count = await socket.read(scratch);
    if (count === null) return;
    left -= count;
  }
}

/** Writes a body until it ends, or the client has left, or sends more than nobody needs. */
async function writeStream(
  { socket, deadline, leave }: Connection,
  body: HttpStream,
  bodyBytes: number,
): Promise<void> {
  const leaving = async () => {
    const scratch = new Uint8Array(1024);
    for (let left = bodyBytes; left > 0;) {
      const count = await socket.read(scratch);
      if (count === null) return;
      left -= count;
    }
  };
  leaving().catch(() => {}).finally(() => leave.abort());
  deadline.clear();
  const write = async (text: string) => {
    deadline.start();
    await writeAll(socket, new TextEncoder().encode(text));
    deadline.clear();
  };
  await body(write, leave.signal);
}

async function answered(
  answer: (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>,
  request: HttpRequest,
): Promise<HttpAnswer> {
  try {
    return await answer(request);
  } catch (error) {
    return textAnswer(500, `Cannot answer: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}

/** What came until the end of the head, or up to the bound; null if the client left before. */
async function readHead(
  socket: Deno.Conn,
  maxBytes: number,
): Promise<{ readonly isWhole: boolean; readonly text: string } | null> {
  const bytes = new Uint8Array(maxBytes);
  const latin1 = new TextDecoder("latin1");
  for (let length = 0; length < maxBytes;) {
    const count = await socket.read(bytes.subarray(length));
    if (count === null) return null;
    length += count;
    const text = latin1.decode(bytes.subarray(0, length));
    const end = END_OF_HEAD.exec(text);
    if (end !== null) return { isWhole: true, text: text.slice(0, end.index) };
  }
  return { isWhole: false, text: "" };
}

/** The request that a head asks for; null if it is none of HTTP/1, or names no URL. */
function parseHead(text: string): HttpRequest & { readonly hasBody: boolean } | null {
  const [first = "", ...lines] = text.split(/\r?\n/);
  const [, method, target, minor] = REQUEST_LINE.exec(first) ?? [];
  if (method === undefined || target === undefined) return null;
  const hosts: string[] = [];
  let hasBody = false;
  for (const line of lines) {
    const [, name, value] = HEADER_LINE.exec(line) ?? [];
    if (name === undefined || value === undefined) return null;
    const known = name.toLowerCase();
    if (known === "host") hosts.push(value.trim());
    if (known === "transfer-encoding" || (known === "content-length" && value.trim() !== "0")) hasBody = true;
  }
  const [host = ""] = hosts;
  if (hosts.length > 1 || (hosts.length === 0 && minor === "1")) return null;
  if (host !== "" && (/[/?#@\\\s]/.test(host) || !URL.canParse(`http://${host}/`))) return null;
  const url = target.startsWith("/") ? `http://localhost${target}` : target;
  if (!/^https?:/i.test(url) || !URL.canParse(url)) return null;
  return { method, host, path: new URL(url).pathname, hasBody };
}

function encodeAnswer({ status, headers, body }: HttpAnswer, isHead: boolean): Uint8Array {
  const bytes = new TextEncoder().encode(typeof body === "string" ? body : "");
  const all = {
    ...headers,
    // An endless body ends with the connection.
    ...(typeof body === "string" ? { "content-length": String(bytes.length) } : {}),
    date: new Date().toUTCString(),
    connection: "close",
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const head = new TextEncoder().encode(`HTTP/1.1 ${status} ${REASONS[status]}\r\n${lines}\r\n`);
  if (isHead) return head;
  const whole = new Uint8Array(head.length + bytes.length);
  whole.set(head);
  whole.set(bytes, head.length);
  return whole;
}
