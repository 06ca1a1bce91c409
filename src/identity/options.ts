/**
 * The options of identities: handles, the directory, what is kept.
 *
 * @module
 */
import { choice, type OptionTable } from "../config/option.ts";
import { hoursAsMs, integer, type Read, readFilePath, value, wrong } from "../config/readers.ts";
import { EXPORT_MODES, HANDLE_MODES } from "./modes.ts";

/** 50 million accounts take 6 GB. */
const MOST_ACCOUNTS = 50_000_000;
const LEAST_ACCOUNTS = 1000;
const MOST_PER_SECOND = 1000;

/** Reads the URL of a server of HTTP. */
export function readHttpUrl(text: string): Read<string> {
  const expected = "a URL such as https://plc.directory";
  const url = URL.parse(text);
  if (url === null) return wrong("it is no URL", expected);
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return wrong("its scheme is neither https nor http", expected);
  }
  if (url.search !== "" || url.hash !== "") return wrong("it has a query or a fragment", expected);
  return url.username === "" && url.password === "" ? value(url.href) : wrong("it has a user", expected);
}

/** An address of a name server. */
export interface NameServer {
  readonly ipAddr: string;
  readonly port: number;
}

const DNS_PORT = 53;

/** Reads `ADDRESS` or `ADDRESS:PORT`. */
export function readNameServer(text: string): Read<NameServer> {
  const expected = "an IP address, with a port or without, such as 10.0.0.2 or [2001:db8::2]:5353";
  const [, six, four, port] = /^(?:\[([0-9a-f:.]+)\]|([\d.]+))(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const host = six === undefined ? four : `[${six}]`;
  const parsed = host === undefined ? null : URL.parse(`http://${host}:${port ?? DNS_PORT}`);
  if (parsed === null || (six === undefined && parsed.hostname !== four)) return wrong("it is none", expected);
  return value({ ipAddr: six ?? four ?? "", port: Number(port ?? DNS_PORT) });
}

/** The options about identities. */
export const IDENTITY_OPTIONS = {
  handles: {
    group: "Identities",
    flag: "handles",
    env: ["BLUESKY_HANDLES"],
    ...choice(HANDLE_MODES),
    default: "off",
    doc: "Handles in events: none (off), the one that the DID document claims, or only one that its domain " +
      "confirms (verified), else handle.invalid. null while it is unknown",
  },
  plcUrl: {
    group: "Identities",
    flag: "plc-url",
    env: ["BLUESKY_PLC_URL"],
    placeholder: "URL",
    read: readHttpUrl,
    default: "https://plc.directory",
    doc: "URL of the did:plc directory, or of a mirror",
  },
  plcRate: {
    group: "Identities",
    flag: "plc-rate",
    env: ["BLUESKY_PLC_RATE"],
    placeholder: "COUNT",
    read: integer(1, MOST_PER_SECOND),
    default: "10",
    doc: "Maximum requests per second to the directory; the same limit holds for all other hosts together, and " +
      "for handles",
  },
  plcExport: {
    group: "Identities",
    flag: "plc-export",
    env: ["BLUESKY_PLC_EXPORT"],
    ...choice(EXPORT_MODES),
    default: "off",
    implicitValue: "all",
    doc: "Follow the change log of the directory: from now on (new), which keeps cached documents current, or " +
      "from its beginning (all), which takes a day and a cache for tens of millions of accounts",
  },
  identityCache: {
    group: "Identities",
    flag: "identity-cache",
    env: ["BLUESKY_IDENTITY_CACHE"],
    placeholder: "FILE",
    read: readFilePath,
    default: null,
    defaultText: "none: the cache is lost at a restart",
    doc: "File that keeps the identity cache across restarts",
  },
  identityCacheSize: {
    group: "Identities",
    flag: "identity-cache-size",
    env: ["BLUESKY_IDENTITY_CACHE_SIZE"],
    placeholder: "COUNT",
    read: integer(LEAST_ACCOUNTS, MOST_ACCOUNTS),
    default: "500000",
    doc: "Maximum accounts in the identity cache, 116 bytes each; when it is full, an account not used recently " +
      "is evicted",
  },
  identityTtl: {
    group: "Identities",
    flag: "identity-ttl",
    env: ["BLUESKY_IDENTITY_TTL"],
    placeholder: "HOURS",
    read: hoursAsMs(0.01, 8760),
    default: "24",
    doc: "Hours until a cached document is fetched again, if no message invalidates it before",
  },
  handleDns: {
    group: "Identities",
    flag: "handle-dns",
    env: ["BLUESKY_HANDLE_DNS"],
    placeholder: "ADDRESS[:PORT]",
    read: readNameServer,
    default: null,
    defaultText: "the system's",
    doc: "DNS server for the TXT records of handles",
  },
  identityStandIn: {
    group: "Identities",
    flag: "identity-stand-in",
    env: ["BLUESKY_IDENTITY_STAND_IN"],
    placeholder: "URL",
    read: readHttpUrl,
    default: null,
    doc: "Server to ask instead of every did:web host and handle domain, for a simulated network; never set it on " +
      "the Internet",
  },
} as const satisfies OptionTable;
