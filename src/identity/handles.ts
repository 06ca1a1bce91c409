/**
 * The handles of accounts as events have them: what is known when the event is made, and null where nothing is yet.
 *
 * A handle is verified where the DID's document claims it and its domain names the DID. What is claimed and not confirmed
 * is `handle.invalid`.
 *
 * @module
 */
import { INVALID_HANDLE } from "../atproto/handle.ts";
import type { Span } from "../atproto/bytes/span.ts";
import { spanText } from "../atproto/bytes/span.ts";
import type { IdentityCache, Verdict } from "./cache.ts";
import type { IdentityObserver } from "./counts.ts";
import type { AskHandle } from "./handle_requests.ts";
import type { HandleMode } from "./modes.ts";
import { type Asked, MOST_RESTS, type QueueClock, type QueuedRequest, RequestQueue } from "./queue.ts";
import { NEGATIVE_TTL_MS, type Resolver } from "./resolver.ts";

/** How handles are found. */
export interface HandlesOptions {
  readonly mode: Exclude<HandleMode, "off">;
  readonly cache: IdentityCache;
  readonly resolver: Resolver;
  readonly ask: AskHandle;
  /** Handles that are asked about a second. */
  readonly perSecond: number;
  /** How long a handle is taken for confirmed, in milliseconds. */
  readonly ttlMs: number;
  readonly observer: IdentityObserver;
  readonly clock: QueueClock;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** One that is not confirmed is asked about again after so long. */
const INVALID_TTL_MS = 3_600_000;
const MOST_WAITING = 20_000;
const MOST_AT_ONCE = 16;
const INVALID = new TextEncoder().encode(INVALID_HANDLE);

/** Gives handles. */
export class Handles {
  readonly #options: HandlesOptions;
  readonly #queue: RequestQueue;

  constructor(options: HandlesOptions) {
    this.#options = options;
    this.#queue = new RequestQueue({
      perSecond: options.perSecond,
      mostAtOnce: MOST_AT_ONCE,
      mostWaiting: MOST_WAITING,
      ask: (request, signal) => this.#ask(request, signal),
      onDropped: () => options.observer.dropped(),
      clock: options.clock,
    });
    if (options.mode === "verified") options.resolver.onRead = (did, isRenewal) => this.#read(did, isRenewal);
  }

  /** Handles that wait to be asked about. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** Whether requests are unanswered. */
  get isAsking(): boolean {
    return this.#queue.isAsking;
  }

  /** Asks until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#queue.run(signal);
  }

  /** The account of a DID may have another handle. */
  changed(did: string): void {
    this.#options.resolver.changed(did);
  }

  /** The handle of the DID in a range of bytes, in ASCII, until the next call; null: it is not known now. */
  handleOf(bytes: Uint8Array, did: Span): Uint8Array | null {
    const { mode, cache, resolver } = this.#options;
    const slot = resolver.find(bytes, did);
    if (slot < 0 || !cache.isFoundAt(slot)) return null;
    const handle = cache.handleAt(slot);
    if (mode === "claimed") return handle;
    if (handle === null) return INVALID;
    const verdict = cache.verdictAt(slot);
    if (this.#isOld(slot, verdict)) this.#queue.request(spanText(bytes, did));
    return verdict === "verified" ? handle : verdict === "invalid" ? INVALID : null;
  }

  #isOld(slot: number, verdict: Verdict): boolean {
    const { cache, nowMs, ttlMs } = this.#options;
    const mostMs = { unasked: -1, verified: ttlMs, invalid: INVALID_TTL_MS, undecided: NEGATIVE_TTL_MS }[verdict];
    return nowMs() - cache.verdictSecsAt(slot) * 1000 > Math.min(mostMs, ttlMs);
  }

  /** A document was read; whose handle may be another one, or another's, is asked about before the rest. */
  #read(did: string, isRenewal: boolean): void {
    const { cache } = this.#options;
    const slot = cache.findDid(did);
    if (slot < 0 || cache.handleAt(slot) === null) return;
    if (isRenewal) void this.#queue.renew(did);
    else if (cache.verdictAt(slot) === "unasked") this.#queue.request(did);
  }

  async #ask({ name: did, attempts }: QueuedRequest, signal: AbortSignal): Promise<Asked> {
    const { cache, ask, observer, nowMs, ttlMs } = this.#options;
    const slot = cache.findDid(did);
    const known = slot < 0 ? null : cache.at(slot);
    if (known === null || known.handle === null) return "done";
    observer.requested("handle");
    const answer = await ask(known.handle, signal);
    if (signal.aborted) return "done";
    const secs = Math.floor(nowMs() / 1000);
    if (answer.kind === "refused") {
      observer.refused("handle", answer.reason);
      if (attempts < MOST_RESTS) return { restMs: answer.afterMs ?? 0 };
      // What was confirmed stays so while nobody says otherwise; it is asked again a while later.
      const againSecs = Math.floor(secs - Math.max(0, ttlMs - NEGATIVE_TTL_MS) / 1000);
      if (known.verdict === "verified") cache.setVerdict(did, known.handle, "verified", againSecs);
      // Whose host never answers confirms nothing.
      else cache.setVerdict(did, known.handle, known.verdict === "unasked" ? "undecided" : "invalid", secs);
      return "done";
    }
    const isShown = answer.kind === "did" && answer.did === did;
    cache.setVerdict(did, known.handle, isShown ? "verified" : "invalid", secs);
    return "done";
  }
}
