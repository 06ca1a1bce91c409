/**
 * Many small commits that cost little to make: nobody signs them, as nothing under test looks.
 *
 * @module
 */
import { type FirehoseServer, serve, type Source, type SourceMessage } from "../../src/simulator/server.ts";
import type { Random } from "../../src/simulator/random.ts";
import { commitMessage } from "./messages.ts";

/** The number of the first. */
export const FIRST_SEQ = 1000;
const ACCOUNTS = 40;
const MAX_OPS = 3;

/** A stream of commits, and what must come of it. */
export interface Commits {
  readonly messages: readonly SourceMessage[];
  /** The ids of all events, in order. */
  readonly ids: readonly string[];
  readonly lastSeq: number;
}

/** So many commits of none to three records each; every fourth record is of a collection that makes no event. */
export async function manyCommits(count: number, random: Random): Promise<Commits> {
  const messages: SourceMessage[] = [];
  const ids: string[] = [];
  for (let i = 0; i < count; i++) messages.push(await commitAt(i, random, ids));
  return { messages, ids, lastSeq: FIRST_SEQ + count - 1 };
}

async function commitAt(i: number, random: Random, ids: string[]): Promise<SourceMessage> {
  const seq = FIRST_SEQ + i;
  const repo = `did:plc:${String(random.below(ACCOUNTS)).padStart(24, "a")}`;
  const rev = `3l${String(i).padStart(11, "2")}`;
  const ops = Array.from({ length: random.below(MAX_OPS + 1) }, (_, n) => ({
    path: `${random.below(4) === 0 ? "app.bsky.feed.threadgate" : "app.bsky.graph.follow"}/${i}x${n}`,
    record: { $type: "app.bsky.graph.follow", subject: "did:plc:b", createdAt: "2026-01-01T00:00:00Z" },
  }));
  for (const { path } of ops) if (path.startsWith("app.bsky.graph.follow/")) ids.push(`${repo}/${rev}/${path}`);
  return { seq, bytes: await commitMessage(ops, { seq, repo, rev }), atMs: null };
}

/** Commits for as long as a test takes. */
export class EndlessCommits implements Source {
  /** The ids of all events so far, in order. */
  readonly ids: string[] = [];
  readonly #random: Random;
  #count = 0;
  #ended = false;

  constructor(random: Random) {
    this.#random = random;
  }

  get lastSeq(): number {
    return FIRST_SEQ + this.#count - 1;
  }

  async next(): Promise<SourceMessage | null> {
    return this.#ended ? null : await commitAt(this.#count++, this.#random, this.ids);
  }

  /** No more from now on. */
  end(): void {
    this.#ended = true;
  }
}

/** Messages that come when they are let. */
export class GatedMessages implements Source {
  readonly #messages: readonly SourceMessage[];
  #next = 0;
  #let = 0;
  #isOver = false;
  #wake: () => void = () => {};

  constructor(messages: readonly SourceMessage[]) {
    this.#messages = messages;
  }

  async next(): Promise<SourceMessage | null> {
    const isOver = () => this.#isOver || this.#next === this.#messages.length;
    while (!isOver() && this.#next >= this.#let) await new Promise<void>((resolve) => this.#wake = resolve);
    return isOver() ? null : this.#messages[this.#next++] ?? null;
  }

  /** Lets so many more come. */
  let(count: number): void {
    this.#let += count;
    this.#wake();
  }

  /** No more come. */
  end(): void {
    this.#isOver = true;
    this.#wake();
  }
}

/** Serves messages at so many a second. */
export function serveMessages(messages: readonly SourceMessage[], rate: number): FirehoseServer {
  const source = new GatedMessages(messages);
  source.let(messages.length);
  return serveSource(source, messages.length, rate);
}

/** Serves what comes of a source, so many messages in all, at so many a second. */
export function serveSource(source: Source, count: number, rate: number): FirehoseServer {
  return serve(source, { port: 0, rate, window: count, faults: [] });
}
