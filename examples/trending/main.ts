/**
 * A page with the hashtags and links of the last ten minutes, from a topic that the producer fills.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { parseArgs } from "node:util";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { CompressionCodecs, CompressionTypes, type EachBatchPayload, Kafka, logLevel } from "kafkajs";
import { countsHtml, servePage } from "./page.ts";
import { readEvent, Trending, WINDOW_MS } from "./trending.ts";

const UPDATE_MS = 1000;

function fail(message: string, advice: string): never {
  console.error(`Error: ${message}\n${advice}`);
  Deno.exit(1);
}

function attempt<T>(run: () => T, advice: string): T {
  try {
    return run();
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error), advice);
  }
}

const { values: options } = attempt(() =>
  parseArgs({
    options: {
      "kafka-bootstrap-servers": { type: "string", default: "localhost:9092" },
      "kafka-topic": { type: "string", default: "bluesky" },
      "port": { type: "string", default: "8080" },
    },
  }), "Options: --kafka-bootstrap-servers HOST:PORT,... --kafka-topic TOPIC --port PORT");
const servers = options["kafka-bootstrap-servers"];
const topic = options["kafka-topic"];

const page = attempt(
  () => servePage(Number(options.port), topic),
  `Cannot listen on port ${options.port}: choose another`,
);
// KafkaJS itself reads gzip alone.
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: ({ buffer }: { buffer: Uint8Array }) => Promise.resolve(zstdCompressSync(buffer)),
  decompress: (bytes: Uint8Array) => Promise.resolve(zstdDecompressSync(bytes)),
});
const kafka = new Kafka({
  clientId: "trending-example",
  brokers: servers.split(","),
  logLevel: logLevel.NOTHING,
  retry: { retries: 3, maxRetryTime: 5000 },
});
/** The offset of the first record in the window, by partition; null: there is no such topic. */
async function findStart(): Promise<Map<number, string> | null> {
  const admin = kafka.admin();
  await admin.connect();
  if (!(await admin.listTopics()).includes(topic)) return null;
  const offsets = await admin.fetchTopicOffsetsByTimestamp(topic, Date.now() - WINDOW_MS);
  await admin.disconnect();
  return new Map(offsets.map(({ partition, offset }) => [partition, offset]));
}

/** The next offset to read, by partition. */
const positions =
  await findStart().catch(({ message }) =>
    fail(`Kafka is unreachable at ${servers}: ${message}`, "Start a broker: deno task kafka")
  ) ?? fail(`Topic "${topic}" does not exist at ${servers}`, "Fill it first: see examples/trending/README.md");

const trending = new Trending();
let answeredMs = Date.now();

function takeBatch({ batch }: EachBatchPayload): Promise<void> {
  for (const { value, headers, timestamp } of batch.messages) {
    const event = readEvent(value?.toString() ?? null, headers ?? {});
    if (event !== null) trending.add(event, Math.min(Number(timestamp), Date.now()));
  }
  positions.set(batch.partition, `${BigInt(batch.lastOffset()) + 1n}`);
  return Promise.resolve();
}

// Counts live in memory, so nothing is committed, and each run has a group of its own. KafkaJS reads committed records
// only. After an outage the group waits for the member that it had, for as long as these times say.
const consumer = kafka.consumer({
  groupId: `trending-example-${crypto.randomUUID()}`,
  sessionTimeout: 10_000,
  rebalanceTimeout: 10_000,
});
consumer.on("consumer.group_join", () => {
  for (const [partition, offset] of positions) consumer.seek({ topic, partition, offset });
});
consumer.on("consumer.fetch", () => void (answeredMs = Date.now()));
consumer.on("consumer.crash", ({ payload: { error, restart } }) => {
  if (!restart) fail(`Cannot read topic "${topic}": ${error.message}`, "Compression must be none, gzip or zstd");
});
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
await consumer.run({ autoCommit: false, eachBatch: takeBatch });

console.log(`Trending: ${page.url} (Ctrl+C stops)`);
const timer = setInterval(() => {
  const nowMs = Date.now();
  page.publish(countsHtml(trending.counts(nowMs), nowMs, nowMs - answeredMs));
}, UPDATE_MS);

async function stop(): Promise<void> {
  clearInterval(timer);
  page.close();
  // A broker that is gone must not keep the example running.
  await Promise.race([consumer.disconnect(), new Promise((resolve) => setTimeout(resolve, 3000))]);
  Deno.exit(0);
}
for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, stop);
