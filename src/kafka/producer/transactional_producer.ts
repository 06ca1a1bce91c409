/**
 * Kafka exactly once: {@linkcode TopicProducer} and {@linkcode CursorStore} in one. Saving a cursor commits what was written since
 * the save before together with the cursor, in one transaction, and the records settle when it is committed; so the
 * cursor is always that of the last frame whose records are there, and no other.
 *
 * What was to be committed is kept until it is known to be. After a failure a new session begins, which ends whatever
 * the old one had open, and only then the cursor is read back: if it is the one that was to be committed, the answer
 * alone was lost; else the same records go into a new transaction. Nothing is read from the firehose again.
 *
 * Dead letters that have a topic are part of the transaction like any record. A record that is too large ends before the
 * commit, and not with it, as its letter must be in the same transaction.
 *
 * Before this instance begins another session it looks whether the cursor has another owner: each instance commits its
 * name with the cursor as soon as it begins. So an instance that was replaced ends, rather than to fence its successor,
 * if that is alive; else it takes the job back, and where the cursor has moved what was read here is thrown away.
 *
 * @module
 */
import type { Cursor, CursorStore } from "../../cursor/cursor.ts";
import { FinalError } from "../../record/final_error.ts";
import type { ProducerRecord } from "../../record/producer_record.ts";
import type { Receipt, TopicProducer } from "../../record/producer.ts";
import { classify, describeTrouble, isFencing, isTimeoutRefused, isUnsupported, reasonOf } from "../client/classify.ts";
import { CursorMovedError, FencedError, refused, TransactionsMissingError } from "../client/errors.ts";
import { isSameCommit, type OffsetStore, openOffsetStore } from "../offsets/offset_store.ts";
import { committedOf, type OffsetAndMetadata, storedCursorOf } from "../offsets/cursor_offset.ts";
import { Batcher } from "./batcher.ts";
import { awaitTurn, Heartbeat } from "./liveness.ts";
import type { TransactionalProducerObserver, TransactionalProducerOptions } from "../client/options.ts";
import { attemptBatch, openPatiently } from "./open.ts";
import { openSession, type Session } from "./session.ts";
import { findSuccessor } from "./successor.ts";
import { findTopics } from "../client/topic.ts";
import { TransactionBuffer } from "./transaction_buffer.ts";
import { TransactionTimeout } from "./transaction_timeout.ts";
import { TransactionTopics } from "./transaction_topics.ts";
import { retryMs, unlessAborted, waitFor, waitUnlessAborted } from "../client/wait.ts";

/** Records and cursor in one. `save` is called once at a time, and between frames. */
export interface TransactionalProducer extends TopicProducer, CursorStore {}

/**
 * Opens the producer: waits until the brokers answer and, where that is wanted, until no other instance is alive; ends every
 * other instance; reads the cursor, and claims it.
 *
 * @throws {TopicMissingError} if the topic does not exist and is not to be created
 * @throws {TransactionsMissingError} if the brokers have no transactions
 * @throws {ControllerMissingError} if it is to be created, and there is no controller for a minute
 * @throws {KafkaRefusedError} if the brokers refuse the credentials, or what the user may do
 * @throws {FencedError} if another instance began meanwhile
 */
