/**
 * Which HTTP proxy stands before a URL, as the usual variables name it. The rules are those of the runtime's own fetch(),
 * so that the firehose and token requests take the same way, with one difference: addresses that only this machine
 * answers at are never asked for through a proxy. A proxy cannot reach them, and a request for a managed identity would
 * show it a secret.
 *
 * @module
 */
import { listItems } from "../text/list.ts";
import { isWithin, parseAddress, parseRange } from "./address.ts";

/** The variables, in the order in which they count: the first that is set, of those that concern a URL. */
export const PROXY_VARIABLES = [
  "ALL_PROXY",
  "all_proxy",
  "HTTPS_PROXY",
  "https_proxy",
  "HTTP_PROXY",
  "http_proxy",
  "NO_PROXY",
  "no_proxy",
] as const;

/** Reads a variable of the environment. */
export type ReadVariable = (name: (typeof PROXY_VARIABLES)[number]) => string | undefined;

/** Loopback and link-local addresses: nobody but this machine, or its own network segment, answers there. */
const OWN_RANGES = ["127.0.0.0/8", "::1", "169.254.0.0/16", "fe80::/10"].map(parseRange);

/** Whether the host of a URL is this machine or on its own segment, such as the identity endpoint of a cloud. */
export function isOwnHost(hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/\.$/, "");
  if (name === "localhost" || name.endsWith(".localhost")) return true;
  const address = parseAddress(name);
  return address !== null && OWN_RANGES.some((range) => range !== null && isWithin(address, range));
}

/**
 * The proxy for a URL of http, https, ws or wss; null where it is dialled directly. A proxy whose URL cannot be read is
 * none, as for the runtime.
 */
export function proxyFor({ protocol, hostname }: URL, read: ReadVariable): URL | null {
  if (isOwnHost(hostname)) return null;
  const either = (upper: Parameters<ReadVariable>[0], lower: Parameters<ReadVariable>[0]) => read(upper) || read(lower);
  const isSecure = protocol === "https:" || protocol === "wss:";
  const text = either("ALL_PROXY", "all_proxy") ||
    (isSecure ? either("HTTPS_PROXY", "https_proxy") : either("HTTP_PROXY", "http_proxy"));
  if (text === undefined || text === "" || isExcepted(hostname, either("NO_PROXY", "no_proxy") ?? "")) return null;
  return URL.parse(text.includes("://") ? text : `http://${text}`);
}

/** The proxy as it may be shown: without its user and password. */
export function shownProxy({ protocol, host }: URL): string {
  return `${protocol}//${host}`;
}

/** Whether NO_PROXY names the host: by `*`, a domain that it is or lies in, an address, or a range of addresses. */
function isExcepted(hostname: string, exceptions: string): boolean {
  const name = hostname.toLowerCase();
  const address = parseAddress(name);
  return listItems(exceptions.toLowerCase()).some((each) => {
    if (each === "*") return true;
    const range = parseRange(each);
    if (range !== null || address !== null) return range !== null && address !== null && isWithin(address, range);
    const domain = each.replace(/^\./, "");
    return name === domain || name.endsWith(`.${domain}`);
  });
}
