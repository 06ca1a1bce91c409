/**
 * What is known of accounts: opened where events have handles or are verified, asked about during a run, and saved.
 *
 * @module
 */
import { wait } from "../async.ts";
import type { Config } from "../config/config.ts";
import { FILES } from "../cursor/files.ts";
import { IdentityCache, identityTable } from "../identity/cache.ts";
import type { IdentityObserver } from "../identity/counts.ts";
import { ExportFollower, MOST_PAGE_BYTES } from "../identity/export.ts";
import { handleAsker, type LookUpTxt } from "../identity/handle_requests.ts";
import { Handles } from "../identity/handles.ts";
import { type KeptIdentities, openIdentityFile } from "../identity/journaled.ts";
import type { IdentitySource } from "../identity/keys.ts";
import type { NameServer } from "../identity/options.ts";
import { directoryAsker, type Get, hostAsker, MOST_ANSWER_BYTES } from "../identity/requests.ts";
import { Resolver } from "../identity/resolver.ts";
import { clientFor } from "../net/fetch.ts";
import { getFromHost, readAnswer } from "../net/host_get.ts";
import type { RunObserver } from "../pipeline/observer.ts";
import type { Log } from "../telemetry/log.ts";
import type { IdentityState } from "../telemetry/state.ts";
import { USER_AGENT } from "../version.ts";

/** Identities of a run. */
export interface Identities extends AsyncDisposable {
  /** Null where events have none. */
  readonly handles: Handles | null;
  readonly source: IdentitySource;
  readonly state: IdentityState;
  /** The document of a DID may have changed. */
  changed(did: string): void;
}

/** What identities need to know of the run. */
export interface IdentityRun {
  readonly config: Config;
  readonly observer: IdentityObserver & Pick<RunObserver, "memoryFailed">;
  readonly log: Log;
}

const SAVE_EVERY_MS = 5000;
/** The least age of what the gauges say: to find the oldest of millions takes a while. */
const LOOK_EVERY_MS = 10_000;

/** Opens them where they are wanted; null where nobody is to be asked about anybody. */
export async function openIdentities(run: IdentityRun): Promise<Identities | null> {
  const { config, observer, log } = run;
  if (config.handles === "off" && config.verify === "off") return null;
  await using opened = new AsyncDisposableStack();
  const kept = config.identityCache === null
    ? memoryAlone(config)
    : opened.use(await openKept(run, config.identityCache));
  const { cache } = kept;
  const client = opened.adopt(clientFor(new URL(config.plcUrl)), (each) => each.close());
  const stop = new AbortController();
  const fromHost = hostGet(config);
  const clock = { now: () => performance.now(), wait, random: Math.random };
  const common = { cache, perSecond: config.plcRate, ttlMs: config.identityTtl, observer, clock, nowMs: Date.now };
  const resolver = new Resolver({
    ...common,
    directory: directoryAsker(new URL(config.plcUrl), directoryGet(client)),
    hosts: hostAsker(fromHost),
  });
  const ask = handleAsker(txtLookUp(config.handleDns), fromHost);
  const handles = config.handles === "off" ? null : new Handles({ ...common, mode: config.handles, resolver, ask });
  const follower = config.plcExport === "off" ? null : new ExportFollower({
    ...common,
    resolver,
    isWhole: config.plcExport === "all",
    directory: new URL(config.plcUrl),
    get: directoryGet(client, MOST_PAGE_BYTES),
  });
  const running = Promise.all([resolver, handles, follower].map((each) => each?.run(stop.signal)));
  opened.defer(async () => {
    stop.abort();
    await running;
  });
  const timer = setInterval(() => void kept.save(), SAVE_EVERY_MS);
  opened.defer(() => clearInterval(timer));
  log("info", "Identities opened", { handles: config.handles, entries: cache.size, directory: config.plcUrl });
  const ended = opened.move();
  return {
    handles,
    source: resolver,
    state: stateOf(
      cache,
      () => resolver.waiting + (handles?.waiting ?? 0),
      () => follower?.exportedToMs ?? null,
    ),
    changed: (did) => resolver.changed(did),
    [Symbol.asyncDispose]: () => ended.disposeAsync(),
  };
}

function tableOf({ identityCacheSize }: Config) {
  return identityTable(identityCacheSize, crypto.getRandomValues(new Int32Array(1))[0] ?? 0);
}

function memoryAlone(config: Config): Pick<KeptIdentities, "cache" | "save"> {
  return { cache: new IdentityCache(tableOf(config), null), save: () => Promise.resolve() };
}

async function openKept({ config, observer, log }: IdentityRun, path: string): Promise<KeptIdentities> {
  const what = "identities";
  const options = {
    path,
    holder: { pid: Deno.pid, host: Deno.hostname(), since: new Date().toISOString() },
    files: FILES,
    onFailure: (reason: string) => observer.memoryFailed({ what, reason }),
    now: () => performance.now(),
    nowMs: Date.now,
  };
  const kept = await openIdentityFile(options, tableOf(config));
  if (kept.useless !== null) {
    const message = "A memory file cannot be used; the memory begins empty";
    log("warn", message, { memory: what, reason: kept.useless });
  }
  return kept;
}

/** The directory is one that the operator names, so it may be anywhere. */
export function directoryGet(client: Deno.HttpClient, mostBytes = MOST_ANSWER_BYTES): Get {
  return async (url, signal) => {
    const headers = { "accept": "application/did+ld+json, application/json", "user-agent": USER_AGENT };
    return await readAnswer(await fetch(url, { client, headers, redirect: "manual", signal }), mostBytes);
  };
}

function hostGet({ identityStandIn }: Config): Get {
  const standIn = identityStandIn === null ? null : new URL(identityStandIn);
  return (url, signal) =>
    getFromHost(url, { mostBytes: MOST_ANSWER_BYTES, standIn, signal, userAgent: USER_AGENT, lookUp: null });
}

/** TXT records by a name server; null: that of the system. */
export function txtLookUp(nameServer: NameServer | null): LookUpTxt {
  return async (name, signal) => {
    try {
      return await Deno.resolveDns(name, "TXT", nameServer === null ? { signal } : { nameServer, signal });
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return null;
      throw error;
    }
  };
}

function stateOf(cache: IdentityCache, waiting: () => number, exportedToMs: () => number | null): IdentityState {
  let oldest: { readonly atMs: number; readonly secs: number | null } = { atMs: -Infinity, secs: null };
  return {
    get entries() {
      return cache.size;
    },
    get waiting() {
      return waiting();
    },
    get oldestMs() {
      const atMs = performance.now();
      if (atMs - oldest.atMs > LOOK_EVERY_MS) oldest = { atMs, secs: cache.oldestSecs() };
      return oldest.secs === null ? null : oldest.secs * 1000;
    },
    get exportedToMs() {
      return exportedToMs();
    },
  };
}
