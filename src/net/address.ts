/**
 * IP addresses, as text or as URLs have them.
 *
 * @module
 */

/**
 * Ranges of the Internet at large within which no public host answers: private, local, shared, documentation, test,
 * multicast, reserved (the special-purpose registries of IANA). Of IPv6 only `2000::/3` is given out at all.
 */
const NOT_PUBLIC = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
  // Teredo, ORCHID, benchmarks and others; documentation; 6to4, which has addresses of IPv4 in it.
  "2001::/23",
  "2001:db8::/32",
  "2002::/16",
  "3fff::/20",
].map(parseRange);
const GIVEN_OUT = parseRange("2000::/3");

/** Whether a text is an IP address at which a public host may answer. */
export function isPublicAddress(text: string): boolean {
  const address = parseAddress(text);
  if (address === null || NOT_PUBLIC.some((range) => range !== null && isWithin(address, range))) return false;
  return address.bits === 32 || (GIVEN_OUT !== null && isWithin(address, GIVEN_OUT));
}

/** An IP address. */
export interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** Addresses that begin alike. */
export interface Range extends Address {
  /** Leading bits that count. */
  readonly prefix: number;
}

/** Whether an address is one of a range. */
export function isWithin(address: Address, { bits, value, prefix }: Range): boolean {
  return address.bits === bits && (address.value ^ value) >> BigInt(bits - prefix) === 0n;
}

/** An address, or `ADDRESS/PREFIX`; null for anything else. */
export function parseRange(text: string): Range | null {
  const [, host = "", length] = /^([^/]+?)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = parseAddress(host);
  const prefix = Number(length ?? address?.bits);
  return address === null || prefix > address.bits ? null : { ...address, prefix };
}

/** An IP address, as text or as URLs have it; null for a name. One of IPv4 within IPv6 is the former. */
export function parseAddress(text: string): Address | null {
  const bare = text.replace(/^\[(.*)\]$/, "$1");
  if (!bare.includes(":")) {
    if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(bare)) return null;
    const parts = bare.split(".").map(Number);
    if (parts.some((part) => part > 255)) return null;
    return { bits: 32, value: parts.reduce((value, part) => value << 8n | BigInt(part), 0n) };
  }
  // The URL parser knows all ways to write one, and gives it in the shortest.
  const shortest = URL.parse(`http://[${bare.split("%")[0]}]/`)?.hostname.slice(1, -1);
  if (shortest === undefined) return null;
  const [head = "", tail] = shortest.split("::");
  const groups = (part: string) => part === "" ? [] : part.split(":");
  const [before, after] = [groups(head), groups(tail ?? "")];
  const zeros = Array<string>(8 - before.length - after.length).fill("0");
  const value = [...before, ...zeros, ...after].reduce((value, group) => value << 16n | BigInt(`0x${group}`), 0n);
  return value >> 32n === 0xffffn ? { bits: 32, value: value & 0xffff_ffffn } : { bits: 128, value };
}
