/**
 * A connection to the host of a URL: directly or through the HTTP proxy that the environment names, with TLS where the URL
 * has it. Whoever opens one can end it at any time, which the runtime's own clients do not allow.
 *
 * @module
 */
import { closeQuietly, writeAll } from "./connection.ts";
import { readHead } from "./http_head.ts";
import { proxyFor, shownProxy } from "./proxy.ts";

/** A connection, and how requests on it are to be addressed. */
export interface Dialled {
  readonly connection: Deno.Conn;
  /** The proxy that reads the requests itself, as those of http and ws; null where they reach the host as they are. */
  readonly readBy: URL | null;
}

/** A proxy cannot be reached, or does not let us through. */
export class ProxyError extends Error {
  override readonly name = "ProxyError";

  constructor(proxy: URL, said: string, options: ErrorOptions = {}) {
    super(`proxy ${shownProxy(proxy)} ${said}; HTTPS_PROXY or HTTP_PROXY sets it, NO_PROXY has exceptions`, options);
  }
}

/**
 * Dials the host of a ws, wss, http or https URL. On abort the connection is closed, however far it is. With an `address`,
 * of IPv4 or IPv6, that is dialled, which is to answer for the host; no proxy may be before it.
 *
 * @throws {ProxyError} if the proxy is what fails
 * @throws {Error} if the host cannot be reached or has another certificate, and on abort
 */
export async function dial(target: URL, signal: AbortSignal, address: string | null = null): Promise<Dialled> {
  const proxy = address === null ? proxyFor(target, (name) => Deno.env.get(name)) : null;
  if (target.protocol !== "wss:" && target.protocol !== "https:") {
    return {
      connection: await (proxy === null ? connect(target, signal, address) : connectToProxy(proxy, signal)),
      readBy: proxy,
    };
  }
  const open = () => openTunnel(target, proxy, signal, address);
  if (SILENT.has(target.host)) await provoke(await open(), signal);
  const tcp = await open();
  const tls = await Deno.startTls(tcp, { hostname: bareHost(target), alpnProtocols: ["http/1.1"] });
  SILENT.add(target.host);
  try {
    await closedOnAbort(tls, signal, () => tls.handshake());
  } finally {
    if (!signal.aborted) SILENT.delete(target.host);
  }
  return { connection: tls, readBy: null };
}

/**
 * Hosts at which a TLS handshake began and did not end. The runtime keeps the socket of such a handshake open for as long
 * as the host does not answer, also once it is closed; that is to happen once, and not at each dial.
 */
const SILENT = new Set<string>();
/** A fatal alert, handshake_failure: whoever speaks TLS closes the connection on it (RFC 8446, section 6.2). */
const ALERT = new Uint8Array([0x15, 3, 1, 0, 2, 2, 40]);

/** Waits until the host does anything at all on a connection without TLS of the runtime's. */
async function provoke(tcp: Deno.TcpConn, signal: AbortSignal): Promise<void> {
  await closedOnAbort(tcp, signal, async () => {
    await writeAll(tcp, ALERT);
    // A reset is an answer too.
    await tcp.read(new Uint8Array(1)).catch(() => null);
    signal.throwIfAborted();
  });
  closeQuietly(tcp);
}

/** A connection that reaches the host as it is. */
async function openTunnel(
  target: URL,
  proxy: URL | null,
  signal: AbortSignal,
  address: string | null,
): Promise<Deno.TcpConn> {
  if (proxy === null) return await connect(target, signal, address);
  const tcp = await connectToProxy(proxy, signal);
  await closedOnAbort(tcp, signal, () => tunnel(tcp, target, proxy));
  return tcp;
}

/** Does something with a connection, which is closed where that fails or is aborted. */
export async function closedOnAbort<T>(connection: Deno.Conn, signal: AbortSignal, act: () => Promise<T>): Promise<T> {
  const onAbort = () => closeQuietly(connection);
  signal.addEventListener("abort", onAbort);
  try {
    signal.throwIfAborted();
    return await act();
  } catch (error) {
    closeQuietly(connection);
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** `Proxy-Authorization` for the user and password of a proxy's URL, as a line of a request; empty where it has none. */
export function proxyAuthorization({ username, password }: URL): string {
  if (username === "" && password === "") return "";
  return `proxy-authorization: ${basic(username, password)}\r\n`;
}

/** Basic authentication with the user and password of a URL. */
export function basic(username: string, password: string): string {
  const bytes = new TextEncoder().encode(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
  return `Basic ${bytes.toBase64()}`;
}

function connect(url: URL, signal: AbortSignal, address: string | null = null): Promise<Deno.TcpConn> {
  return Deno.connect({ hostname: address ?? bareHost(url), port: portOf(url), signal });
}

async function connectToProxy(proxy: URL, signal: AbortSignal): Promise<Deno.TcpConn> {
  if (proxy.protocol !== "http:") throw new ProxyError(proxy, "has an unsupported scheme; expected http://");
  try {
    return await connect(proxy, signal);
  } catch (cause) {
    signal.throwIfAborted();
    const is = cause instanceof Error ? cause.message : String(cause);
    throw new ProxyError(proxy, `cannot be reached: ${is}`, { cause });
  }
}

/** Has the proxy connect the connection to the host. */
async function tunnel(connection: Deno.TcpConn, target: URL, proxy: URL): Promise<void> {
  const authority = `${target.hostname}:${portOf(target)}`;
  const request = `CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n${proxyAuthorization(proxy)}\r\n`;
  let status: number;
  try {
    await writeAll(connection, new TextEncoder().encode(request));
    ({ status } = await readHead(connection));
  } catch (cause) {
    throw new ProxyError(proxy, `does not respond: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
  if (status < 200 || status > 299) throw new ProxyError(proxy, `refused (${status}) to connect to ${authority}`);
}

/** The host of a URL, of an IPv6 address without its brackets. */
export function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, "$1");
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { "ws:": 80, "http:": 80, "wss:": 443, "https:": 443 };

function portOf({ port, protocol }: URL): number {
  return port === "" ? DEFAULT_PORTS[protocol] ?? 0 : Number(port);
}
