/**
 * The identity world of a simulated firehose on loopback: a PLC directory, the hosts of did:web and of handles, PDSs, and
 * a DNS server. One HTTP port is all of its hosts: a client connects to it whatever the name, and says the name in `Host` or,
 * where it may not set that, in `X-Forwarded-Host`. Without a name of the world it is the directory.
 *
 * @module
 */
import { wait } from "../../async.ts";
import type { StruckFault } from "../commit_faults.ts";
import { createRandom, type Random } from "../random.ts";
import { urlOf } from "../server.ts";
import { answerDirectory } from "./directory.ts";
import { type DnsServer, serveDns } from "./dns.ts";
import { answerHost, didOfHandle, lookUpTxt } from "./hosts.ts";
import type { Identities } from "./identities.ts";
import { answerPds } from "./pds.ts";
import { type TroubleName, troubleOf, type Troubles } from "./trouble.ts";

/** Settings of the server. */
export interface IdentityServerOptions {
  /** Of HTTP, on TCP, and of DNS, on UDP; 0 takes free ones. */
  readonly port: number;
  /** What directory and hosts do instead of their answers; the DNS server always answers. */
  readonly troubles: Troubles;
  /** Of the chance by which troubles strike. */
  readonly seed: number;
  /** The faults that struck so far, which it lists. */
  readonly struck?: readonly StruckFault[];
}

/** What was asked so far. */
export interface IdentityStats {
  /** Requests to the directory for one DID, for its export, to hosts, to PDSs, and queries of DNS. */
  readonly directory: number;
  readonly export: number;
  readonly hosts: number;
  readonly pds: number;
  readonly dns: number;
  /** Answers by status; those that never came are not in it. */
  readonly statuses: Readonly<Record<string, number>>;
  /** The most requests that were unanswered at the same time, in all and of one URL; a client that left counts on. */
  readonly mostAtOnce: number;
  readonly mostAtOnceOfOne: number;
}

/** A server that runs. */
export interface IdentityServer extends AsyncDisposable {
  /** Of the directory, without a slash at its end. */
  readonly url: string;
  readonly port: number;
  readonly dnsPort: number;
  readonly stats: IdentityStats;
}

const DIRECTORY_NAMES: readonly string[] = ["127.0.0.1", "localhost", "plc.directory"];
const RESOLVE_HANDLE_PATH = "/xrpc/com.atproto.identity.resolveHandle";
const STATS_PATH = "/_stats";
const FAULTS_PATH = "/_faults";
const IDENTITIES_PATH = "/_identities";
const SLOW_MS = 2000;
const HANG_MS = 60_000;
const HUGE_CHUNK = new Uint8Array(65_536).fill(0x20);
const HUGE_CHUNKS = 1024;

/** Starts it on 127.0.0.1. */
export async function serveIdentities(identities: Identities, options: IdentityServerOptions): Promise<IdentityServer> {
  const stats = { directory: 0, export: 0, hosts: 0, pds: 0, dns: 0, statuses: {}, mostAtOnce: 0, mostAtOnceOfOne: 0 };
  const dns = await serveDns(options.port, (name) => {
    stats.dns++;
    return lookUpTxt(identities, name);
  });
  try {
    return new Server(identities, options, dns, stats);
  } catch (error) {
    await dns[Symbol.asyncDispose]();
    throw error;
  }
}

type MutableStats = { -readonly [Field in keyof IdentityStats]: IdentityStats[Field] } & {
  statuses: Record<string, number>;
};

class Server implements IdentityServer {
  readonly #identities: Identities;
  readonly #troubles: Troubles;
  readonly #random: Random;
  readonly #dns: DnsServer;
  readonly #struck: readonly StruckFault[];
  readonly #http: Deno.HttpServer<Deno.NetAddr>;
  readonly #stop = new AbortController();
  /** How many requests are unanswered, by URL. */
  readonly #open = new Map<string, number>();
  #openCount = 0;
  readonly stats: MutableStats;

  constructor(identities: Identities, options: IdentityServerOptions, dns: DnsServer, stats: MutableStats) {
    this.#identities = identities;
    this.#troubles = options.troubles;
    this.#random = createRandom(options.seed);
    this.#dns = dns;
    this.#struck = options.struck ?? [];
    this.stats = stats;
    this.#http = Deno.serve(
      { hostname: "127.0.0.1", port: options.port, signal: this.#stop.signal, onListen: () => {} },
      (request) => this.#answer(request),
    );
  }

