/**
 * GET from a host whose name somebody else chose. Such a request must not reach what only this machine or its network
 * reaches: https alone, no port, no address in place of a name; the addresses of the name are looked at before one of them
 * is dialled, and it is one of these that is dialled. Time and size are bounded. Where the environment names a proxy, that
 * looks the name up, and its rules hold.
 *
 * @module
 */
import { lookup as lookUp } from "node:dns";
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps, type RequestOptions } from "node:https";
import { isPublicAddress, parseAddress } from "./address.ts";
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

/** An answer that is larger than it may be. */
export class AnswerTooLargeError extends Error {
  override readonly name = "AnswerTooLargeError";

  constructor(mostBytes: number) {
    super(`the answer is larger than ${mostBytes} bytes`);
  }
}

/**
 * Asks a host. Redirects are not followed.
 *
 * @throws {ForbiddenHostError} if it must not be asked
 * @throws {AnswerTooLargeError} if it answers with too much
 * @throws {Error} if it cannot be reached, and on abort
 */
export async function getFromHost(url: URL, access: HostAccess): Promise<HostAnswer> {
  const { standIn } = access;
  if (standIn !== null) return await get(standIn, url.host, url, access, undefined);
  checkName(url);
  if (proxyFor(url, (name) => Deno.env.get(name)) !== null) return await getThroughProxy(url, access);
  return await get(url, url.host, url, access, checkedLookUp(access.lookUp ?? lookUp));
}

/** @throws {ForbiddenHostError} if the URL is no https URL of a name on the Internet */
function checkName({ protocol, hostname, port, username, password }: URL): void {
  if (protocol !== "https:") throw new ForbiddenHostError(`only https is allowed, not ${protocol}//`);
  if (port !== "" || username !== "" || password !== "") throw new ForbiddenHostError("no port and no user is allowed");
  if (parseAddress(hostname) !== null) throw new ForbiddenHostError(`a name is expected, not the address ${hostname}`);
  if (!/[^.]\.[^.]/.test(hostname)) throw new ForbiddenHostError(`"${hostname}" is no name on the Internet`);
}

/** Looks a name up, and gives its addresses if a public host may answer at each of them. */
function checkedLookUp(lookUp: LookUp): RequestOptions["lookup"] {
  return (name, options, done) => {
    lookUp(name, { all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      const bad = addresses?.find(({ address }) => !isPublicAddress(address));
      if (error !== null) done(error, "", 0);
      else if (bad !== undefined) {
        done(new ForbiddenHostError(`${name} is at ${bad.address}, no public address`), "", 0);
      } else if (first === undefined) done(new Error(`${name} has no address`), "", 0);
      else if (options.all) done(null, [...addresses]);
      else done(null, first.address, first.family);
    });
  };
}

function get(
  { protocol, hostname, port }: URL,
  host: string,
  { pathname, search }: URL,
  { mostBytes, signal, userAgent }: HostAccess,
  lookup: RequestOptions["lookup"],
): Promise<HostAnswer> {
  const request = protocol === "https:" ? requestHttps : requestHttp;
  const headers = { host, "accept": ACCEPT, "user-agent": userAgent, connection: "close" };
  const options: RequestOptions = { hostname, port, path: pathname + search, headers, agent: false, signal };
  return new Promise((resolve, reject) => {
    const asked = request(lookup === undefined ? options : { ...options, lookup }, (answer: IncomingMessage) => {
      const parts: Uint8Array[] = [];
      let length = 0;
      answer.on("data", (part: Uint8Array) => {
        parts.push(part);
        length += part.length;
        if (length <= mostBytes) return;
        reject(new AnswerTooLargeError(mostBytes));
        asked.destroy();
      });
      answer.on("error", reject);
      answer.on("close", () => reject(new Error("the connection was closed within the answer")));
      answer.on("end", () => {
        const { statusCode = 0, headers } = answer;
        const [retryAfter, location] = [headers["retry-after"] ?? null, headers.location ?? null];
        resolve({ status: statusCode, retryAfter, location, body: joined(parts, length) });
      });
    });
    asked.on("error", reject);
    asked.end();
  });
}

async function getThroughProxy(url: URL, access: HostAccess): Promise<HostAnswer> {
  const headers = { "accept": ACCEPT, "user-agent": access.userAgent };
  const response = await fetch(url, { headers, redirect: "manual", signal: access.signal });
  return await readAnswer(response, access.mostBytes);
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
  const { status, headers } = response;
  const [retryAfter, location] = [headers.get("retry-after"), headers.get("location")];
  return { status, retryAfter, location, body: joined(parts, length) };
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
