/**
 * One job of the long run: a relay, a topic, and a producer that is ended and started again and again.
 *
 * @module
 */
import { setTimeout as after } from "node:timers/promises";
import type { Cluster } from "../../scripts/kafka.ts";
import type { Random } from "../../src/simulator/random.ts";
import type { Fault } from "../../src/simulator/faults.ts";
import { Identities } from "../../src/simulator/identity/identities.ts";
import type { IdentityServer } from "../../src/simulator/identity/server.ts";
import { type FirehoseServer, serve } from "../../src/simulator/server.ts";
import { createNetwork } from "../../src/simulator/network.ts";
import { createWorld } from "../../src/simulator/world.ts";
import { readCommitted } from "../support/committed.ts";
import { committedCursor } from "../support/exactly_once.ts";
import { TestFolder } from "../support/folder.ts";
import { serveWorld } from "../support/identity_world.ts";
import { RunningProgram } from "../support/program.ts";
import { readCursor } from "../support/stream.ts";
import { untilAtLeast, untilStill } from "../support/wait.ts";
import { BUSY_MIX, EVERYTHING } from "../support/whole_network.ts";
import {
  type Account,
  accountFor,
  accountId,
  explainGaps,
  type Found,
  type FoundGap,
  type GapAccount,
} from "./account.ts";
import { type DownFault, LOSES_CURSOR, strike } from "./faults.ts";
import { type RelayNumbering, type RelaySource, relaySource } from "./relay.ts";

/** A way of delivery. */
export type Delivery = "at-least-once" | "exactly-once";

/** What a job does. */
export interface JobPlan {
  /** Its topic too. */
  readonly name: string;
  /** The ways of delivery of its runs, in turn. */
  readonly deliveries: readonly [Delivery, ...Delivery[]];
  readonly numbering: RelayNumbering;
  /** What happens between its runs, in turn. */
  readonly downFaults: readonly DownFault[];
  readonly relayFaults: readonly Fault[];
  /** Null: everything that can become an event, of a network in which everything happens. */
  readonly collections: readonly string[] | null;
  readonly sampleRate: number;
  /** Messages a second; `quiet` leaves seconds between them, longer than the idle timeout, also before the first. */
  readonly rate: number | "quiet";
}

/** What all jobs of a run share. */
export interface Surroundings {
  readonly cluster: Cluster;
  /** When the last messages are made, by `performance.now()`. */
  readonly endMs: number;
  readonly print: (line: string) => void;
}

/** What became of a job. */
export interface JobResult {
  readonly name: string;
  readonly messages: number;
  readonly connections: number;
  readonly account: Account;
  readonly gaps: GapAccount;
  readonly counts: Readonly<Record<string, number>>;
  /** What was not kept, for people. */
  readonly broken: readonly string[];
}

/** The types of events about accounts, and what these are about. */
const ABOUT_ACCOUNTS: Readonly<Record<string, string>> = {
  "Atproto.Identity": "identity",
  "Atproto.Account": "account",
  "Atproto.Sync": "sync",
};
const ACCOUNTS = 60;
const QUIET_ACCOUNTS = 3;
/** So many messages come before the first end of the producer: past the profiles, so that there is something to resume from. */
const FIRST_MESSAGES = 2 * ACCOUNTS;
const FIRST_PAUSE_MS = 5000;
const MOST_PAUSE_MS = 5000;
const KEPT_STDERR = 2000;
const STARTED = '"message":"Started"';

/** Makes a job and its relay, whose messages begin with the first run. */
export async function createJob(plan: JobPlan, around: Surroundings, random: Random): Promise<Job> {
  const isQuiet = plan.rate === "quiet";
  const accounts = isQuiet ? QUIET_ACCOUNTS : ACCOUNTS;
  const startMs = Date.UTC(2026, 0, 1);
  const seed = random.below(2 ** 31);
  const options = { seed, accounts, firstSeq: 0, startMs, stepMs: 5, pastRecords: 300 };
  const identities = plan.collections === null ? await Identities.create(seed, startMs) : null;
  const world =
    await (identities === null ? createWorld(options) : createNetwork({ ...options, mix: BUSY_MIX, identities }));
  let pauses = 0;
  const pauseMs = isQuiet ? () => (pauses++ === 0 ? FIRST_PAUSE_MS : 0) + random.below(MOST_PAUSE_MS) : null;
  const relay = relaySource({ world, numbering: plan.numbering, random, pauseMs, endMs: around.endMs });
  // Every tenth answer is a refusal.
  const directory = identities === null ? null : await serveWorld(identities, { busy: 0.1 });
  return new Job(plan, around, random, relay, directory);
}

/** A job that runs. */
export class Job implements AsyncDisposable {
  readonly #plan: JobPlan;
  readonly #around: Surroundings;
  readonly #random: Random;
  readonly #relay: RelaySource;
  readonly #server: FirehoseServer;
  /** Where keys and handles are asked for; null: nothing is verified. */
  readonly #directory: IdentityServer | null;
  readonly #folder = new TestFolder();
  readonly #counts: Record<string, number> = {};
  /** The store that the next run must resume from, and the fault before it. */
  #expected: { readonly store: string | null; readonly fault: DownFault | null } = { store: null, fault: null };
  readonly #broken: string[] = [];
  /** The furthest cursor seen in the store of each way of delivery; one that brokers do not give is 0, and not seen. */
  readonly #reached: Record<Delivery, number> = { "at-least-once": 0, "exactly-once": 0 };

