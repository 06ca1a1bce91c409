/**
 * GET from a host whose name somebody else chose. Such a request must not reach what only this machine or its network
 * reaches: https alone, no port, no address in place of a name; the addresses of the name are looked at before one of them
 * is dialled, and it is one of these that is dialled. Time and size are bounded. Where the environment names a proxy, that
 * looks the name up, and its rules hold.
 *
 * @module
 */
import { lookup } from "node:dns";
import { isPublicAddress, parseAddress } from "./address.ts";
import { closeQuietly } from "./connection.ts";
import { closedOnAbort, dial } from "./dial.ts";
import { AnswerTooLargeError, getOver, type HttpAnswer } from "./http_get.ts";
import { proxyFor } from "./proxy.ts";

/** How a request to such a host is bounded, and where it goes. */
export interface HostAccess {
  /** The most bytes that an answer may have. */
  readonly mostBytes: number;
  /** A server that stands for all hosts, of a simulated network: it is asked over http, and the host is in `Host`. */
  readonly standIn: URL | null;
  readonly signal: AbortSignal;
  readonly userAgent: string;
  /** Looks a name up; null: as the operating system does. */
  readonly lookUp: LookUp | null;
}

/** Gives the addresses of a name. */
export type LookUp = (
  name: string,
  options: { readonly all: true },
  done: (error: Error | null, addresses: readonly { readonly address: string; readonly family: number }[]) => void,
) => void;

/** What a host said. */
export interface HostAnswer {
  readonly status: number;
  /** The header `Retry-After`; null where there is none. */
  readonly retryAfter: string | null;
  /** The header `Location`; null where there is none. */
  readonly location: string | null;
  readonly body: Uint8Array;
}

const ACCEPT = "application/did+ld+json, application/json, text/plain";

/** A host that must not be asked. */
export class ForbiddenHostError extends Error {
  override readonly name = "ForbiddenHostError";
}

/**
 * Asks a host. Redirects are not followed.
 *
 * @throws {ForbiddenHostError} if it must not be asked
 * @throws {AnswerTooLargeError} if it answers with too much
 * @throws {Error} if it cannot be reached, and on abort
 */
export async function getFromHost(url: URL, access: HostAccess): Promise<HostAnswer> {
  const { standIn, signal } = access;
  if (standIn !== null) return await ask((await dial(standIn, signal)).connection, url, access);
  checkName(url);
  if (proxyFor(url, (name) => Deno.env.get(name)) !== null) {
    return await ask((await dial(url, signal)).connection, url, access);
  }
  const addresses = await publicAddresses(url.hostname, access.lookUp ?? lookup);
  for (const [i, address] of addresses.entries()) {
    signal.throwIfAborted();
    try {
      const { connection } = await dial(url, signal, address);
      return await ask(connection, url, access);
    } catch (error) {
      if (i === addresses.length - 1 || error instanceof AnswerTooLargeError) throw error;
    }
  }
  throw new Error(`${url.hostname} has no address`);
}

/** @throws {ForbiddenHostError} if the URL is no https URL of a name on the Internet */
function checkName({ protocol, hostname, port, username, password }: URL): void {
  if (protocol !== "https:") throw new ForbiddenHostError(`only https is allowed, not ${protocol}//`);
  if (port !== "" || username !== "" || password !== "") throw new ForbiddenHostError("no port and no user is allowed");
  if (parseAddress(hostname) !== null) throw new ForbiddenHostError(`a name is expected, not the address ${hostname}`);
  if (!/[^.]\.[^.]/.test(hostname)) throw new ForbiddenHostError(`"${hostname}" is no name on the Internet`);
}

/** The addresses of a name, if a public host may answer at each of them. */
async function publicAddresses(name: string, lookUp: LookUp): Promise<readonly string[]> {
  const found = await new Promise<readonly { readonly address: string }[]>((resolve, reject) => {
    lookUp(name, { all: true }, (error, addresses) => error === null ? resolve(addresses) : reject(error));
  });
  const bad = found.find(({ address }) => !isPublicAddress(address));
  if (bad !== undefined) throw new ForbiddenHostError(`${name} is at ${bad.address}, no public address`);
  return found.map(({ address }) => address);
}

async function ask(connection: Deno.Conn, url: URL, access: HostAccess): Promise<HostAnswer> {
  const { mostBytes, signal, userAgent } = access;
  const headers = { "accept": ACCEPT, "user-agent": userAgent };
  const request = { host: url.host, path: url.pathname + url.search, headers, mostBytes };
  try {
    return answerOf(await closedOnAbort(connection, signal, () => getOver(connection, request)));
  } finally {
    closeQuietly(connection);
  }
}

function answerOf({ status, headers, body }: HttpAnswer): HostAnswer {
  return { status, retryAfter: headers.get("retry-after"), location: headers.get("location"), body };
}

/**
 * An answer of fetch(), read to its end.
 *
 * @throws {AnswerTooLargeError} if it has too much
 * @throws {Error} as reading does
 */
export async function readAnswer(response: Response, mostBytes: number): Promise<HostAnswer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    parts.push(part);
    length += part.length;
    // Leaving the loop cancels the rest.
    if (length > mostBytes) throw new AnswerTooLargeError(mostBytes);
  }
  return answerOf({ status: response.status, headers: response.headers, body: joined(parts, length) });
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const body = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    body.set(part, at);
    at += part.length;
  }
  return body;
}