export async function openTransactionalProducer(
  options: TransactionalProducerOptions,
  observer: TransactionalProducerObserver,
  signal: AbortSignal,
): Promise<TransactionalProducer> {
  const producer = new KafkaTransactions(options, observer);
  const abort = () => producer.abort(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    signal.throwIfAborted();
    await producer.open();
    return producer;
  } catch (error) {
    await producer[Symbol.asyncDispose]();
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

class KafkaTransactions implements TransactionalProducer {
  readonly failed: Promise<never>;
  readonly #options: TransactionalProducerOptions;
  readonly #observer: TransactionalProducerObserver;
  readonly #groups: OffsetStore;
  readonly #heartbeatGroups: OffsetStore;
  readonly #heartbeat: Heartbeat;
  readonly #closing = new AbortController();
  #fail: (error: Error) => void = () => {};
  /** What ended this producer: nothing is committed after it, as its records would be missing before. */
  #broken: Error | null = null;
  #session: Session | null = null;
  /** The group's offset as it was last read or committed; undefined before the first reading. */
  #known: OffsetAndMetadata | null | undefined = undefined;
  #commits = 0;
  #fenced = false;
  readonly #timeout = new TransactionTimeout();
  readonly #topics: TransactionTopics;
  /** Takes what is written. */
  #buffer = new TransactionBuffer();
  #unsettled = 0;
  #flushing: (() => void)[] = [];

  constructor(options: TransactionalProducerOptions, observer: TransactionalProducerObserver) {
    this.#options = options;
    this.#observer = observer;
    this.#groups = openOffsetStore(options);
    this.#heartbeatGroups = openOffsetStore(options);
    this.#heartbeat = new Heartbeat(this.#heartbeatGroups, options.cursorGroup, options.instance);
    this.#topics = new TransactionTopics(options, observer, this.#closing.signal);
    this.failed = new Promise((_, reject) => this.#fail = reject);
    this.failed.catch(() => {});
  }

  async open(): Promise<void> {
    const { signal } = this.#closing;
    await openPatiently(this.#options, this.#observer, signal, () => this.#beginUnlessTaken());
  }

  load(): Promise<Cursor | null> {
    return Promise.resolve(this.#known ? storedCursorOf(this.#known).cursor : null);
  }

  get openTopics(): Iterable<string> {
    return this.#topics.openWith(this.#buffer.topics);
  }

  write(record: ProducerRecord, receipt: Receipt): void {
    this.#unsettled++;
    this.#buffer.write(record, receipt);
  }

  async save(cursor: Cursor): Promise<void> {
    if (this.#broken !== null) throw this.#broken;
    const buffer = this.#buffer;
    this.#buffer = new TransactionBuffer();
    const committed = committedOf(cursor, this.#options.instance, this.#commits++);
    try {
      await this.#commit(committed, buffer);
      this.#settled(buffer.settle());
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
    this.#closing.abort(new Error("The producer was closed"));
    // One that was fenced has nothing to give away.
    await this.#heartbeat.stop(!this.#fenced);
    await this.#endSession();
    this.#groups.close();
    this.#heartbeatGroups.close();
  }

  /** One attempt to become the active instance; where another one does meanwhile, a standby waits for its end. */
  async #beginUnlessTaken(): Promise<void> {
    const { signal } = this.#closing;
    for (;;) {
      try {
        return await unlessAborted(this.#begin(), signal);
      } catch (error) {
        signal.throwIfAborted();
        await this.#endSession();
        const isTaken = error instanceof FencedError && this.#options.standby;
        if (!isTaken && !(error instanceof FinalError) && isUnsupported(error)) {
          throw new TransactionsMissingError(this.#options.brokers, reasonOf(error));
        }
        if (!isTaken) throw error;
        this.#forget();
      }
    }
  }

  async #begin(): Promise<void> {
    const { standby, cursorGroup, random, now, brokers, instance } = this.#options;
    const opened = await findTopics(this.#options, this.#options.topics, this.#closing.signal, this.#observer);
    const missing = await this.#groups.missingTransactionRequests();
    if (missing.length > 0) throw new TransactionsMissingError(brokers, `${missing.join(", ")} missing`);
    if (standby && this.#known === undefined) {
      const groups = this.#groups;
      const wait = (ms: number) => waitFor(ms, this.#closing.signal);
      const standingBy: TransactionalProducerObserver["standingBy"] = (event) => this.#observer.standingBy(event);
      const unreachable = (error: unknown) => {
        if (classify(error) === "fatal") throw error;
        this.#observer.waiting({ ...describeTrouble(error), retryInMs: 1000 });
      };
      await awaitTurn({ groups, cursorGroup, random, now, wait, standingBy, unreachable });
    }
    this.#topics.begin(opened);
    await this.#options.prepare();
    // Before the session begins, which would end that of another job.
    this.#options.claim(await this.#groups.peek(cursorGroup));
    await this.#beginSession(null);
    const found = this.#known ?? null;
    const before = found === null ? null : storedCursorOf(found).by;
    const { cursor, isLost } = this.#options.claim(found);
    await this.#attempt(committedOf(cursor, instance, this.#commits++, isLost), new TransactionBuffer());
    if (await this.#groups.read(cursorGroup) === null) {
      throw new TransactionsMissingError(brokers, "they confirm the offset of a transaction but do not store it");
    }
    await this.#heartbeat.start();
    for (const [topic, found] of opened.topics) this.#observer.opened({ topic, ...found });
    this.#observer.claimed({ before, cursor: cursor?.seq ?? null });
  }

  /** The cursor is to be read anew, as if nothing had been known of it. */
  #forget(): void {
    this.#known = undefined;
    this.#fenced = false;
  }

  /** Commits until that is known to have succeeded; throws what no other attempt helps against. */
  async #commit(committed: OffsetAndMetadata, buffer: TransactionBuffer): Promise<void> {
    const { signal } = this.#closing;
    for (let attempt = 1;; attempt++) {
      signal.throwIfAborted();
      try {
        await this.#topics.prepare(buffer.topics);
        if (this.#session === null) await unlessAborted(this.#beginSession(committed), signal);
        // It is there already if the answer to the attempt before was lost.
        if (!isSameCommit(this.#known, committed)) await unlessAborted(this.#attempt(committed, buffer), signal);
        if (attempt > 1) this.#observer.committedAgain({ attempts: attempt });
        return;
      } catch (error) {
        signal.throwIfAborted();
        await this.#endSession();
        if (error instanceof FinalError) throw error;
        if (classify(error) === "fatal") throw refused(this.#options, error);
        const retryInMs = retryMs(attempt, this.#options.random());
        const trouble = describeTrouble(error);
        if (trouble.kind === "topic") this.#topics.expire();
        this.#observer.restarting({ ...trouble, records: buffer.records, attempt, retryInMs });
        await waitFor(retryInMs, signal);
      }
    }
  }

  /** One transaction. */
  async #attempt(committed: OffsetAndMetadata, buffer: TransactionBuffer): Promise<void> {
    const session = this.#session;
    if (session === null) throw new TypeError("Cannot commit: there is no session");
    try {
      await buffer.send(
        (fail) => this.#openBatcher(session, fail),
        (record, receipt) => this.#drop(record, receipt, buffer),
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

  /** Each batch is sent once: what fails begins anew with all others, in another session. */
  #openBatcher(session: Session, fail: (error: unknown) => void): Batcher {
    return new Batcher({
      ...this.#options,
      lingerMs: 0,
      deliver: (topic, partition, records) =>
        attemptBatch(
          this.#observer,
          { topic, partition, records: records.length },
          () => session.send({ topic, partition, records, sequence: null }),
        ).catch((error: unknown) => {
          throw classify(error) === "fatal" ? refused({ ...this.#options, topics: [topic] }, error) : error;
        }),
      fail,
      route: (topic) => this.#topics.routeOf(topic),
    }, this.#topics.partitions);
  }

  /** Ends a record that is too large. Its dead letter, which is written meanwhile, joins the transaction under way. */
  #drop(record: ProducerRecord, receipt: Receipt, buffer: TransactionBuffer): void {
    const next = this.#buffer;
    this.#buffer = buffer;
    receipt.settle(record, "dropped");
    this.#buffer = next;
    this.#settled(1);
  }

  /**
   * Ends every other session, then reads the cursor: read before, it could be one that is about to change. `pending` is
   * what was to be committed, which may have been.
   */
  async #beginSession(pending: OffsetAndMetadata | null): Promise<void> {
    const { cursorGroup, transactionalId } = this.#options;
    if (this.#known !== undefined) await this.#yieldToSuccessor(pending);
    const session = await this.#openSession();
    if (this.#closing.signal.aborted) return await session.close();
    this.#session = session;
    const found = await this.#groups.read(cursorGroup);
    if (found !== null && this.#isForeign(found, pending)) {
      const { by, cursor } = storedCursorOf(found);
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
        return await openSession(this.#options, refusedMs);
      } catch (error) {
        if (!isTimeoutRefused(error) || !this.#timeout.halve()) throw error;
        this.#observer.timeoutRefused({ refusedMs, timeoutMs: this.#timeout.ms });
      }
    }
  }

  /** Ends this instance if another one took over and is alive. */
  async #yieldToSuccessor(pending: OffsetAndMetadata | null): Promise<void> {
    const { now, cursorGroup, transactionalId } = this.#options;
    const succession = await findSuccessor({
      groups: this.#groups,
      cursorGroup,
      fenced: this.#fenced,
      isForeign: (found) => this.#isForeign(found, pending),
      now,
      wait: (ms) => waitUnlessAborted(ms, this.#closing.signal),
      watching: (owner) => {
        this.#heartbeat.pause();
        this.#observer.watching({ owner });
      },
    });
    if (succession.kind !== "alive") return this.#heartbeat.resume();
    this.#fenced = true;
    throw new FencedError(transactionalId, succession.owner);
  }

  /** Whether somebody else committed since this instance read or committed last. */
  #isForeign(found: OffsetAndMetadata | null, pending: OffsetAndMetadata | null): boolean {
    // The brokers forget a group's offsets with their topic.
    if (
      found === null || this.#known === undefined || isSameCommit(found, this.#known) || isSameCommit(found, pending)
    ) {
      return false;
    }
    return storedCursorOf(found).by !== this.#options.instance;
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
