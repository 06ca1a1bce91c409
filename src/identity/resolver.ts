/**
 * What DIDs stand for, known now or asked about in the background: the directory for did:plc, its host for did:web. Nobody
 * waits for an answer but who checks a signature that does not fit.
 *
 * @module
 */
import type { Span } from "../atproto/bytes/span.ts";
import { spanText } from "../atproto/bytes/span.ts";
import type { IdentityCache } from "./cache.ts";
import type { AskedOf, IdentityObserver, Refusal } from "./counts.ts";
import type { IdentitySource } from "./keys.ts";
import type { PublicKey } from "../atproto/signature.ts";
import { type Asked, MOST_RESTS, type QueueClock, type QueuedRequest, RequestQueue } from "./queue.ts";
import { type AskDocument, isPlc } from "./requests.ts";

/** How DIDs are resolved. */
export interface ResolverOptions {
  readonly cache: IdentityCache;
  readonly directory: AskDocument;
  readonly hosts: AskDocument;
  /** Requests to the directory a second. */
  readonly perSecond: number;
  /** How long a document is taken for what it is now, in milliseconds. */
  readonly ttlMs: number;
  readonly observer: IdentityObserver;
  readonly clock: QueueClock;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** That a document is missing or cannot be read is believed for so long. */
export const NEGATIVE_TTL_MS = 600_000;
/** So many DIDs wait to be asked about, of each kind; a name takes 100 bytes. */
const MOST_WAITING = 20_000;
const MOST_AT_ONCE = 4;
/** Of other hosts none is asked twice at once, and each takes its time. */
const MOST_HOSTS_AT_ONCE = 8;
/** Whoever checks a signature waits no longer. */
const LONGEST_REFRESH_MS = 10_000;
/** What was read so short a time ago is what it is now: a stream of bad signatures must not become one of requests. */
const FRESH_MS = 2000;
/** What may be the trouble of one DID, so that others need not wait. */
const OF_ONE: readonly Refusal[] = ["forbidden", "too-large", "invalid"];
/** What is longer is no DID that anybody asks about (atproto.com/specs/did). */
const LONGEST_DID = 2048;

/** Keeps what is asked about in a cache. */
export class Resolver implements IdentitySource {
  readonly #options: ResolverOptions;
  readonly #directory: RequestQueue;
  readonly #hosts: RequestQueue;
  /** Whether the directory's changes come by themselves: then none is asked for that is only old. */
  isFollowing = false;
  /** Whether the directory is still read from its beginning: then no DID of it is asked about for the first time. */
  isCatchingUp = false;
  /** Called when a document of a DID was read; `isRenewal`: because it may have changed. */
  onRead: (did: string, isRenewal: boolean) => void = () => {};

  constructor(options: ResolverOptions) {
    this.#options = options;
    const { directory, hosts, perSecond } = options;
    this.#directory = this.#queue("directory", directory, perSecond, MOST_AT_ONCE);
    this.#hosts = this.#queue("host", hosts, perSecond, MOST_HOSTS_AT_ONCE);
  }

  /** DIDs that wait to be asked about. */
  get waiting(): number {
    return this.#directory.size + this.#hosts.size;
  }

  /** Whether requests are unanswered. */
  get isAsking(): boolean {
    return this.#directory.isAsking || this.#hosts.isAsking;
  }

