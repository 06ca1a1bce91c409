/**
 * The options of the firehose, and how its URLs are read.
 *
 * @module
 */
import type { OptionTable } from "../config/option.ts";
import { hoursAsMs, type Read, secondsAsMs, value, wrong } from "../config/readers.ts";

const SUBSCRIBE_PATH = "/xrpc/com.atproto.sync.subscribeRepos";
const LABELS_PATH = "/xrpc/com.atproto.label.subscribeLabels";

/**
 * Reads the URL of a firehose: ws or wss. A URL of a host alone gets the path of subscribeRepos; user information goes
 * to the server as HTTP Basic; the cursor is refused, as it has a flag of its own, and so are streams of another kind.
 */
export function readFirehoseUrl(text: string): Read<string> {
  const expected = `a URL such as wss://bsky.network${SUBSCRIBE_PATH}`;
  if (!URL.canParse(text)) return wrong("it is no URL", expected);
  const url = new URL(text);
  if (url.protocol !== "ws:" && url.protocol !== "wss:") {
    return wrong("its scheme is neither ws nor wss", expected);
  }
  if (url.hostname === "") return wrong("it names no host", expected);
  if (url.hash !== "") return wrong("it has a fragment", expected);
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

/** The options about the firehose. */
export const UPSTREAM_OPTIONS = {
  firehoseUrl: {
    group: "Firehose",
    flag: "firehose-url",
    env: ["BLUESKY_FIREHOSE_URL"],
    placeholder: "URL,...",
    read: readFirehoseUrls,
    default: `wss://bsky.network${SUBSCRIBE_PATH}`,
    doc: "Relays to read (ws or wss): the first, and the next one when it fails. A host without a path gets the " +
      "path of subscribeRepos",
  },
  idleTimeoutMs: {
    group: "Firehose",
    flag: "idle-timeout-secs",
    env: ["BLUESKY_IDLE_TIMEOUT_SECS"],
    placeholder: "SECONDS",
    read: secondsAsMs(1, 3600),
    default: "45",
    doc: "Seconds without data before the connection is replaced",
  },
  maxPauseMs: {
    group: "Firehose",
    flag: "max-pause",
    env: ["BLUESKY_MAX_PAUSE"],
    placeholder: "SECONDS",
    read: secondsAsMs(1, 3600),
    default: "60",
    doc: "Seconds to pause reading while --max-in-flight-bytes are unacknowledged. After that the connection is " +
      "closed until half of it is free",
  },
  failoverRewindMs: {
    group: "Firehose",
    flag: "failover-rewind",
    env: ["BLUESKY_FAILOVER_REWIND"],
    placeholder: "SECONDS",
    read: secondsAsMs(1, 3600),
    default: "60",
    doc: "Seconds to read again from before the switch when another relay takes over; duplicates are dropped",
  },
  replayWindowMs: {
    group: "Firehose",
    flag: "replay-window",
    env: ["BLUESKY_REPLAY_WINDOW"],
    placeholder: "HOURS",
    read: hoursAsMs(1, 8760),
    default: "72",
    doc: "Hours for which the relay keeps its messages. The time until loss is computed from it; a warning is " +
      "logged at half",
  },
} as const satisfies OptionTable;
