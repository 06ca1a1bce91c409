/**
 * A firehose for the bench, in a process of its own: the frames of a recording, over and over with rising numbers, as
 * fast as the consumer takes them or at a rate. It writes WebSocket frames that were put together beforehand, some
 * dozens at a time, as on two cores a server that spends more on a frame than its consumer is what would be measured;
 * the simulator's own can do faults, windows and resuming. It serves one consumer at a time, since all would share the
 * numbers. `serve.ts FILE FRAMES RATE [same|new|each] [PEM]`; prints its URL. With `new` the commits are of other accounts
 * each time round, as those of the same would be repeats to who follows their chains; with `each` a hundred thousand in a
 * row are of as many accounts. PEM has a certificate and its key, to serve over TLS.
 *
 * @module
 */
import { setTimeout as after } from "node:timers/promises";
import { onWire, upgradeAnswer } from "../scripts/websocket.ts";
import { readRecording } from "../src/upstream/recording.ts";
import { writeAll } from "../src/net/connection.ts";
import { FIRST_SEQ } from "./frames.ts";

const [file = "", total = "0", rate = "max", accounts = "same", pem = ""] = Deno.args;
const FRAMES = Number(total);
const PATH = "/xrpc/com.atproto.sync.subscribeRepos";
/** What is written at once: the consumer finds enough to read on, and nothing waits for long. */
const BURST = 64;
/** The key `seq` and the head of an integer of eight bytes. */
const SEQ_HEAD = [0x63, 0x73, 0x65, 0x71, 0x1b];
const MAX_REQUEST_BYTES = 8192;
/** The key `repo`, and the head of a text of 24 to 255 bytes without its length. */
const REPO_HEAD = [0x64, 0x72, 0x65, 0x70, 0x6f, 0x78];
/** So many letters behind `did:plc:` or `did:web:` have the number of an account. */
const ACCOUNT_LETTERS = 4;
const MANY_ACCOUNTS = 100_000;
const DID_PREFIX_LENGTH = "did:plc:".length;
const LETTERS = 26;
const LETTER_A = 0x61;

/** Frames one after another, as they go over the wire. */
interface Prepared {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where each begins; one more than there are frames. */
  readonly starts: readonly number[];
  /** Where the eight bytes of the number of each stand. */
  readonly seqs: readonly number[];
  /** Where the letters of the account of each stand that have its number; -1 for what is no commit. */
  readonly accounts: readonly number[];
}

async function prepare(): Promise<Prepared> {
  const frames: Uint8Array[] = [];
  for await (const { bytes } of readRecording(file)) frames.push(onWire(bytes));
  const bytes = new Uint8Array(frames.reduce((sum, { length }) => sum + length, 0));
  const [starts, seqs, accounts]: [number[], number[], number[]] = [[], [], []];
  let at = 0;
  for (const frame of frames) {
    const find = (head: readonly number[]) => frame.findIndex((_, i) => head.every((byte, k) => frame[i + k] === byte));
    const [found, repo] = [find(SEQ_HEAD), find(REPO_HEAD)];
    if (found < 0) throw new TypeError("Cannot serve a frame without a number");
    starts.push(at);
    seqs.push(at + found + SEQ_HEAD.length);
    accounts.push(repo < 0 ? -1 : at + repo + REPO_HEAD.length + 1 + DID_PREFIX_LENGTH);
    bytes.set(frame, at);
    at += frame.length;
  }
  return { bytes, starts: [...starts, at], seqs, accounts };
}

/** Answers the upgrade; gives the cursor that was asked for. */
async function upgrade(connection: Deno.Conn): Promise<number> {
  let request = "";
  const chunk = new Uint8Array(MAX_REQUEST_BYTES);
  while (!request.includes("\r\n\r\n")) {
    const read = await connection.read(chunk);
    if (read === null || request.length > MAX_REQUEST_BYTES) throw new TypeError("Cannot serve what is no request");
    request += new TextDecoder().decode(chunk.subarray(0, read));
  }
  const answer = upgradeAnswer(request);
  if (answer === null) throw new TypeError("Cannot serve what is no upgrade");
  await writeAll(connection, new TextEncoder().encode(answer));
  return Number(/[?&]cursor=(\d+)/.exec(request)?.[1] ?? "0");
}

/** Sends from the frame `first` on, until the consumer leaves. */
async function feed(connection: Deno.Conn, frames: Prepared, first: number): Promise<void> {
  const { bytes, starts, seqs } = frames;
  const view = new DataView(bytes.buffer);
  const startedMs = performance.now();
  for (let sent = first; sent < FRAMES;) {
    const due = rate === "max" ? FRAMES : first + (performance.now() - startedMs) * Number(rate) / 1000;
    const place = sent % seqs.length;
    const count = Math.min(BURST, seqs.length - place, FRAMES - sent, Math.floor(due - sent));
    if (count < 1) {
      await after(1);
      continue;
    }
    // What was written before has been copied by the system, so the numbers may change.
    for (let i = 0; i < count; i++) view.setBigUint64(seqs[place + i] ?? 0, BigInt(FIRST_SEQ + sent + i));
    if (accounts === "new") renameAccounts(frames, place, count, () => Math.floor(sent / seqs.length));
    if (accounts === "each") renameAccounts(frames, place, count, (i) => (sent + i) % MANY_ACCOUNTS);
    await writeAll(connection, bytes.subarray(starts[place], starts[place + count]));
    sent += count;
  }
}

/** Makes some of the commits those of accounts that have this number in their name. */
function renameAccounts(
  { bytes, accounts }: Prepared,
  place: number,
  count: number,
  numberOf: (i: number) => number,
): void {
  for (let i = 0; i < count; i++) {
    const at = accounts[place + i] ?? -1;
    if (at < 0) continue;
    for (let k = 0, rest = numberOf(i); k < ACCOUNT_LETTERS; k++, rest = Math.floor(rest / LETTERS)) {
      bytes[at + k] = LETTER_A + rest % LETTERS;
    }
  }
}

/** Ends the connection when the consumer says anything, which is that it leaves. */
async function serve(connection: Deno.Conn, frames: Prepared): Promise<void> {
  const cursor = await upgrade(connection);
  const left = connection.read(new Uint8Array(1024)).then(() => connection.close());
  await Promise.allSettled([left, feed(connection, frames, Math.max(0, cursor - FIRST_SEQ + 1))]);
}

const frames = await prepare();
const place = { hostname: "127.0.0.1", port: 0 };
const cert = pem === "" ? "" : await Deno.readTextFile(pem);
const listener = cert === "" ? Deno.listen(place) : Deno.listenTls({ ...place, cert, key: cert });
const scheme = cert === "" ? "ws" : "wss";
Deno.stdout.writeSync(new TextEncoder().encode(`${scheme}://127.0.0.1:${listener.addr.port}${PATH}\n`));
for await (const connection of listener) serve(connection, frames).catch(() => connection.close());