  /** Asks until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#directory.run(signal), this.#hosts.run(signal)]);
  }

  /** Where the DID in a range of bytes stands in the cache; -1: nothing is known now. */
  find(bytes: Uint8Array, did: Span): number {
    const slot = this.#options.cache.find(bytes, did);
    this.#options.observer.looked(slot >= 0);
    if ((slot < 0 || this.#isOld(slot)) && did.end - did.start <= LONGEST_DID) this.#want(spanText(bytes, did), slot);
    return slot;
  }

  keyOf(did: string): PublicKey | null {
    const slot = this.#options.cache.findDid(did);
    this.#options.observer.looked(slot >= 0);
    if ((slot < 0 || this.#isOld(slot)) && did.length <= LONGEST_DID) this.#want(did, slot);
    return slot < 0 ? null : this.#options.cache.keyAt(slot);
  }

  async refresh(did: string): Promise<PublicKey | null> {
    const { cache, nowMs, clock } = this.#options;
    const slot = cache.findDid(did);
    const isFresh = slot >= 0 && nowMs() - cache.fetchedSecsAt(slot) * 1000 < FRESH_MS;
    const queue = this.#queueOf(did);
    if (!isFresh && queue !== null) {
      const enough = new AbortController();
      await Promise.race([queue.renew(did), clock.wait(LONGEST_REFRESH_MS, enough.signal)]);
      enough.abort();
    }
    const found = cache.findDid(did);
    return found < 0 ? null : cache.keyAt(found);
  }

  /** The document of a DID may have changed. What nobody wanted to know is not asked about. */
  changed(did: string): void {
    const queue = this.#queueOf(did);
    if (queue === null || (!this.#options.cache.setFetched(did, 0) && !queue.has(did))) return;
    void queue.renew(did);
  }

  #isOld(slot: number): boolean {
    const { cache, nowMs, ttlMs } = this.#options;
    const ageMs = nowMs() - cache.fetchedSecsAt(slot) * 1000;
    return ageMs > (cache.isFoundAt(slot) ? ttlMs : Math.min(ttlMs, NEGATIVE_TTL_MS));
  }

  #want(did: string, slot: number): void {
    const { cache } = this.#options;
    const comesByItself = slot < 0
      ? this.isCatchingUp
      : (this.isFollowing || this.isCatchingUp) && cache.isFoundAt(slot) && cache.fetchedSecsAt(slot) > 0;
    if (comesByItself && isPlc(did)) return;
    this.#queueOf(did)?.request(did);
  }

  #queueOf(did: string): RequestQueue | null {
    if (isPlc(did)) return this.#directory;
    return did.startsWith("did:web:") ? this.#hosts : null;
  }

  #queue(of: AskedOf, ask: AskDocument, perSecond: number, mostAtOnce: number): RequestQueue {
    const { observer, clock } = this.#options;
    return new RequestQueue({
      perSecond,
      mostAtOnce,
      mostWaiting: MOST_WAITING,
      ask: (request, signal) => this.#ask(of, ask, request, signal),
      onDropped: () => observer.dropped(),
      clock,
    });
  }

  async #ask(of: AskedOf, ask: AskDocument, request: QueuedRequest, signal: AbortSignal): Promise<Asked> {
    const { cache, observer, nowMs } = this.#options;
    const did = request.name;
    observer.requested(of);
    const answer = await ask(did, signal);
    if (signal.aborted) return "done";
    const secs = Math.floor(nowMs() / 1000);
    if (answer.kind === "refused") {
      observer.refused(of, answer.reason);
      // A host's trouble is nobody else's, nor is that of one document.
      if (of === "directory" && !OF_ONE.includes(answer.reason)) return { afterMs: answer.afterMs };
      // Who may not be asked now may not be asked later either.
      const isWorthIt = answer.reason !== "forbidden" && request.attempts < MOST_RESTS;
      if (isWorthIt) return { restMs: answer.afterMs ?? 0 };
      this.#postpone(did, secs);
      return "done";
    }
    cache.set(did, answer.kind, answer.kind === "found" ? answer.identity : null, secs);
    this.onRead(did, request.isRenewal);
    return "done";
  }

  /** Leaves a DID alone for a while; what is known of it stays. */
  #postpone(did: string, secs: number): void {
    const { cache, ttlMs } = this.#options;
    const againSecs = secs - Math.max(0, ttlMs - NEGATIVE_TTL_MS) / 1000;
    const isKnown = cache.setFetched(did, Math.floor(againSecs));
    if (!isKnown) cache.set(did, "unreadable", null, secs);
  }
}
