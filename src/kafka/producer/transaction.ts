/**
 * Kafka exactly once: {@linkcode Sink} and {@linkcode CursorStore} in one. Saving a cursor commits what was written since
 * the save before together with the cursor, in one transaction, and the records settle when it is committed; so the
 * cursor is always that of the last frame whose records are there, and no other.
 *
 * What was to be committed is kept until it is known to be. After a failure a new session begins, which ends whatever
 * the old one had open, and only then the cursor is read back: if it is the one that was to be committed, the answer
 * alone was lost; else the same records go into a new transaction. Nothing is read from the firehose again.
 *
 * Dead letters that have a topic are written to a sink of their own, and are part of the transaction like any record. A
 * record that is too large ends before the commit, and not with it, as its letter must be in the same transaction.
 *
 * Before this instance begins another session it looks whether the cursor has another owner: each instance commits its
 * name with the cursor as soon as it begins. So an instance that was replaced ends, rather than to fence its successor,
 * if that is alive; else it takes the job back, and where the cursor has moved what was read here is thrown away.
 *
 * @module
 */
import type { Cursor, CursorStore } from "../../cursor/cursor.ts";
import { FinalError } from "../../record/final_error.ts";
import type { OutRecord } from "../../record/out_record.ts";
import type { Receipt, Sink } from "../../record/sink.ts";
import { classify, describeTrouble, isFencing, isTimeoutRefused, isUnsupported, reasonOf } from "../client/classify.ts";
import { Content, type Entry } from "./content.ts";
import {
  CursorMovedError,
  FencedError,
  type KafkaRefusedError,
  refused,
  TopicShrunkError,
  TransactionsMissingError,
} from "../client/errors.ts";
import { type GroupOffsets, isSameCommit, openGroupOffsets } from "../offsets/group_offsets.ts";
import { type Committed, committedOf, keptCursorOf } from "../offsets/kept_cursor.ts";
import { retryMs } from "./lane.ts";
import { awaitTurn, Heart } from "./liveness.ts";
import type { TransactionSinkObserver, TransactionSinkOptions } from "../client/options.ts";
import { openSession, type Session } from "./session.ts";
import { findSuccessor } from "./successor.ts";
import { ControllerPatience, findAgain, findTopic, type Topic } from "../client/topic.ts";
import { TransactionTimeout } from "./transaction_timeout.ts";
import { unlessAborted, waitFor, waitUnlessAborted } from "../client/wait.ts";

/** Records and cursor in one. `save` is called once at a time, and between frames. */
export interface TransactionSink extends Sink, CursorStore {
  /** The topic of dead letters, whose records are part of the same transactions; null: there is none. */
  readonly letters: Sink | null;
}

/**
 * Opens the sink: waits until the brokers answer and, where that is wanted, until no other instance is alive; ends every
 * other instance; reads the cursor, and claims it.
 *
 * @throws {TopicMissingError} if the topic does not exist and is not to be created
 * @throws {TransactionsMissingError} if the brokers have no transactions
 * @throws {ControllerMissingError} if it is to be created, and there is no controller for a minute
 * @throws {KafkaRefusedError} if the brokers refuse the credentials, or what the user may do
 * @throws {FencedError} if another instance began meanwhile
 */
