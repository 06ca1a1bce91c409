/**
 * Addresses of brokers as people write them, `host:port` or `[IPv6]:port`, and as KafkaJS takes and gives them: it cuts
 * the address of a bootstrap server at its first colon, and joins host and port by one whatever the host is.
 *
 * @module
 */
import { isIPv6 } from "node:net";

/** The address of a host and a port. */
export function addressOf(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** An address in the form in which KafkaJS leaves its host whole. */
export function toKafkaJs(address: string): string {
  const [, ipv6, port] = /^\[(.*)\]:(\d+)$/.exec(address) ?? [];
  return ipv6 === undefined ? address : `[${encodeURIComponent(ipv6)}]:${port}`;
}

/** The host that KafkaJS names so. */
export function hostFromKafkaJs(host: string): string {
  const [, ipv6] = /^\[(.*)\]$/.exec(host) ?? [];
  return ipv6 === undefined ? host : decodeURIComponent(ipv6);
}

/** The address of a broker of which KafkaJS has host and port in one text. */
export function addressFromKafkaJs(broker: string): string {
  const colon = broker.lastIndexOf(":");
  return addressOf(hostFromKafkaJs(broker.slice(0, colon)), Number(broker.slice(colon + 1)));
}
