/**
 * Memory over time: the program itself, at full speed or at a rate, into Kafka, looked at every second.
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

/** Runs for so many minutes, and prints the median resident memory of each tenth of that time, and the most. */
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
    });
    const tenths: number[] = [];
    let most = 0;
    for (let tenth = 1; tenth <= 10; tenth++) {
      const seen: number[] = [];
      for (let i = 0; i < Math.max(1, minutes * 6); i++) {
        await after(1000);
        seen.push(await residentMb(program.pid));
      }
      most = Math.max(most, ...seen);
      tenths.push(Math.round(median(seen)));
      say(`${tenth}/10: ${tenths.at(-1)} MB resident`);
    }
    program.kill("SIGTERM");
    await program.status;
    const figures = { minutes, rate, rssMb: { tenths, most } };
    Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(figures)}\n`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
