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
import { median } from "./measure.ts";
import { residentMb, startProducer } from "./program.ts";

const MADE = 20_000;
const TOPIC = "steady";
/** The broker keeps little, as gigabytes come. */
const RETENTION = ["log.retention.bytes=268435456", "log.segment.bytes=67108864"]
  .concat(["log.retention.check.interval.ms=5000", "log.segment.delete.delay.ms=1000"]);

/** A line of V8's about a full collection: the heap before, and after it, each with what is committed for it. */
const FULL_COLLECTION = /Mark-Compact.* \([\d.]+\) -> ([\d.]+) \([\d.]+\) MB/;

/**
 * Runs for so many minutes, and prints the medians of each tenth of that time: what was resident, the most of it, and
 * the heap after full collections.
 */
export async function runSteady(
  importMap: string,
  minutes: number,
  rate: string,
  say: (text: string) => void,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "bluesky_firehose_bench_" });
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
    });
    const heaps: number[] = [];
    const reading = readHeaps(program.stdout, (mb) => heaps.push(mb));
    const [tenths, heapTenths]: [number[], (number | null)[]] = [[], []];
    let most = 0;
    for (let tenth = 1; tenth <= 10; tenth++) {
      const seen: number[] = [];
      for (let i = 0; i < Math.max(1, minutes * 6); i++) {
        await after(1000);
        seen.push(await residentMb(program.pid));
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
    await Promise.all([program.status, reading]);
    const figures = { minutes, rate, receiveQueue: await receiveQueue(), rssMb: { tenths, most }, heapMb: heapTenths };
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

/** Tells the size of the heap after each full collection that V8 writes of. */
async function readHeaps(stdout: ReadableStream<Uint8Array>, tell: (mb: number) => void): Promise<void> {
  let rest = "";
  for await (const text of stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const [, mb] = FULL_COLLECTION.exec(line) ?? [];
      if (mb !== undefined) tell(Number(mb));
    }
  }
}