  get port(): number {
    return this.#http.addr.port;
  }

  get dnsPort(): number {
    return this.#dns.port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#http.finished;
    await this.#dns[Symbol.asyncDispose]();
  }

  async #answer(request: Request): Promise<Response> {
    const url = urlOf(request);
    if (url === null) return new Response("expected a URL and a Host", { status: 400 });
    if (request.method !== "GET") return new Response("expected GET", { status: 405 });
    const name = (request.headers.get("x-forwarded-host") ?? url.hostname).toLowerCase();
    if (url.pathname === STATS_PATH) return Response.json(this.stats);
    if (url.pathname === FAULTS_PATH) return Response.json(this.#struck);
    if (url.pathname === IDENTITIES_PATH) return this.#list();
    const key = `${name}${url.pathname}`;
    this.#begin(key);
    try {
      const response = await this.#strike() ?? await this.#answerOf(name, url);
      this.stats.statuses[response.status] = (this.stats.statuses[response.status] ?? 0) + 1;
      return response;
    } finally {
      this.#end(key);
    }
  }

  async #answerOf(name: string, url: URL): Promise<Response> {
    const isDirectory = DIRECTORY_NAMES.includes(name);
    const ofPds = await answerPds(this.#identities, isDirectory ? null : name, url);
    if (ofPds !== null) {
      this.stats.pds++;
      return ofPds;
    }
    if (url.pathname === RESOLVE_HANDLE_PATH) return this.#resolve(url.searchParams.get("handle") ?? "");
    if (!isDirectory) {
      this.stats.hosts++;
      return answerHost(this.#identities, name, url.pathname);
    }
    this.stats[url.pathname === "/export" ? "export" : "directory"]++;
    return answerDirectory(this.#identities, url);
  }

  /** Who is who, without logs, for those who judge what was made of the answers. */
  #list(): Response {
    const entries = [...this.#identities.entries];
    return Response.json(entries.map(({ log: _, repository: __, ...entry }) => entry));
  }

  /** As a service that resolves handles for others does. */
  #resolve(handle: string): Response {
    const did = didOfHandle(this.#identities, handle);
    if (did !== null) return Response.json({ did });
    return Response.json({ error: "HandleNotFound", message: "Unable to resolve handle" }, { status: 400 });
  }

  /** The answer of a trouble that strikes; null for none. */
  async #strike(): Promise<Response | null> {
    const trouble = troubleOf(this.#troubles, this.#random.next());
    if (trouble === null) return null;
    if (trouble === "slow") await wait(SLOW_MS, this.#stop.signal);
    if (trouble === "hang") await wait(HANG_MS, this.#stop.signal);
    return TROUBLE_ANSWERS[trouble]();
  }

  #begin(key: string): void {
    const ofOne = (this.#open.get(key) ?? 0) + 1;
    this.#open.set(key, ofOne);
    this.stats.mostAtOnce = Math.max(this.stats.mostAtOnce, ++this.#openCount);
    this.stats.mostAtOnceOfOne = Math.max(this.stats.mostAtOnceOfOne, ofOne);
  }

  #end(key: string): void {
    const left = (this.#open.get(key) ?? 1) - 1;
    if (left === 0) this.#open.delete(key);
    else this.#open.set(key, left);
    this.#openCount--;
  }
}

const TROUBLE_ANSWERS: { readonly [trouble in TroubleName]: () => Response | null } = {
  busy: () => new Response("Too many requests", { status: 429, headers: { "retry-after": "1" } }),
  refuse: () => new Response("Forbidden", { status: 403 }),
  error: () => new Response("Unavailable", { status: 503 }),
  slow: () => null,
  hang: () => null,
  garbage: () => new Response('{"id":["did:plc:', { headers: { "content-type": "application/did+ld+json" } }),
  huge: () => {
    let left = HUGE_CHUNKS;
    const pull = (body: ReadableStreamDefaultController) => left-- > 0 ? body.enqueue(HUGE_CHUNK) : body.close();
    return new Response(new ReadableStream({ pull }), { headers: { "content-type": "application/did+ld+json" } });
  },
};
