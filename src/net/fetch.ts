/**
 * fetch() as it is needed for tokens and directories: what only this machine answers at is asked directly, whatever proxy the environment
 * names, and a proxy that fails is named.
 *
 * @module
 */
import { closeQuietly } from "./connection.ts";
import { bareHost, dial, ProxyError } from "./dial.ts";
import { proxyFor } from "./proxy.ts";

/** Statuses that a proxy gives for itself; of a server of tokens they come with JSON. */
const PROXY_STATUSES: readonly number[] = [403, 407, 502, 503, 504];
/** How long it may take to find out what a proxy has against a connection. */
const QUESTION_MS = 5000;

/**
 * Asks as fetch() does.
 *
 * @throws {ProxyError} if a proxy refused, or cannot be reached
 * @throws {Error} as fetch() does
 */
export async function fetchToken(url: string, init: RequestInit): Promise<Response> {
  const target = new URL(url);
  const proxy = proxyFor(target, (name) => Deno.env.get(name));
  const client = clientFor(target);
  try {
    const response = await fetch(target, { ...init, client });
    const isJson = (response.headers.get("content-type") ?? "").includes("json");
    if (proxy === null || target.protocol !== "http:" || isJson || !PROXY_STATUSES.includes(response.status)) {
      return response;
    }
    await response.body?.cancel();
    const whose = response.status === 407 ? "" : `, or ${target.host} behind it did`;
    throw new ProxyError(proxy, `refused (${response.status})${whose}`);
  } catch (error) {
    if (error instanceof ProxyError || proxy === null || init.signal?.aborted) throw error;
    throw await proxyErrorOf(target) ?? error;
  } finally {
    // What is being read is read to its end.
    client.close();
  }
}

/** A client for the host of a URL, which keeps its connections: through a proxy where one stands before it. */
export function clientFor(target: URL): Deno.HttpClient {
  const proxy = proxyFor(target, (name) => Deno.env.get(name));
  return proxy === null ? directClient(target) : Deno.createHttpClient({});
}

/**
 * A client that asks without a proxy, also where the runtime's own rules have one. The runtime reads the variables when a
 * client is made, and none else does meanwhile.
 */
function directClient(target: URL): Deno.HttpClient {
  const before = Deno.env.get("NO_PROXY");
  // To the runtime the star is all names, but no address.
  Deno.env.set("NO_PROXY", `${bareHost(target)},*`);
  try {
    return Deno.createHttpClient({});
  } finally {
    if (before === undefined) Deno.env.delete("NO_PROXY");
    else Deno.env.set("NO_PROXY", before);
  }
}

/** What the proxy has against a connection to the host: fetch() has no status of it, and no name. */
async function proxyErrorOf(target: URL): Promise<ProxyError | null> {
  try {
    closeQuietly((await dial(target, AbortSignal.timeout(QUESTION_MS))).connection);
    return null;
  } catch (error) {
    return error instanceof ProxyError ? error : null;
  }
}
