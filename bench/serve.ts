/**
 * A firehose for the bench, in a process of its own: the frames of a recording, over and over with rising numbers, as
 * fast as the consumer takes them or at a rate. The simulator's own server can do faults, windows and resuming, and is
 * slower for it. `serve.ts FILE FRAMES RATE`; prints its URL.
 *
 * @module
 */
import { readRecording } from "../src/simulator/recording.ts";

const [file = "", total = "0", rate = "max"] = Deno.args;
const FRAMES = Number(total);
const RATE = rate === "max" ? Infinity : Number(rate);
const PATH = "/xrpc/com.atproto.sync.subscribeRepos";
/** Messages between two looks at what the consumer has taken. */
const BURST = 128;
const MAX_UNSENT_BYTES = 4_000_000;
const FIRST_SEQ = 31_500_000_000;
/** The key `seq` and the head of an integer of eight bytes. */
const SEQ_HEAD = [0x63, 0x73, 0x65, 0x71, 0x1b];

interface Prepared {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where the eight bytes of the number stand. */
  readonly seqAt: number;
}

async function prepare(): Promise<Prepared[]> {
  const frames: Prepared[] = [];
  for await (const { bytes } of readRecording(file)) {
    const at = bytes.findIndex((_, i) => SEQ_HEAD.every((byte, k) => bytes[i + k] === byte));
    if (at < 0) throw new TypeError("Cannot serve a frame without a number");
    frames.push({ bytes: bytes.slice(), seqAt: at + SEQ_HEAD.length });
  }
  return frames;
}

/** A copy with the number `seq`, as the one sent before may still be under way. */
function numbered({ bytes, seqAt }: Prepared, seq: number): Uint8Array<ArrayBuffer> {
  const copy = bytes.slice();
  new DataView(copy.buffer).setBigUint64(seqAt, BigInt(seq));
  return copy;
}

async function feed(socket: WebSocket, frames: readonly Prepared[], first: number): Promise<void> {
  const startedMs = performance.now();
  for (let sent = first; sent < FRAMES && socket.readyState === WebSocket.OPEN;) {
    const due = Math.min(
      FRAMES,
      RATE === Infinity ? sent + BURST : first + (performance.now() - startedMs) * RATE / 1000,
    );
    for (; sent < due; sent++) {
      const frame = frames[sent % frames.length];
      if (frame !== undefined) socket.send(numbered(frame, FIRST_SEQ + sent));
    }
    do {
      await new Promise<void>((resolve) => setTimeout(() => resolve(), RATE === Infinity ? 0 : 1));
    } while (socket.bufferedAmount > MAX_UNSENT_BYTES);
  }
}

const frames = await prepare();
Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => Deno.stdout.writeSync(new TextEncoder().encode(`ws://127.0.0.1:${port}${PATH}\n`)),
}, (request) => {
  const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
  const cursor = Number(new URL(request.url).searchParams.get("cursor") ?? "0");
  socket.onopen = () => void feed(socket, frames, Math.max(0, cursor - FIRST_SEQ + 1));
  return response;
});
