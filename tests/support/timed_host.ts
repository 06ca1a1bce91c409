/**
 * A firehose of messages with numbers and times, that can be resumed from and taken down.
 *
 * @module
 */
import { tidOf } from "../../src/simulator/tid.ts";
import { commitMessage } from "./messages.ts";
import { FakeRelay } from "./relay.ts";

/** One message of a {@linkcode TimedHost}. */
export interface TimedMessage {
  readonly seq: number;
  readonly bytes: Uint8Array;
}

const DID = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa";
const LIKE = "app.bsky.feed.like";
const START_MS = Date.UTC(2026, 6, 1);
const STEP_MS = 10_000;

function revOf(i: number): string {
  return tidOf(START_MS + i * STEP_MS, i);
}

/** What commit number `i` is, on every host. */
export function idOf(i: number): string {
  return `${DID}/${revOf(i)}`;
}

/** Commit number `i` of the network, as a host has it under the number `seq`: one every ten seconds. */
export async function commit(i: number, seq: number): Promise<TimedMessage> {
  const timeMs = START_MS + i * STEP_MS;
  const time = new Date(timeMs).toISOString();
  const rev = revOf(i);
  const bytes = await commitMessage([{ path: `${LIKE}/n${i}`, record: { i } }], { seq, rev, time });
  return { seq, bytes };
}

/** The commits from one number up to, not including, another. */
export function commits(from: number, to: number, seqOf: (i: number) => number): Promise<TimedMessage[]> {
  return Promise.all(Array.from({ length: to - from }, (_, k) => commit(from + k, seqOf(from + k))));
}

/** The AT-URIs of their records. */
export function uris(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, k) => `at://${DID}/${LIKE}/n${from + k}`);
}

/** Serves what follows a cursor, of none the last message, and whatever is added while somebody is connected. */
export class TimedHost implements AsyncDisposable {
  readonly relay: FakeRelay;
  readonly #messages: TimedMessage[];
  #restSecs: number | null = null;

  constructor(messages: readonly TimedMessage[]) {
    this.#messages = [...messages];
    this.relay = new FakeRelay(({ url }) => {
      if (this.#restSecs !== null) {
        return new Response(null, { status: 503, headers: { "retry-after": `${this.#restSecs}` } });
      }
      const text = url.searchParams.get("cursor");
      const last = this.#messages.at(-1)?.seq ?? 0;
      const cursor = text === null ? last - 1 : Number(text);
      return (socket) => {
        for (const { seq, bytes } of this.#messages) if (seq > cursor) socket.send(bytes as Uint8Array<ArrayBuffer>);
      };
    });
  }

  get url(): string {
    return this.relay.url;
  }

  get host(): string {
    return new URL(this.url).host;
  }

  add(message: TimedMessage): void {
    this.#messages.push(message);
    for (const socket of this.relay.sockets) socket.send(message.bytes as Uint8Array<ArrayBuffer>);
  }

  /** Closes every connection, and asks those to come for so many seconds of rest. */
  takeDown(restSecs: number): void {
    this.#restSecs = restSecs;
    for (const socket of this.relay.sockets) socket.close(1001);
  }

  putUp(): void {
    this.#restSecs = null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.relay[Symbol.asyncDispose]();
  }
}