  constructor(
    plan: JobPlan,
    around: Surroundings,
    random: Random,
    relay: RelaySource,
    directory: IdentityServer | null,
  ) {
    this.#plan = plan;
    this.#around = around;
    this.#random = random;
    this.#relay = relay;
    this.#directory = directory;
    const rate = plan.rate === "quiet" ? null : plan.rate;
    this.#server = serve(relay, { port: 0, rate, window: 10_000_000, faults: plan.relayFaults });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    await this.#directory?.[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }

  get #cursorFile(): string {
    return this.#folder.file("cursor.json");
  }

  /** Runs producers, one after the other, until the last message of the relay is delivered. */
  async run(): Promise<void> {
    for (let round = 0;; round++) {
      const delivery = this.#inTurn(this.#plan.deliveries, round) ?? "at-least-once";
      const isFirst = round === 0;
      await using program = new RunningProgram(this.#command(delivery, isFirst));
      if (isFirst) await this.#begin(delivery);
      const pauseMs = this.#between(8, 30) * 1000;
      const leftMs = this.#around.endMs - performance.now();
      await after(Math.max(0, Math.min(pauseMs, leftMs)));
      if (pauseMs >= leftMs) return await this.#finish(program, delivery);
      const signal = this.#random.below(2) === 0 ? "SIGKILL" : "SIGTERM";
      if (signal === "SIGTERM") await program.speaks();
      program.kill(signal);
      const { code, stderr } = await program.ended();
      if (signal === "SIGTERM" && code !== 0) {
        this.#fail(`the producer ended with ${code}: ${stderr.slice(-KEPT_STDERR)}`);
      }
      this.#count(signal);
      this.#compare(stderr);
      const reached = await this.#cursor(delivery);
      const moved = reached > this.#reached[delivery] && stderr.includes(STARTED);
      this.#reached[delivery] = Math.max(reached, this.#reached[delivery]);
      const fault = this.#inTurn(this.#plan.downFaults, round);
      this.#print(
        `${delivery} ended by ${signal} at ${reached}${moved ? "" : " (unmoved)"}; then ${fault ?? "nothing"}`,
      );
      const store = !moved || fault === "foreign-commit"
        ? null
        : delivery === "exactly-once"
        ? "the group"
        : "the file";
      this.#expected = { store, fault };
      if (fault === null) continue;
      await strike(fault, {
        cluster: this.#around.cluster,
        topic: this.#plan.name,
        cursorFile: this.#cursorFile,
        command: this.#command(this.#inTurn(this.#plan.deliveries, round + 1) ?? delivery, false),
        offMinutes: (this.#random.below(2) === 0 ? -1 : 1) * this.#between(2, 60),
      });
      this.#count(fault);
    }
  }

  /** Accounts for every message of the relay, and explains each gap event. */
  async account(): Promise<JobResult> {
    const { name, collections, sampleRate, relayFaults, deliveries } = this.#plan;
    const { frames } = this.#relay;
    const found: Found[] = [];
    const gaps: FoundGap[] = [];
    for (const { key, value } of await readCommitted(this.#around.cluster.bootstrapServers, name)) {
      const { id, type, data, verified, verifyreason } = JSON.parse(value);
      if (verified !== undefined) this.#count(`${verified} ${verifyreason ?? ""}`.trim());
      if (type === "Bluesky.Stream.Gap") {
        gaps.push({ id, cause: data.cause, fromSeq: data.from_seq, toSeq: data.to_seq });
      } else {
        const kind = ABOUT_ACCOUNTS[type];
        found.push({ id: kind === undefined ? id : accountId(data.did, kind, data.seq), key });
      }
    }
    const missingEvery = relayFaults.find((fault) => fault.name === "missing-block")?.every ?? Infinity;
    const account = accountFor(frames, {
      collections: collections === null ? null : new Set(collections),
      sampleRate,
      missingEvery,
    }, found);
    const explained = explainGaps(frames, gaps);
    const { lost, unknown, disordered, repeated } = account;
    if (lost + unknown + disordered > 0) {
      this.#fail(`${lost} lost, ${unknown} unknown, ${disordered} out of order`);
    }
    if (repeated > 0 && !deliveries.includes("at-least-once")) this.#fail(`${repeated} repeated with exactly-once`);
    for (const gap of explained.unexplained) this.#fail(`a gap that nothing explains: ${gap}`);
    // Most are noticed: a broker that comes back may bring a commit after the fault, and then there is a cursor again.
    const isGroupOnly = !deliveries.includes("at-least-once");
    const unnoticed = (fault: string) =>
      (this.#counts[fault] ?? 0) > 0 && (this.#counts[`${fault} noticed`] ?? 0) === 0;
    for (const fault of LOSES_CURSOR) {
      if (isGroupOnly && unnoticed(fault)) this.#fail(`${fault}: no run resumed by the topic's last records`);
    }
    this.#checkVerdicts();
    const { connections } = this.#server;
    const counts = this.#counts;
    return { name, messages: frames.length, connections, account, gaps: explained, counts, broken: this.#broken };
  }

  /** Nobody forges anything: only what a fault of the relay cuts short may be false. */
  #checkVerdicts(): void {
    const all = Object.entries(this.#counts).filter(([name]) => /^(true|false|unknown)\b/.test(name));
    for (const [name, count] of all) {
      if (name.startsWith("false") && name !== "false commit-missing") this.#fail(`${count} events are ${name}`);
    }
    const [sum, good] = [all.reduce((total, [, count]) => total + count, 0), this.#counts["true"] ?? 0];
    if (this.#directory !== null && good < sum / 2) this.#fail(`of ${sum} verdicts ${good} are true`);
  }

  /** All that is asked of accounts, where somebody can be asked. */
  get #identity(): readonly string[] {
    if (this.#directory === null) return [];
    const { url, dnsPort } = this.#directory;
    return [
      ...["--verify", "proofs", "--handles", "verified", "--plc-url", url, "--plc-rate", "100"],
      ...["--identity-stand-in", url, "--handle-dns", `127.0.0.1:${dnsPort}`],
      ...["--identity-cache", this.#folder.file("identities")],
    ];
  }

  #command(delivery: Delivery, isFirst: boolean): string[] {
    const { name, collections, sampleRate, rate } = this.#plan;
    const isQuiet = rate === "quiet";
    return [
      ...["stream", "--firehose-url", this.#server.url, "--kafka-topic", name],
      ...["--kafka-bootstrap-servers", this.#around.cluster.bootstrapServers, "--delivery", delivery],
      ...(collections === null ? EVERYTHING : ["--collections", collections.join()]),
      ...this.#identity,
      ...["--sample-rate", String(sampleRate), "--cursor-file", this.#cursorFile],
      ...["--idle-timeout-secs", isQuiet ? "1" : "5", "--max-in-flight-bytes", "4000000"],
      ...(isFirst && !isQuiet ? ["--cursor", "oldest"] : []),
    ];
  }

  /** Waits for the first messages to be delivered, or for the end of the run. */
  async #begin(delivery: Delivery): Promise<void> {
    const { frames } = this.#relay;
    const messages = this.#plan.rate === "quiet" ? 1 : FIRST_MESSAGES;
    let cursor = 0;
    const isReached = async () => {
      cursor = await this.#cursor(delivery);
      return cursor >= (frames[messages - 1]?.seq ?? Infinity) || performance.now() >= this.#around.endMs;
    };
    await untilStill(`${this.#plan.name} to begin`, () => [frames.length, cursor], isReached);
  }

  /** Lets the producer come to the last message. */
  async #finish(program: RunningProgram, delivery: Delivery): Promise<void> {
    this.#print("no more messages are made");
    await untilAtLeast(`the end of ${this.#plan.name}`, this.#relay.frames.at(-1)?.seq ?? 0, () => {
      if (program.code !== null) throw new Error(`The producer ended with ${program.code}: ${program.stderr}`);
      return this.#cursor(delivery);
    });
    await program.speaks();
    program.kill("SIGTERM");
    const { code, stderr } = await program.ended();
    if (code !== 0) this.#fail(`the producer ended with ${code}: ${stderr.slice(-KEPT_STDERR)}`);
    this.#compare(stderr);
  }

  /** Compares where the run started with where it had to. */
  #compare(stderr: string): void {
    const { store, fault } = this.#expected;
    const started = stderr.split("\n").find((line) => line.includes(STARTED));
    if (started === undefined) return;
    const origin = String(JSON.parse(started).cursor);
    const isByTopic = origin.includes("by the last records of the topic");
    if (fault !== null && LOSES_CURSOR.has(fault) && isByTopic) this.#count(`${fault} noticed`);
    if (fault === "skewed-clock" && store !== null && !origin.includes(`cursor in ${store}`)) {
      this.#fail(`skewed-clock: started at ${origin}, not at the cursor in ${store}`);
    }
  }

  async #cursor(delivery: Delivery): Promise<number> {
    return delivery === "exactly-once"
      ? await committedCursor(this.#around.cluster, this.#plan.name)
      : readCursor(this.#cursorFile);
  }

  #inTurn<T>(list: readonly T[], index: number): T | null {
    return list.length === 0 ? null : list[index % list.length] ?? null;
  }

  #between(from: number, to: number): number {
    return from + this.#random.below(to - from);
  }

  #count(name: string): void {
    this.#counts[name] = (this.#counts[name] ?? 0) + 1;
  }

  #fail(what: string): void {
    this.#broken.push(`${this.#plan.name}: ${what}`);
    this.#print(`NOT KEPT: ${what}`);
  }

  #print(line: string): void {
    this.#around.print(`${this.#plan.name}: ${line}`);
  }
}
