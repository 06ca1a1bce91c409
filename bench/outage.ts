/**
 * Memory through an outage: the program at 2,000 frames a second, whose broker is killed for 60 s. Afterwards all of
 * it must have arrived.
 *
 * @module
 */
import { Kafka, logLevel } from "kafkajs";
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { startBroker } from "../scripts/kafka.ts";
import { makeFrames, serveFrames } from "./frames.ts";
import { residentMb, startProducer } from "./program.ts";

const RATE = 2000;
const BEFORE_S = 20;
const OUTAGE_S = 60;
const AFTER_S = 30;
const TOPIC = "outage";
/** Frames that are made; they are served over and over. */
const MADE = 20_000;

/** Measures, and prints the resident memory of each phase in megabytes and how many records arrived. */
export async function runOutage(importMap: string, say: (text: string) => void): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "bluesky_firehose_bench_" });
  const frames = RATE * (BEFORE_S + OUTAGE_S + AFTER_S);
  try {
    const file = join(folder, "frames.bin");
    say(`Making ${MADE} frames`);
    await makeFrames(file, Math.min(frames, MADE), 1000);
    await using broker = await startBroker({ properties: [], port: 0 });
    await using served = await serveFrames(importMap, file, frames, RATE);
    const program = startProducer(importMap, {
      url: served.url,
      brokers: broker.bootstrapServers,
      topic: TOPIC,
      cursorFile: join(folder, "cursor.json"),
    });
    const watch = async (phase: string, seconds: number) => {
      let most = 0;
      for (let i = 0; i < seconds; i++) {
        await after(1000);
        most = Math.max(most, await residentMb(program.pid));
      }
      say(`${phase}: at most ${most} MB resident`);
      return most;
    };
    const phases = [await watch("before", BEFORE_S)];
    await broker.kill();
    phases.push(await watch("outage", OUTAGE_S));
    await broker.restart();
    phases.push(await watch("after", AFTER_S));
    // A last frame may lie in a batch that waits; SIGTERM drains it.
    await after(20_000);
    program.kill("SIGTERM");
    const { code } = await program.status;
    const records = await countRecords(broker.bootstrapServers);
    const [before = 0, outage = 0, later = 0] = phases;
    const figures = { frames, records, code, rssMb: { before, outage, after: later } };
    Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(figures)}\n`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function countRecords(brokers: string): Promise<number> {
  const admin = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(TOPIC);
  await admin.disconnect();
  return offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
}
