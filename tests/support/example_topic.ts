/**
 * A topic for the examples: both content modes, everything at least once and much of it twice, and what is no event.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { CompressionTypes } from "kafkajs";
import { type Mix, mixOf } from "../../src/simulator/mix.ts";
import { createNetwork } from "../../src/simulator/network.ts";
import { fromAnotherRelay, type Message, streamAll } from "./churn.ts";
import { readCommitted } from "./committed.ts";
import { statesOf } from "./examples.ts";
import { type SharedKafka, testClient } from "./kafka.ts";
import { networkEvents, WholeNetwork } from "./network_events.ts";
import { inherited, RunningProcess } from "./program.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
/** Much is changed and deleted again. */
export const MIX: Mix = mixOf({ post: 60, like: 10, update: 20, delete: 30, account: 2, "repeated-commit": 8 });
/** Records that {@linkcode addForeignRecords} adds and that are no CloudEvents; a record without a value may be one. */
export const FOREIGN_RECORDS = 4;

/** An event about a post. */
export interface PostEvent {
  readonly id: string;
  readonly type: string;
  readonly time: string;
  readonly rev: string;
  readonly action: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What {@linkcode fillTopic} filled a topic with, repeated events too. */
export interface Filled {
  readonly posts: readonly PostEvent[];
  /** Of the same form, about accounts. */
  readonly accounts: readonly PostEvent[];
}

/** Streams messages into a topic, until so many events are in it. */
export async function streamInto(
  kafka: Omit<SharedKafka, keyof AsyncDisposable>,
  messages: readonly Message[],
  events: number,
  mode: "structured" | "binary",
): Promise<void> {
  await streamAll(messages, events, [
    ...["--cursor", "oldest", "--content-mode", mode],
    // Clients differ in what they read: the topic has batches with and without compression.
    ...(mode === "binary" ? ["--compression", "zstd"] : []),
    ...connection(kafka),
  ]);
}

/**
 * Streams a made-up network into a topic: one half in each content mode, and then all of it once more from another relay.
 * Messages are `stepMs` apart, the last one is a minute old. Returns the events that are in the topic.
 */
export async function fillTopic(kafka: SharedKafka, count: number, stepMs: number): Promise<Filled> {
  const network = await createNetwork({
    ...{ seed: 23, accounts: 30, pastRecords: 40, firstSeq: 31_500_000_000, mix: MIX },
    ...{ startMs: Date.now() - 60_000 - count * stepMs, stepMs },
  });
  const messages: (Message & { readonly events: number })[] = [];
  const made = new WholeNetwork();
  for (let i = 0; i < count; i++) {
    const { seq, bytes } = await network.next();
    messages.push({ seq, bytes, events: networkEvents(made, bytes).length });
  }
  const countIn = (some: typeof messages) => some.reduce((sum, { events }) => sum + events, 0);
  const half = messages.length / 2;
  for (const [some, mode] of [[messages.slice(0, half), "structured"], [messages.slice(half), "binary"]] as const) {
    await streamInto(kafka, some, countIn(some), mode);
  }
  await streamInto(kafka, fromAnotherRelay(messages), countIn(messages), "structured");

  const events = await eventsIn(kafka);
  const posts = events.filter(({ type }) => type.startsWith("Bluesky.Feed.Post"));
  const ids = new Set(posts.map(({ id }) => id));
  assert(ids.size > count / 3 && ids.size * 2 <= posts.length, `${ids.size} of ${posts.length}`);
  await addForeignRecords(kafka);
  return { posts, accounts: events.filter(({ type }) => type === "Atproto.Account") };
}

async function eventsIn({ bootstrapServers, topic }: SharedKafka): Promise<PostEvent[]> {
  const records = await readCommitted(bootstrapServers, topic);
  const modes = new Set(records.map(({ headers }) => headers["ce_id"] === undefined));
  assertEquals(modes.size, 2);
  return records.map(({ value, headers }): PostEvent => {
    if (headers["ce_id"] === undefined) return JSON.parse(value);
    const named = Object.entries(headers).map(([name, text]) => [name.replace(/^ce_/, ""), text]);
    return { ...Object.fromEntries(named), data: JSON.parse(value) };
  });
}

/** Adds what others may write to a topic: what is no event, and a transaction that is aborted. */
async function addForeignRecords({ bootstrapServers, topic }: SharedKafka): Promise<void> {
  const values = ["", "no JSON", '["no event"]', '{"id":5,"type":[]}'];
  assertEquals(values.length, FOREIGN_RECORDS);
  const now = new Date().toISOString();
  const aborted = {
    ...{ specversion: "1.0", id: "did:plc:aborted/3l/app.bsky.feed.post/1", source: "x", time: now, action: "create" },
    ...{ type: "Bluesky.Feed.Post", data: { tags: ["aborted"], langs: ["zz"] } },
  };
  const producer = testClient({ bootstrapServers }).producer({ transactionalId: topic, maxInFlightRequests: 1 });
  await producer.connect();
  for (const [texts, end] of [[values, "commit"], [[JSON.stringify(aborted)], "abort"]] as const) {
    const transaction = await producer.transaction();
    const messages = [...texts.map((value) => ({ key: "k", value })), ...(end === "commit" ? [{ value: null }] : [])];
    await transaction.send({ topic, messages, compression: CompressionTypes.None });
    await transaction[end]();
  }
  await producer.disconnect();
}

/** The latest event of each post. */
export function latestOf(events: readonly PostEvent[]): PostEvent[] {
  return [...statesOf(events).values()].map(({ latest }) => latest);
}

/** An example that runs as its document says, from the root of the project. */
export class RunningExample extends RunningProcess {
  constructor(command: string, args: readonly string[]) {
    const [program = "", ...own] = command.split(" ");
    const process = new Deno.Command(program === "deno" ? Deno.execPath() : program, {
      args: [...own, ...args],
      cwd: ROOT,
      clearEnv: true,
      env: { ...inherited(), NO_COLOR: "1" },
      ...{ stdin: "null", stdout: "piped", stderr: "piped" },
    });
    super(process.spawn());
  }

  /** Presses Ctrl+C, as a terminal does to what runs in it. */
  interrupt(): void {
    this.kill("SIGINT");
  }

  /** A task passes this on to what it runs; SIGKILL would leave that behind. */
  override async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGTERM");
    await this.ended();
  }
}

/** The options by which an example finds a topic. */
export function connection({ bootstrapServers, topic }: Omit<SharedKafka, keyof AsyncDisposable>): string[] {
  return ["--kafka-bootstrap-servers", bootstrapServers, "--kafka-topic", topic];
}
