/**
 * Asks the directory of identities and the name server, where events are to have handles or to be verified, and looks at
 * the file of what is known.
 *
 * @module
 */
import { directoryGet, txtLookUp } from "../../app/identities.ts";
import { threadsOf } from "../../app/verification.ts";
import type { Config } from "../../config/config.ts";
import { orNull } from "../../cursor/files.ts";
import { directoryAsker } from "../../identity/requests.ts";
import { clientFor } from "../../net/fetch.ts";
import { type Finding, finding } from "./finding.ts";
import { whyUnwritable } from "./writable.ts";

/** A DID that nobody has: any answer about it shows that the directory answers. */
const NOBODY = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa";
/** A handle with a record by DNS. */
const KNOWN_NAME = "_atproto.bsky.app";
const DNS_MS = 5000;
const DIRECTORY_ADVICE = "handles and verification need it: check --plc-url, and whether a proxy or firewall blocks it";

/** Looks at all of it; nothing where nothing of it is asked for. Events come without handles too, so nothing fails. */
export async function* checkIdentities(
  config: Config,
  signal: AbortSignal,
  now: () => number,
): AsyncGenerator<Finding> {
  if (config.handles === "off" && config.verify === "off") return;
  yield await checkDirectory(config, signal, now);
  if (config.handles === "verified") yield await checkNameServer(config, signal);
  if (config.identityCache !== null) yield await checkCache(config, config.identityCache, now);
  if (config.verify !== "off") yield verification(config);
}

function verification({ verify, unverified, ...config }: Config): Finding {
  const threads = threadsOf(config, navigator.hardwareConcurrency);
  const by = threads === 1 ? "one thread" : `${threads} threads`;
  return finding("verification", "ok", `${verify} by ${by}; if it fails: ${BECOMES[unverified]}`);
}

const BECOMES: { readonly [policy in Config["unverified"]]: string } = {
  mark: "marked",
  drop: "left out",
  "dead-letter": "kept as dead letters",
};

async function checkDirectory(config: Config, signal: AbortSignal, now: () => number): Promise<Finding> {
  const { plcUrl, plcRate, plcExport } = config;
  const url = new URL(plcUrl);
  const client = clientFor(url);
  try {
    const startedMs = now();
    const answer = await directoryAsker(url, directoryGet(client))(NOBODY, signal);
    const name = "directory";
    if (answer.kind === "refused") {
      return finding(name, "warning", `${plcUrl} does not respond: ${answer.reason}`, DIRECTORY_ADVICE);
    }
    const seconds = ((now() - startedMs) / 1000).toFixed(1);
    const accounts = (plcRate * 3600).toLocaleString("en-US");
    const follows = plcExport === "off" ? "" : "; its export is followed";
    const detail =
      `${plcUrl} responds after ${seconds} s; ${plcRate} per second, ${accounts} accounts per hour${follows}`;
    return finding(name, "ok", detail);
  } finally {
    client.close();
  }
}

async function checkNameServer({ handleDns }: Config, signal: AbortSignal): Promise<Finding> {
  const which = handleDns === null ? "the system's name server" : `${handleDns.ipAddr} port ${handleDns.port}`;
  try {
    await txtLookUp(handleDns)(KNOWN_NAME, AbortSignal.any([signal, AbortSignal.timeout(DNS_MS)]));
    return finding("handle DNS", "ok", `${which} responds`);
  } catch (error) {
    const is = error instanceof Error ? error.message : String(error);
    const advice = "handles that have a TXT record only would not be verified: name a server by --handle-dns";
    return finding("handle DNS", "warning", `${which} does not respond: ${is}`, advice);
  }
}

async function checkCache({ identityCacheSize }: Config, path: string, now: () => number): Promise<Finding> {
  const name = "identities";
  const advice = "name an --identity-cache in a folder that this user can write to";
  const why = await whyUnwritable(path, { createsFolders: false });
  if (why !== null) return finding(name, "warning", `"${path}": ${why}`, advice);
  const room = `room for ${identityCacheSize.toLocaleString("en-US")} accounts`;
  const info = await orNull(Deno.stat(path));
  if (info === null) return finding(name, "ok", `"${path}" will be created; ${room}`);
  const hours = info.mtime === null ? null : (now() - info.mtime.getTime()) / 3_600_000;
  const written = hours === null ? "" : `, written ${hours.toFixed(1)} h ago`;
  return finding(name, "ok", `"${path}" has ${(info.size / 1e6).toFixed(1)} MB${written}; ${room}`);
}
