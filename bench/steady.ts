/**
 * Memory over time: the program itself, at full speed or at a rate, into Kafka, looked at every second; and its heap
 * after each full collection, as V8 tells it.
 *
 * @module
 */
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { startBroker } from "../scripts/kafka.ts";
import { makeFrames, serveFrames } from "./frames.ts";
import { limitMemory } from "./memory_limit.ts";
import { median } from "./measure.ts";
import { residentMb, startProducer } from "./program.ts";

const MADE = 20_000;
const TOPIC = "steady";
/** The broker keeps little, as gigabytes come. */
const RETENTION = ["log.retention.bytes=268435456", "log.segment.bytes=67108864"]
  .concat(["log.retention.check.interval.ms=5000", "log.segment.delete.delay.ms=1000"]);

/** A line of V8's about a full collection: the heap before, and after it, each with what is committed for it. */
const FULL_COLLECTION = /Mark-Compact.* \([\d.]+\) -> ([\d.]+) \([\d.]+\) MB/;

/** What the program says when a connection to the firehose ends, whoever ends it. */
const LEFT = /The connection to the firehose ended|the firehose is disconnected/;

/**
 * Runs for so many minutes, under a limit of memory where one is given, and prints the medians of each tenth of that time:
 * what was resident, the most of it, and the heap after full collections; and how often the firehose was left.
 */
export async function runSteady(
  importMap: string,
  minutes: number,
  rate: string,
  memoryMb: number | null,
  say: (text: string) => void,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "bluesky_firehose_bench_" });
  await using stack = new AsyncDisposableStack();
  try {
    const file = join(folder, "frames.bin");
    say(`Making ${MADE} frames`);
    await makeFrames(file, MADE, 1000);
    await using broker = await startBroker({ properties: RETENTION, port: 0 });
    await using served = await serveFrames(importMap, file, 1e12, rate === "max" ? "max" : Number(rate));
    const program = startProducer(importMap, {
      url: served.url,
      brokers: broker.bootstrapServers,
      topic: TOPIC,
      cursorFile: join(folder, "cursor.json"),
      v8Flags: ",--trace-gc",
      logLevel: "debug",
      stderr: "piped",
    });
    if (memoryMb !== null) {
      const limit = await limitMemory(memoryMb * 1024 * 1024);
      // Its processes are gone when it is.
      await limit.add(program.pid);
      stack.use(limit);
    }
    const heaps: number[] = [];
    let left = 0;
    const reading = Promise.all([
      readLines(program.stdout, (line) => {
        const [, mb] = FULL_COLLECTION.exec(line) ?? [];
        if (mb !== undefined) heaps.push(Number(mb));
      }),
      readLines(program.stderr, (line) => {
        if (LEFT.test(line)) left++;
      }),
    ]);
    const [tenths, heapTenths]: [number[], (number | null)[]] = [[], []];
    let most = 0;
    for (let tenth = 1; tenth <= 10; tenth++) {
      const seen: number[] = [];
      for (let i = 0; i < Math.max(1, minutes * 6); i++) {
        await after(1000);
        seen.push(
          await residentMb(program.pid).catch(async () => {
            throw new Error(`The program did not live for long enough: ${JSON.stringify(await program.status)}`);
          }),
        );
      }
      most = Math.max(most, ...seen);
      tenths.push(Math.round(median(seen)));
      const collected = heaps.splice(0);
      heapTenths.push(collected.length === 0 ? null : Number(median(collected).toFixed(1)));
      say(
        `${tenth}/10: ${tenths.at(-1)} MB resident, heap ${heapTenths.at(-1)} MB after ${collected.length} collections`,
      );
    }
    program.kill("SIGTERM");
    const [{ code, signal }] = await Promise.all([program.status, reading]);
    const rssMb = { tenths, most };
    const ended = { code, signal };
    const memory = { memoryMb, receiveQueue: await receiveQueue(), rssMb, heapMb: heapTenths };
    const figures = { minutes, rate, ...memory, disconnects: left, ended };
    Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(figures)}\n`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** How many bytes of a connection the kernel holds at most; the runtime's WebSocket reads all of it at once. */
async function receiveQueue(): Promise<number> {
  const [, , most] = (await Deno.readTextFile("/proc/sys/net/ipv4/tcp_rmem")).trim().split(/\s+/);
  return Number(most);
}

/** Tells each line of an output. */
async function readLines(output: ReadableStream<Uint8Array>, tell: (line: string) => void): Promise<void> {
  let rest = "";
  for await (const text of output.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) tell(line);
  }
}
