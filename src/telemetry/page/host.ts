/**
 * Which names a browser may ask the status page by. A site whose own name resolves to an address of this machine (DNS
 * rebinding) could read what the page shows; it cannot do so by an address, nor by `localhost`, which no resolver gives
 * away. /metrics has no such check: Prometheus scrapes it by the name of a service.
 *
 * @module
 */

const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/**
 * Whether the page answers to a Host header, which may have a port: to addresses, to `localhost` and names below it, and
 * to `configured`, the name or address that the port was opened on.
 *
 * @example An address and a name
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(isPermittedHost("10.0.0.5:9464", "0.0.0.0"), true);
 * assertEquals(isPermittedHost("rebound.example:9464", "0.0.0.0"), false);
 * ```
 */
export function isPermittedHost(host: string, configured: string): boolean {
  if (host === "" || /[/?#@\\\s]/.test(host) || !URL.canParse(`http://${host}/`)) return false;
  const name = new URL(`http://${host}/`).hostname.replace(/\.$/, "");
  if (name.startsWith("[") || IPV4.test(name)) return true;
  return name === "localhost" || name.endsWith(".localhost") || name === configured.toLowerCase().replace(/\.$/, "");
}
