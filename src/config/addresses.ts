/**
 * Readers of what names another machine: the firehose URL, Kafka brokers, a topic.
 *
 * @module
 */

import { type Read, value, wrong } from "./readers.ts";

const SUBSCRIBE_PATH = "/xrpc/com.atproto.sync.subscribeRepos";
const LABELS_PATH = "/xrpc/com.atproto.label.subscribeLabels";

/**
 * Reads the URL of a firehose: ws or wss. A URL of a host alone gets the path of subscribeRepos; user information goes
 * to the server as HTTP Basic; the cursor is refused, as it has a flag of its own, and so are streams of another kind.
 */
export function readFirehoseUrl(text: string): Read<string> {
  const wanted = `a URL such as wss://bsky.network${SUBSCRIBE_PATH}`;
  if (!URL.canParse(text)) return wrong("it is no URL", wanted);
  const url = new URL(text);
  if (url.protocol !== "ws:" && url.protocol !== "wss:") {
    return wrong("its scheme is neither ws nor wss", wanted);
  }
  if (url.hostname === "") return wrong("it names no host", wanted);
  if (url.hash !== "") return wrong("it has a fragment", wanted);
  if (url.searchParams.has("cursor")) {
    return wrong("it holds a cursor", "a URL without one, and the cursor in --cursor");
  }
  const other = otherStream(url);
  if (other !== null) return wrong(other, `a relay or PDS such as wss://bsky.network${SUBSCRIBE_PATH}`);
  if (url.pathname === "/") url.pathname = SUBSCRIBE_PATH;
  return value(url.href);
}

/** What a URL leads to that is known and no firehose; null for any other URL. */
function otherStream({ hostname, pathname }: URL): string | null {
  const path = pathname.replace(/\/+$/, "");
  // Source: github.com/bluesky-social/jetstream, README: its path, and the names of the public instances.
  if (path === "/subscribe" || path === "" && /^jetstream\d*\./i.test(hostname)) {
    return "it is a Jetstream, which sends JSON instead of the firehose's signed commits";
  }
  return path === LABELS_PATH ? "it is a labeler, whose stream has labels and no records" : null;
}

/** Reads URLs of firehoses with commas between them, each as {@linkcode readFirehoseUrl} does, and each of another host. */
export function readFirehoseUrls(text: string): Read<readonly [string, ...string[]]> {
  const urls: string[] = [];
  const hosts = new Set<string>();
  // A comma within a URL is a part of it.
  for (const part of text.split(/,(?=\s*(?:[a-z][a-z0-9+.-]*:|$))/i).map((each) => each.trim())) {
    if (part === "") continue;
    const read = readFirehoseUrl(part);
    if (read.kind === "wrong") return read;
    const { host } = new URL(read.value);
    if (hosts.has(host)) return wrong(`it names ${host} twice`, "a host once");
    hosts.add(host);
    urls.push(read.value);
  }
  const [first, ...others] = urls;
  return first === undefined ? readFirehoseUrl(text) as Read<never> : value([first, ...others]);
}

/** Reads the URL of a server that gives tokens: http or https, without user information. */
export function readTokenUrl(text: string): Read<string> {
  const wanted = "a URL such as https://login.example.com/oauth2/token";
  if (!URL.canParse(text)) return wrong("it is no URL", wanted);
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    return wrong("its scheme is neither http nor https", wanted);
  }
  if (url.username !== "" || url.password !== "") return wrong("it has user information", wanted);
  return value(url.href);
}

/**
 * Takes from a URL what may be secret or changes: user information, query and fragment. This form is fit for messages
 * and for the source of an event.
 */
export function publicUrl(url: string): string {
  const open = new URL(url);
  return `${open.protocol}//${open.host}${open.pathname}`;
}

const EVENT_HUBS = /\.servicebus\.(?:windows\.net|chinacloudapi\.cn|usgovcloudapi\.net|cloudapi\.de)$/i;

/** Says whether a broker (`host` or `host:port`) is an Event Hubs or Fabric endpoint, by the domain of its host. */
export function isEventHubsHost(broker: string): boolean {
  return EVENT_HUBS.test(broker.replace(/:\d+$/, ""));
}

const KAFKA_PORT = 9092;
const EVENT_HUBS_PORT = 9093;
const BROKERS_WANTED = "host:port, or several with commas between them,";

/** Reads `host:port[,...]`; a port left out is 9092, for Event Hubs 9093. The answer has each broker once. */
export function readBrokers(text: string): Read<readonly string[]> {
  const names = text.split(",").map((name) => name.trim()).filter((name) => name !== "");
  if (names.length === 0) return wrong("it names no server", BROKERS_WANTED);
  const brokers = new Set<string>();
  for (const name of names) {
    const read = readBroker(name);
    if (read.kind === "wrong") return read;
    brokers.add(read.value);
  }
  return value([...brokers]);
}

function readBroker(text: string): Read<string> {
  const shown = JSON.stringify(text);
  if (text.includes("://")) return wrong(`${shown} has a scheme`, BROKERS_WANTED);
  const [, ipv6, ipv6Port] = /^\[([0-9a-f:.]+)\](?::(.*))?$/i.exec(text) ?? [];
  if (ipv6 === undefined && (text.startsWith("[") || text.split(":").length > 2)) {
    return wrong(`${shown} is no address, or has more than one port`, `${BROKERS_WANTED} IPv6 as [::1]:9092,`);
  }
  const [host = "", port] = ipv6 === undefined ? text.split(":") : [`[${ipv6}]`, ipv6Port];
  if (ipv6 !== undefined && !URL.canParse(`http://${host}/`)) {
    return wrong(`${shown} is no IPv6 address`, BROKERS_WANTED);
  }
  if (ipv6 === undefined && !/^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\.?$/.test(host)) {
    return wrong(`${shown} has no usable host name`, BROKERS_WANTED);
  }
  if (port === undefined) return value(`${host}:${isEventHubsHost(host) ? EVENT_HUBS_PORT : KAFKA_PORT}`);
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0;
  if (number < 1 || number > 65535) return wrong(`${shown} has no port from 1 to 65535`, BROKERS_WANTED);
  return value(`${host}:${number}`);
}

/** Reads an address to listen on: a host name, an IPv4 or an IPv6 address. */
export function readHost(text: string): Read<string> {
  const wanted = "a host name or an address such as 127.0.0.1";
  if (text.includes("/")) return wrong("it is a URL or a path", wanted);
  const isIpv6 = /^[0-9a-f:]*:[0-9a-f:.]*:[0-9a-f:.]*$/i.test(text);
  if (isIpv6) return URL.canParse(`http://[${text}]/`) ? value(text) : wrong("it is no IPv6 address", wanted);
  if (text.includes(":")) return wrong("it holds a port, which has an option of its own", wanted);
  return /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i.test(text) ? value(text) : wrong("it is no host name", wanted);
}

/** Reads the name of a Kafka topic. */
export function readTopic(text: string): Read<string> {
  const wanted = "a name of up to 249 letters, digits, dots, underscores and hyphens";
  if (text.length > 249) return wrong("it is too long", wanted);
  if (text === "." || text === "..") return wrong("it is a name that Kafka forbids", wanted);
  return /^[A-Za-z0-9._-]+$/.test(text)
    ? value(text)
    : wrong("it holds a character that Kafka forbids in a topic", wanted);
}