export async function openTransactionSink(
  options: TransactionSinkOptions,
  observer: TransactionSinkObserver,
  signal: AbortSignal,
): Promise<TransactionSink> {
  const sink = new KafkaTransactions(options, observer);
  const abort = () => sink.abort(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    signal.throwIfAborted();
    await sink.open();
    return sink;
  } catch (error) {
    await sink[Symbol.asyncDispose]();
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

class KafkaTransactions implements TransactionSink {
  readonly failed: Promise<never>;
  readonly letters: Sink | null;
  readonly #options: TransactionSinkOptions;
  readonly #observer: TransactionSinkObserver;
  readonly #groups: GroupOffsets;
  readonly #heartGroups: GroupOffsets;
  readonly #heart: Heart;
  readonly #closing = new AbortController();
  #fail: (error: Error) => void = () => {};
  /** What ended this sink: nothing is committed after it, as its records would be missing before. */
  #broken: Error | null = null;
  #session: Session | null = null;
  /** The group's offset as it was last read or committed; undefined before the first reading. */
  #known: Committed | null | undefined = undefined;
  #commits = 0;
  #fenced = false;
  readonly #timeout = new TransactionTimeout();
  /** Those of each topic, in the order in which a transaction is sent. */
  readonly #partitions = new Map<string, number>();
  #partitionsMs = 0;
  /** Takes what is written. */
  #content: Content;
  #unsettled = 0;
  #flushing: (() => void)[] = [];

  constructor(options: TransactionSinkOptions, observer: TransactionSinkObserver) {
    this.#options = options;
    this.#observer = observer;
    this.#groups = openGroupOffsets(options);
    this.#heartGroups = openGroupOffsets(options);
    this.#heart = new Heart(this.#heartGroups, options.cursorGroup, options.instance);
    this.failed = new Promise((_, reject) => this.#fail = reject);
    this.failed.catch(() => {});
    const { topic, deadLetterTopic } = options;
    for (const each of deadLetterTopic === null ? [topic] : [topic, deadLetterTopic]) this.#partitions.set(each, 0);
    this.#content = this.#newContent();
    this.letters = deadLetterTopic === null ? null : {
      failed: this.failed,
      write: (record, receipt) => this.#write(deadLetterTopic, record, receipt),
      flush: () => this.flush(),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }

  async open(): Promise<void> {
    const { signal } = this.#closing;
    const patience = new ControllerPatience();
    for (let attempt = 1;; attempt++) {
      try {
        await unlessAborted(this.#begin(), signal);
        return;
      } catch (error) {
        signal.throwIfAborted();
        await this.#endSession();
        if (error instanceof FencedError && this.#options.standby) {
          this.#forget();
          continue;
        }
        if (error instanceof FinalError || patience.isOver(error)) throw error;
        if (isUnsupported(error)) throw new TransactionsMissingError(this.#options.brokers, reasonOf(error));
        if (classify(error) === "fatal") throw this.#refused(error);
        const retryInMs = retryMs(attempt, this.#options.random());
        this.#observer.waiting({ ...describeTrouble(error), retryInMs });
        await waitUnlessAborted(retryInMs, signal);
      }
    }
  }

  load(): Promise<Cursor | null> {
    return Promise.resolve(this.#known ? keptCursorOf(this.#known).cursor : null);
  }

  write(record: OutRecord, receipt: Receipt): void {
    this.#write(this.#options.topic, record, receipt);
  }

  async save(cursor: Cursor): Promise<void> {
    if (this.#broken !== null) throw this.#broken;
    const content = this.#content;
    this.#content = this.#newContent();
    const committed = committedOf(cursor, this.#options.instance, this.#commits++);
    try {
      await this.#commit(committed, content);
      this.#settled(content.settle());
    } catch (error) {
      this.#broken = error instanceof Error ? error : new Error(String(error), { cause: error });
      if (!this.#closing.signal.aborted) this.#fail(this.#broken);
      throw this.#broken;
    }
  }

  /** Commits nothing, as it has no cursor: resolves when the saves have settled what was written so far. */
  flush(): Promise<void> {
    if (this.#unsettled === 0) return Promise.resolve();
    return new Promise((resolve) => this.#flushing.push(resolve));
  }

  abort(reason: unknown): void {
    this.#closing.abort(reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error("The sink was closed"));
    // One that was fenced has nothing to give away.
    await this.#heart.stop(!this.#fenced);
    await this.#endSession();
    this.#groups.close();
    this.#heartGroups.close();
  }

  #newContent(): Content {
    return new Content([...this.#partitions.keys()]);
  }

  #write(topic: string, record: OutRecord, receipt: Receipt): void {
    this.#unsettled++;
    this.#content.write(topic, record, receipt);
  }

  /** One attempt to become the active instance. */
  async #begin(): Promise<void> {
    const { standby, cursorGroup, random, now, brokers, instance } = this.#options;
    const topics = new Map<string, Topic>();
    for (const topic of this.#partitions.keys()) {
      topics.set(topic, await findTopic({ ...this.#options, topic }, this.#closing.signal, this.#observer));
    }
    const missing = await this.#groups.missingTransactionRequests();
    if (missing.length > 0) throw new TransactionsMissingError(brokers, `${missing.join(", ")} missing`);
    if (standby && this.#known === undefined) {
      const groups = this.#groups;
      const wait = (ms: number) => waitFor(ms, this.#closing.signal);
      const standingBy: TransactionSinkObserver["standingBy"] = (event) => this.#observer.standingBy(event);
      const unreachable = (error: unknown) => {
        if (classify(error) === "fatal") throw error;
        this.#observer.waiting({ ...describeTrouble(error), retryInMs: 1000 });
      };
      await awaitTurn({ groups, cursorGroup, random, now, wait, standingBy, unreachable });
    }
    for (const [topic, { partitions }] of topics) this.#partitions.set(topic, partitions);
    this.#partitionsMs = now();
    await this.#options.prepare();
    // Before the session begins, which would end that of another job.
    this.#options.claim(await this.#groups.peek(cursorGroup));
    await this.#beginSession(null);
    const found = this.#known ?? null;
    const before = found === null ? null : keptCursorOf(found).by;
    const { cursor, isLost } = this.#options.claim(found);
    await this.#attempt(committedOf(cursor, instance, this.#commits++, isLost), this.#newContent());
    if (await this.#groups.read(cursorGroup) === null) {
      throw new TransactionsMissingError(brokers, "they confirm the offset of a transaction and do not keep it");
    }
    await this.#heart.start();
    for (const [topic, found] of topics) this.#observer.opened({ topic, ...found });
    this.#observer.claimed({ before, cursor: cursor?.seq ?? null });
  }

  /** The cursor is to be read anew, as if nothing had been known of it. */
  #forget(): void {
    this.#known = undefined;
    this.#fenced = false;
  }

  /** Commits until that is known to have succeeded; throws what no other attempt can mend. */
  async #commit(committed: Committed, content: Content): Promise<void> {
    const { signal } = this.#closing;
    for (let attempt = 1;; attempt++) {
      signal.throwIfAborted();
      try {
        await this.#checkPartitions();
        if (this.#session === null) await unlessAborted(this.#beginSession(committed), signal);
        // It is there already if the answer to the attempt before was lost.
        if (!isSameCommit(this.#known, committed)) await unlessAborted(this.#attempt(committed, content), signal);
        if (attempt > 1) this.#observer.committedAgain({ attempts: attempt });
        return;
      } catch (error) {
        signal.throwIfAborted();
        await this.#endSession();
        if (error instanceof FinalError) throw error;
        if (classify(error) === "fatal") throw this.#refused(error);
        const retryInMs = retryMs(attempt, this.#options.random());
        const trouble = describeTrouble(error);
        if (trouble.kind === "topic") this.#partitionsMs = -Infinity;
        this.#observer.restarting({ ...trouble, records: content.records, attempt, retryInMs });
        await waitFor(retryInMs, signal);
      }
    }
  }

  /** One transaction. */
  async #attempt(committed: Committed, content: Content): Promise<void> {
    const session = this.#session;
    if (session === null) throw new TypeError("Cannot commit: there is no session");
    try {
      await content.send(
        (topic, records) => session.send({ topic, partitions: this.#partitions.get(topic) ?? 0 }, records),
        (topic, entry) => this.#drop(topic, entry, content),
      );
      await this.#options.beforeCommit();
      await session.commit(this.#options.cursorGroup, committed);
      this.#known = committed;
      this.#fenced = false;
      this.#timeout.reset();
    } catch (error) {
      if (isFencing(error)) {
        this.#fenced = true;
        this.#timeout.double();
      }
      throw error;
    }
  }

  /** Ends a record that is too large. Its dead letter, which is written meanwhile, joins the transaction under way. */
  #drop(topic: string, { record, receipt }: Entry, content: Content): void {
    if (topic === this.#options.topic) this.#observer.oversize({ uri: record.uri, bytes: record.size });
    const next = this.#content;
    this.#content = content;
    receipt.settle(record, "dropped");
    this.#content = next;
    this.#settled(1);
  }

  /**
   * Ends every other session, then reads the cursor: read before, it could be one that is about to change. `pending` is
   * what was to be committed, which may have been.
   */
  async #beginSession(pending: Committed | null): Promise<void> {
    const { cursorGroup, transactionalId } = this.#options;
    if (this.#known !== undefined) await this.#yieldToSuccessor(pending);
    const session = await this.#openSession();
    if (this.#closing.signal.aborted) return await session.close();
    this.#session = session;
    const found = await this.#groups.read(cursorGroup);
    if (found !== null && this.#isForeign(found, pending)) {
      const { by, cursor } = keptCursorOf(found);
      // One that claimed the cursor and committed nothing has left it as it was.
      const moved = JSON.stringify(cursor) !== JSON.stringify(await this.load());
      this.#observer.takenBack({ owner: by, moved });
      if (moved && pending !== null) throw new CursorMovedError(transactionalId, by);
    }
    this.#known = found;
  }

  async #openSession(): Promise<Session> {
    for (;;) {
      const { ms: refusedMs } = this.#timeout;
      try {
        return await openSession(this.#options, this.#observer, refusedMs);
      } catch (error) {
        if (!isTimeoutRefused(error) || !this.#timeout.halve()) throw error;
        this.#observer.timeoutRefused({ refusedMs, timeoutMs: this.#timeout.ms });
      }
    }
  }

  /** Ends this instance if another one took over and is alive. */
  async #yieldToSuccessor(pending: Committed | null): Promise<void> {
    const { now, cursorGroup, transactionalId } = this.#options;
    const succession = await findSuccessor({
      groups: this.#groups,
      cursorGroup,
      fenced: this.#fenced,
      isForeign: (found) => this.#isForeign(found, pending),
      now,
      wait: (ms) => waitUnlessAborted(ms, this.#closing.signal),
      watching: (owner) => {
        this.#heart.pause();
        this.#observer.watching({ owner });
      },
    });
    if (succession.kind !== "alive") return this.#heart.resume();
    this.#fenced = true;
    throw new FencedError(transactionalId, succession.owner);
  }

  /** Whether somebody else committed since this instance read or committed last. */
  #isForeign(found: Committed | null, pending: Committed | null): boolean {
    // The brokers forget a group's offsets with their topic.
    if (
      found === null || this.#known === undefined || isSameCommit(found, this.#known) || isSameCommit(found, pending)
    ) {
      return false;
    }
    return keptCursorOf(found).by !== this.#options.instance;
  }

  /** Between transactions keys may move to other partitions, as nothing is under way. */
  async #checkPartitions(): Promise<void> {
    const { profile, now } = this.#options;
    if (now() - this.#partitionsMs < profile.metadataMaxAgeMs) return;
    this.#partitionsMs = now();
    for (const [topic, from] of this.#partitions) {
      const to = await findAgain({ ...this.#options, topic }, this.#observer, this.#closing.signal);
      if (to === null) return;
      if (to < from) throw new TopicShrunkError(topic, from, to);
      if (to > from) this.#observer.partitionsChanged({ from, to });
      this.#partitions.set(topic, to);
    }
  }

  #refused(error: unknown): KafkaRefusedError {
    return refused({ ...this.#options, topic: [...this.#partitions.keys()].join('" and "') }, error);
  }

  async #endSession(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    await session?.close();
  }

  #settled(records: number): void {
    this.#unsettled -= records;
    if (this.#unsettled > 0) return;
    for (const wake of this.#flushing.splice(0)) wake();
  }
}
