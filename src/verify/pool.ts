/**
 * Workers that verify beside the thread that reads: each has the messages of some accounts, in their order.
 *
 * @module
 */
import type { Verdict } from "../atproto/verify.ts";
import { packJob, type ToVerify, unpackVerdicts, type WorkerAnswer, type WorkerSettings } from "./job.ts";

/** Who verifies. */
export interface Verifiers {
  /** How many verify at once. */
  readonly count: number;
  /**
   * The verdicts of messages, by verifier number `index`, which takes one call after the other.
   *
   * @throws {Error} if it ended
   */
  verify(index: number, messages: readonly ToVerify[]): Promise<readonly Verdict[]>;
}

/** The file of the worker, beside this one, or beside the bundle that this one is part of. */
const FILE = import.meta.url.endsWith(".ts") ? "./worker.ts" : "./verify_worker.js";

interface Waiting {
  readonly count: number;
  readonly resolve: (verdicts: readonly Verdict[]) => void;
  readonly reject: (error: Error) => void;
}

/** So many workers; disposed of, they end. */
export class WorkerPool implements Verifiers, Disposable {
  readonly #members: readonly Member[];

  constructor(settings: WorkerSettings, threads: number) {
    this.#members = Array.from({ length: threads }, () => new Member(settings));
  }

  get count(): number {
    return this.#members.length;
  }

  verify(index: number, messages: readonly ToVerify[]): Promise<readonly Verdict[]> {
    const member = this.#members[index];
    if (member === undefined) throw new RangeError(`There is no worker ${index}`);
    return member.verify(messages);
  }

  [Symbol.dispose](): void {
    for (const member of this.#members) member.end(new Error("Verification has ended"));
  }
}

class Member {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #jobs = 0;
  #ended: Error | null = null;

  constructor(settings: WorkerSettings) {
    const worker = new Worker(new URL(FILE, import.meta.url), { type: "module" });
    worker.onmessage = ({ data: { id, verdicts } }: MessageEvent<WorkerAnswer>) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      waiting?.resolve(unpackVerdicts(verdicts, waiting.count));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.end(new Error(`A worker that verifies messages failed: ${event.message}`));
    };
    worker.postMessage(settings);
    this.#worker = worker;
  }

  verify(messages: readonly ToVerify[]): Promise<readonly Verdict[]> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    const { promise, resolve, reject } = Promise.withResolvers<readonly Verdict[]>();
    const id = this.#jobs++;
    this.#waiting.set(id, { count: messages.length, resolve, reject });
    const job = packJob(messages);
    this.#worker.postMessage({ id, job }, [job]);
    return promise;
  }

  end(why: Error): void {
    this.#ended ??= why;
    this.#worker.terminate();
    for (const { reject } of this.#waiting.values()) reject(why);
    this.#waiting.clear();
  }
}
