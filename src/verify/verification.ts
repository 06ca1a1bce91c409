/**
 * Messages on their way from the socket, held until their verdicts are there. Several batches are under way at once, and
 * leave in the order in which they came; each account's messages are verified by one worker, in their order. What is held
 * is bounded in bytes: at the bound nothing more is taken from the socket.
 *
 * @module
 */
import { hashBytes } from "../atproto/bytes/hash.ts";
import { Messages } from "../atproto/bytes/messages.ts";
import { type Span, spanText } from "../atproto/bytes/span.ts";
import { readClaims } from "../atproto/claims.ts";
import { type Verdict, verdictOf } from "../atproto/verify.ts";
import type { IdentitySource } from "../identity/keys.ts";
import type { ToVerify } from "./job.ts";
import type { Verifiers } from "./pool.ts";
import { SecondLook, type SecondLookOptions } from "./second_look.ts";

/** What messages are verified by. */
export interface VerificationOptions extends Pick<SecondLookOptions, "observer" | "nowMs" | "wait"> {
  readonly verifiers: Verifiers;
  readonly identity: IdentitySource;
  /** Whether the messages of the account whose DID stands in a range of bytes are of use; others are not verified. */
  readonly isWanted: (bytes: Uint8Array, did: Span) => boolean;
  /** At so many bytes that are held no more is taken, unless nothing is held. */
  readonly maxBytes: number;
}

/** A message to verify. */
interface Item extends ToVerify {
  readonly did: string;
}

/** Messages that came together. */
interface Held {
  readonly messages: Messages;
  /** All of them, and nothing else. */
  readonly memory: ArrayBuffer;
  isDone: boolean;
  readonly done: Promise<void>;
}

const UNKNOWN = verdictOf("key-unknown");

/** Verifies what is read, and knows the verdicts until the messages are handled. */
export class Verification {
  readonly #options: VerificationOptions;
  readonly #secondLook: SecondLook;
  /** By the memory that a batch is in, and where a message begins there. */
  readonly #verdicts = new WeakMap<ArrayBufferLike, Map<number, Verdict>>();
  #waiting = 0;

  constructor(options: VerificationOptions) {
    const { verifiers } = options;
    this.#options = options;
    this.#secondLook = new SecondLook({ ...options, verify: (message) => verifyOne(verifiers, message) });
  }

  /** Messages that wait for their verdict. */
  get waiting(): number {
    return this.#waiting;
  }

  /** The verdict on a message that came {@linkcode through}; of one that was not of use then, that nothing is known. */
  of({ bytes }: { readonly bytes: Uint8Array }): Verdict {
    return this.#verdicts.get(bytes.buffer)?.get(bytes.byteOffset) ?? UNKNOWN;
  }

  /**
   * The same batches, each as soon as its verdicts and those before it are there; its memory is another, and freed when
   * more is asked for. Ends, or fails, as what it reads does, after all that came before.
   */
  async *through(received: AsyncGenerator<Messages>): AsyncGenerator<Messages> {
    const held: Held[] = [];
    let heldBytes = 0;
    let reading: Promise<Read> | null = readNext(received);
    let end: Exclude<Read, { kind: "batch" }> | null = null;
    try {
      while (true) {
        const [first] = held;
        if (first?.isDone === true) {
          // It failed, or it is done.
          await first.done;
          // Those that are freed have no length any more.
          heldBytes -= first.memory.byteLength;
          yield first.messages;
          held.shift();
          free(first);
        } else if (first === undefined && end !== null) {
          if (end.kind === "failed") throw end.error;
          return;
        } else {
          const next: Read | null = await Promise.race([
            ...(first === undefined ? [] : [first.done.then(() => null)]),
            ...(reading === null ? [] : [reading]),
          ]);
          if (next?.kind === "batch") {
            const taken = this.#take(next.messages);
            held.push(taken);
            heldBytes += taken.memory.byteLength;
            reading = null;
          } else if (next !== null) {
            end = next;
            reading = null;
          }
        }
        const hasRoom = held.length === 0 || heldBytes < this.#options.maxBytes;
        if (reading === null && end === null && hasRoom) reading = readNext(received);
      }
    } finally {
      await received.return(undefined);
      for (const each of held) free(each);
    }
  }

  /** Copies messages, as their memory is read into again, and begins to verify them. */
  #take(messages: Messages): Held {
    const memory = new Uint8Array(messages.bytes);
    const copies = new Messages();
    let at = 0;
    for (const message of messages) {
      memory.set(message, at);
      copies.add(memory, at, at + message.length);
      at += message.length;
    }
    const { length } = copies;
    this.#waiting += length;
    const done = this.#verify(copies).finally(() => this.#waiting -= length);
    const held: Held = { messages: copies, memory: memory.buffer, isDone: false, done };
    const settled = () => void (held.isDone = true);
    done.then(settled, settled);
    return held;
  }

  async #verify(messages: Messages): Promise<void> {
    const { verifiers, identity, isWanted } = this.#options;
    const shares: Item[][] = Array.from({ length: verifiers.count }, () => []);
    for (const bytes of messages) {
      const did = readClaims(bytes)?.did;
      if (did === undefined || !isWanted(bytes, did)) continue;
      const text = spanText(bytes, did);
      const share = shares[hashBytes(bytes, did.start, did.end) % shares.length];
      share?.push({ bytes, did: text, key: identity.keyOf(text) });
    }
    await Promise.all(shares.map((share, index) => share.length === 0 ? null : this.#share(index, share)));
  }

  async #share(index: number, items: readonly Item[]): Promise<void> {
    const found = await this.#options.verifiers.verify(index, items);
    const looks: Promise<void>[] = [];
    items.forEach((item, place) => {
      const verdict = found[place] ?? UNKNOWN;
      if (verdict.reason !== "signature-invalid") this.#set(item.bytes, verdict);
      else looks.push(this.#secondLook.look(item.did, item, verdict).then((final) => this.#set(item.bytes, final)));
    });
    await Promise.all(looks);
  }

  #set({ buffer, byteOffset }: Uint8Array, verdict: Verdict): void {
    let batch = this.#verdicts.get(buffer);
    if (batch === undefined) this.#verdicts.set(buffer, batch = new Map());
    batch.set(byteOffset, verdict);
  }
}

async function verifyOne(verifiers: Verifiers, message: ToVerify): Promise<Verdict> {
  const [verdict = UNKNOWN] = await verifiers.verify(0, [message]);
  return verdict;
}

/** What was read next: failures wait for their turn. */
type Read =
  | { readonly kind: "batch"; readonly messages: Messages }
  | { readonly kind: "end" }
  | { readonly kind: "failed"; readonly error: unknown };

function readNext(received: AsyncGenerator<Messages>): Promise<Read> {
  return received.next().then(
    (next): Read => next.done === true ? { kind: "end" } : { kind: "batch", messages: next.value },
    (error: unknown): Read => ({ kind: "failed", error }),
  );
}

/** The garbage collector might find it only after the next batches have taken as much. */
function free({ memory, messages }: Held): void {
  messages.clear();
  if (!memory.detached) memory.transfer(0);
}
