/**
 * `demo`: simulator and producer together, over a real WebSocket, to be seen in a few seconds.
 *
 * @module
 */
import { decodeHeaders, encodeHeaders } from "../codec/record_headers.ts";
import { KAFKA_OPTIONS, type OptionTable } from "../config/options.ts";
import { integer } from "../config/readers.ts";
import { resolve, resolveConfig } from "../config/resolve.ts";
import type { Environment, FlagTexts } from "../config/table.ts";
import { readEvent } from "../reader/event.ts";
import { OutRecord } from "../out_record.ts";
import { type Command, tellMistakes } from "./command.ts";
import type { Context } from "./context.ts";
import { WORKING_EXITS } from "./exit.ts";
import { produce } from "./producer.ts";
import { START_OPTION, worldTime } from "./simulate.ts";

/** The options of `demo`. */
export const DEMO_OPTIONS = {
  events: {
    group: "Events",
    flag: "events",
    elsewhere: ["max-events", "count"],
    env: [],
    hint: "COUNT",
    read: integer(1, 1_000_000),
    default: "2000",
    doc: "Events to deliver",
  },
  rate: {
    group: "Firehose",
    flag: "rate",
    env: [],
    hint: "COUNT",
    read: integer(1, 100_000),
    default: "500",
    doc: "Messages a second of the simulated firehose",
  },
  seed: {
    group: "Firehose",
    flag: "seed",
    env: [],
    hint: "NUMBER",
    read: integer(0, 4_294_967_295),
    default: "1",
    doc: "The same seed makes the same events, if --start is the same TIME too",
  },
  start: START_OPTION,
  ...KAFKA_OPTIONS,
} as const satisfies OptionTable;

const NO_HEADERS = encodeHeaders([]);
const OWN = ["events", "rate", "seed", "start"];
const WORLD = { accounts: 50, firstSeq: 31_500_000_000 } as const;
const WINDOW = 100_000;

/** The `demo` command. */
export const DEMO: Command = {
  name: "demo",
  summary: "Show simulator and producer together: no network, and no broker unless one is named",
  options: DEMO_OPTIONS,
  operands: [],
  mostUsed: ["events", "rate", "seed", "start", "kafkaBootstrapServers", "kafkaTopic", "createTopic"],
  examples: [
    { line: "demo", does: "2,000 made-up events into a file in a temporary folder", first: true },
    {
      line: "demo --kafka-bootstrap-servers localhost:9092 --kafka-topic demo --create-topic",
      does: "the same into Kafka",
    },
  ],
  exits: {
    ok: "all events were delivered, or it was stopped as asked",
    failed: "the events cannot be delivered, and standard error says why",
    fenced: "another demo took over (--delivery exactly-once)",
    ...WORKING_EXITS,
  },
  async run({ flags, env, files, mistakes }, context) {
    const own = resolve(DEMO_OPTIONS, flags, env, files);
    const wrong = [...mistakes, ...(own.kind === "mistakes" ? own.mistakes : [])];
    if (own.kind === "mistakes" || wrong.length > 0) return tellMistakes(wrong, own.warnings, context);
    const { events, rate, seed, start, kafkaBootstrapServers, connectionString } = own.config;
    const usesKafka = kafkaBootstrapServers !== null || connectionString !== null;

    const { serve } = await import("../simulator/server.ts");
    const { worldSource } = await import("../simulator/sources.ts");
    const source = await worldSource({ ...WORLD, ...worldTime(start), seed });
    await using server = serve(source, { port: 0, rate, window: WINDOW, faults: [] });

    const folder = await Deno.makeTempDir({ prefix: "bluesky_firehose_demo_" });
    const file = `${folder}/events.ndjson`;
    const texts = streamFlags(flags, {
      firehoseUrl: server.url,
      cursor: "oldest",
      cursorFile: `${folder}/cursor.json`,
      collections: "*",
      maxEvents: String(events),
      output: usesKafka ? "kafka" : file,
      logFormat: "text",
      logLevel: context.terminal ? "warn" : "info",
    });
    const resolution = usesKafka
      ? resolveConfig(texts, kafkaVariables(env), files)
      : resolveConfig(withoutKafka(texts), {});
    if (resolution.kind === "mistakes") return tellMistakes(resolution.mistakes, resolution.warnings, context);

    const examples = new Map<string, OutRecord>();
    const metrics = await produce(resolution, context, (record) => {
      // A copy, as a record is gone once it was delivered.
      if (!examples.has(record.type)) examples.set(record.type, OutRecord.of(record));
    });
    tell(context, metrics.delivered, examples);
    context.writeOut(next(usesKafka ? null : file));
    return "ok";
  },
};

function streamFlags(flags: FlagTexts, fixed: FlagTexts): FlagTexts {
  return { ...Object.fromEntries(Object.entries(flags).filter(([name]) => !OWN.includes(name))), ...fixed };
}

function withoutKafka(flags: FlagTexts): FlagTexts {
  return Object.fromEntries(Object.entries(flags).filter(([name]) => !Object.hasOwn(KAFKA_OPTIONS, name)));
}

/** What the environment says of Kafka; the firehose and the events of the demo are its own. */
function kafkaVariables(env: Environment): Environment {
  const names = Object.values(KAFKA_OPTIONS).flatMap((spec): readonly string[] => spec.env);
  return Object.fromEntries(Object.entries(env).filter(([name]) => names.includes(name)));
}

function tell(
  context: Context,
  delivered: ReadonlyMap<string, number>,
  examples: ReadonlyMap<string, OutRecord>,
): void {
  context.writeOut("\nDelivered:\n");
  for (const [type, count] of [...delivered].sort(([, a], [, b]) => b - a)) {
    context.writeOut(`  ${String(count).padStart(7)}  ${type}\n`);
  }
  for (const [type, record] of examples) {
    const read = readEvent({ value: record.value, headers: decodeHeaders(record.headers ?? NO_HEADERS) });
    const event = read.kind === "event" ? read.event : null;
    context.writeOut(`\nThe first ${type}:\n${JSON.stringify(event, null, 2)}\n`);
  }
}

function next(file: string | null): string {
  const where = file === null ? "" : `\nAll events, one a line: ${file}\n`;
  return `${where}
What to run next:
  bluesky_firehose stream --output - --max-events 10
      ten events of the live network
  bluesky_firehose stream --kafka-bootstrap-servers localhost:9092 --kafka-topic bluesky --create-topic
      the live network into your broker
  bluesky_firehose stream --help
      every flag
From source, "deno task start" stands for "bluesky_firehose".
`;
}
