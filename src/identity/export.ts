/**
 * Follows the export of a directory: all operations of all DIDs in the order of their times, a page at a time, so that what
 * is known stays what it is, without a question for each DID. The place reached is kept with what is known.
 *
 * @module
 */
import { backoffMs } from "../async.ts";
import type { IdentityCache } from "./cache.ts";
import type { IdentityObserver } from "./counts.ts";
import { type ExportedOperation, readOperation } from "./plc_operation.ts";
import type { QueueClock } from "./queue.ts";
import { answerOf, type Get, isPlc, type Refused, refused } from "./requests.ts";
import type { Resolver } from "./resolver.ts";

/** How an export is followed. */
export interface ExportOptions {
  /** From the first operation on, so that all DIDs become known that fit; else from now on. */
  readonly isWhole: boolean;
  readonly directory: URL;
  /** Takes answers of {@linkcode MOST_PAGE_BYTES}. */
  readonly get: Get;
  readonly cache: IdentityCache;
  readonly resolver: Resolver;
  readonly observer: IdentityObserver;
  readonly clock: QueueClock;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** An operation has 7,500 bytes at most, and few have more than 1,500. */
export const MOST_PAGE_BYTES = 16_777_216;
const PAGE = 1000;
/** Pages follow each other no faster: the directory allows one or two a second. */
const PAGE_MS = 1000;
/** When there is nothing new. */
const POLL_MS = 5000;
const BACKOFF = { firstMs: 2000, longestMs: 60_000 };
/** An export that fails for longer is no longer what keeps identities as they are. */
const MOST_SILENCE_MS = 600_000;
/** How far before now it begins, where it does not begin at the beginning. */
const BEGIN_MS = 60_000;
/** So many operations are applied before others have their turn. */
const CHUNK = 100;

/** Reads page after page. */
export class ExportFollower {
  readonly #options: ExportOptions;
  #placeMs: number | null;
  /** Whether the last page had no operation that was new, as all of them have one time. */
  #isStuck = false;
  #answeredMs: number;
  #failures = 0;
  #exportedToMs: number | null = null;

  constructor(options: ExportOptions) {
    this.#options = options;
    this.#placeMs = placeIn(options);
    this.#answeredMs = options.nowMs();
    options.resolver.isCatchingUp = options.isWhole;
  }

  /** The time up to which all is known, in milliseconds since 1970; null: none yet. */
  get exportedToMs(): number | null {
    return this.#exportedToMs;
  }

  /** Follows it until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, observer, nowMs } = this.#options;
    while (!signal.aborted) {
      const askedMs = nowMs();
      observer.requested("export");
      const page = await this.#ask(signal);
      if (signal.aborted) return;
      if ("kind" in page) {
        observer.refused("export", page.reason);
        this.#failed();
        const share = 0.5 + clock.random() / 2;
        await clock.wait(Math.max(backoffMs(++this.#failures, share, BACKOFF), page.afterMs ?? 0), signal);
        continue;
      }
      this.#failures = 0;
      this.#answeredMs = askedMs;
      await this.#apply(page.operations, signal);
      const isAtEnd = !page.isCut && page.operations.length < PAGE;
      this.#report(isAtEnd, askedMs);
      await clock.wait(isAtEnd ? POLL_MS : PAGE_MS, signal);
    }
  }

  async #ask(signal: AbortSignal): Promise<Page | Refused> {
    const { directory, get } = this.#options;
    const url = new URL(directory);
    url.pathname = `${url.pathname.replace(/\/$/, "")}/export`;
    url.searchParams.set("count", `${PAGE}`);
    // Operations may share a time, of which the last page had a part: so it resumes a millisecond before.
    const afterMs = this.#placeMs === null ? null : this.#placeMs - (this.#isStuck ? 0 : 1);
    if (afterMs !== null) url.searchParams.set("after", new Date(afterMs).toISOString());
    const answer = await answerOf(url, get, signal);
    if ("kind" in answer) return answer;
    if (answer.status !== 200) return refused("status");
    return readPage(new TextDecoder().decode(answer.body)) ?? refused("invalid");
  }

  async #apply(page: readonly ExportedOperation[], signal: AbortSignal): Promise<void> {
    const beforeMs = this.#placeMs;
    for (let from = 0; from < page.length; from += CHUNK) {
      if (from > 0) await this.#options.clock.wait(0, signal);
      if (signal.aborted) return;
      for (const operation of page.slice(from, from + CHUNK)) this.#take(operation);
    }
    const last = page.at(-1);
    if (last === undefined) return;
    this.#isStuck = page.length >= PAGE && last.createdMs === beforeMs;
    this.#placeMs = last.createdMs;
    this.#options.cache.place = placeText(this.#options.isWhole, last.createdMs);
  }

  /** Takes what an operation says, if that is later than what is known, and fits. */
  #take({ did, createdMs, isNullified, identity }: ExportedOperation): void {
    const { cache, resolver } = this.#options;
    if (isNullified || !isPlc(did)) return;
    const slot = cache.findDid(did);
    const secs = Math.floor(createdMs / 1000);
    if (slot < 0) {
      if (cache.isFull || !this.#options.isWhole) return;
      const found = identity();
      cache.set(did, found === null ? "absent" : "found", found, secs);
      return;
    }
    if (cache.fetchedSecsAt(slot) > secs) return;
    const before = cache.at(slot).handle;
    const found = identity();
    cache.set(did, found === null ? "absent" : "found", found, secs);
    if (found !== null && found.handle !== before) resolver.onRead(did, true);
  }

  #report(isAtEnd: boolean, askedMs: number): void {
    const { resolver } = this.#options;
    this.#exportedToMs = isAtEnd ? askedMs : this.#placeMs;
    resolver.isFollowing = isAtEnd || (resolver.isFollowing && askedMs - (this.#placeMs ?? 0) < MOST_SILENCE_MS);
    if (isAtEnd) resolver.isCatchingUp = false;
  }

  /** What is known is asked about again where the export says nothing for long. */
  #failed(): void {
    const { resolver, nowMs } = this.#options;
    if (nowMs() - this.#answeredMs < MOST_SILENCE_MS) return;
    resolver.isFollowing = resolver.isCatchingUp = false;
  }
}

/** A page of an export. */
interface Page {
  readonly operations: readonly ExportedOperation[];
  /** Whether there is a line in it that is no operation, from which on nothing is taken. */
  readonly isCut: boolean;
}

/** The operations of a page up to the first line that is none; null where that is the first of all. */
function readPage(text: string): Page | null {
  const operations: ExportedOperation[] = [];
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const operation = readOperation(line);
    if (operation === null) return operations.length === 0 ? null : { operations, isCut: true };
    operations.push(operation);
  }
  return { operations, isCut: false };
}

function placeText(isWhole: boolean, placeMs: number): string {
  return `${isWhole ? "all" : "new"} ${new Date(placeMs).toISOString()}`;
}

/** Where it resumes; null: at the beginning. A place that began late is none of the whole. */
function placeIn({ isWhole, cache, nowMs }: ExportOptions): number | null {
  const [from = "", time = ""] = cache.place?.split(" ") ?? [];
  const placeMs = Date.parse(time);
  if (!Number.isNaN(placeMs) && (from === "all" || !isWhole)) return placeMs;
  return isWhole ? null : nowMs() - BEGIN_MS;
}
