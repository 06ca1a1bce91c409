/**
 * `demo`: simulator and producer together, over a real WebSocket, to be seen in a few seconds.
 *
 * @module
 */
import { type Context, isAscii } from "../app/process.ts";
import { produce } from "../app/produce.ts";
import { decodeHeaders, encodeHeaders } from "../record/headers.ts";
import { KAFKA_OPTIONS, OPTIONS, resolve, resolveConfig } from "../config/config.ts";
import { type OptionTable, outputSwitch } from "../config/option.ts";
import { integer } from "../config/readers.ts";
import type { Environment, FlagTexts } from "../config/table.ts";
import { Screen } from "../telemetry/status.ts";
import { readEvent } from "../events/from_record.ts";
import { ProducerRecord } from "../record/producer_record.ts";
import { printableJson } from "../text/printable.ts";
import { ADVICE } from "./advice.ts";
import { type Command, reportErrors } from "./command.ts";
import { WORKING_EXITS } from "./exit.ts";
import { DEMO_EVENTS } from "./first_line.ts";
import { START_OPTION, worldTime } from "./simulate.ts";

/** The options of `demo`. */
export const DEMO_OPTIONS = {
  events: {
    group: "Events",
    flag: "events",
    counterparts: ["max-events", "count"],
    env: [],
    placeholder: "COUNT",
    read: integer(1, 1_000_000),
    default: String(DEMO_EVENTS),
    doc: "Events to deliver",
  },
  rate: {
    group: "Firehose",
    flag: "rate",
    env: [],
    placeholder: "COUNT",
    read: integer(1, 100_000),
    default: "1000",
    doc: "Messages per second of the simulated firehose",
  },
  seed: {
    group: "Firehose",
    flag: "seed",
    env: [],
    placeholder: "NUMBER",
    read: integer(0, 4_294_967_295),
    default: "1",
    doc: "The same seed makes the same events, if --start is the same TIME as well",
  },
  start: START_OPTION,
  verbose: outputSwitch("verbose", "Show one event of each type"),
  watch: outputSwitch("watch", "Run until stopped, and serve the status page"),
  keep: outputSwitch("keep", "Keep the temporary folder with the events, and print its path"),
  ...KAFKA_OPTIONS,
} as const satisfies OptionTable;

const WATCH_WITH_EVENTS = "Cannot use --watch with --events: it runs until it is stopped; expected one of them";
const NO_HEADERS = encodeHeaders([]);
const OWN = ["events", "rate", "seed", "start", "verbose", "watch", "keep"];
/** Short pasts, as longer ones would have to be made first, and make commits larger, which nobody sees here. */
const WORLD = { accounts: 50, firstSeq: 31_500_000_000, pastRecords: 300 } as const;
const WINDOW = 100_000;
const REDRAW_MS = 250;
const PLAIN_LINE_MS = 1000;
/** The type that says most of what an event is. */
const EXAMPLE = "Bluesky.Feed.Post";

/** The `demo` command. */
export const DEMO: Command = {
  name: "demo",
  summary: "Run simulator and producer together, without a network, and without a broker unless one is named",
  options: DEMO_OPTIONS,
  operands: [],
  mostUsed: ["events", "rate", "seed", "start", "kafkaBootstrapServers", "kafkaTopic", "createTopic"],
  examples: [
    { line: "demo", does: "2,000 made-up events into a file in a temporary folder", first: true },
    { line: "demo --watch", does: "made-up events until Ctrl+C, with the status page" },
    { line: "demo --keep --verbose", does: "the same, showing an event of each type and keeping the file" },
    {
      line: "demo --kafka-bootstrap-servers localhost:9092 --kafka-topic demo --create-topic",
      does: "the same into Kafka",
    },
  ],
  exits: {
    ok: "all events were delivered, or it was stopped as requested",
    failed: "the events cannot be delivered; standard error has the reason",
    fenced: "another demo took over (--delivery exactly-once)",
    ...WORKING_EXITS,
  },
  async run({ flags, env, files, errors }, context) {
    const own = resolve(DEMO_OPTIONS, flags, env, files);
    const both = own.kind !== "errors" && own.config.watch && flags["events"] !== undefined ? [WATCH_WITH_EVENTS] : [];
    const wrong = [...errors, ...(own.kind === "errors" ? own.errors : []), ...both];
    if (own.kind === "errors" || wrong.length > 0) return reportErrors(wrong, own.warnings, context);
    const { rate, seed, start, verbose, watch, keep, kafkaBootstrapServers, connectionString } = own.config;
    const events = watch ? null : own.config.events;
    const usesKafka = kafkaBootstrapServers !== null || connectionString !== null;

    const { serve } = await import("../simulator/server.ts");
    const { worldSource } = await import("../simulator/sources.ts");
    const source = await worldSource({ ...WORLD, ...worldTime(start), seed });
    await using server = serve(source, { port: 0, rate, window: WINDOW, faults: [] });

    await using folder = await temporaryFolder(keep);
    const file = `${folder.path}/events.ndjson`;
    // What is watched runs until somebody stops it; a file of it would fill the disk.
    const isKept = !watch || keep;
    const texts = streamFlags(flags, {
      firehoseUrl: server.url,
      cursor: "oldest",
      cursorFile: `${folder.path}/cursor.json`,
      collections: OPTIONS.collections.empty,
      ...(events === null ? { metricsPort: "0" } : { maxEvents: String(events) }),
      output: usesKafka ? "kafka" : isKept ? file : "-",
      logFormat: "text",
      logLevel: "warn",
    });
    const resolution = usesKafka
      ? resolveConfig(texts, kafkaVariables(env), files)
      : resolveConfig(withoutKafka(texts), {});
    if (resolution.kind === "errors") return reportErrors(resolution.errors, resolution.warnings, context);

    const examples = new Map<string, ProducerRecord>();
    let delivered: ReadonlyMap<string, number>;
    {
      using progress = showProgress(events, isKept ? context : withoutOutput(context));
      const { metrics } = await produce(resolution, progress.context, ADVICE, (record) => {
        progress.delivered();
        // A copy, as a record is gone once it was delivered.
        if (!examples.has(record.type)) examples.set(record.type, ProducerRecord.of(record));
      }, (url) => context.writeOut(`\nThe status page: ${url}/\nCtrl+C stops the demo.\n\n`));
      delivered = new Map(metrics.delivered.entries());
    }
    tellCounts(context, delivered);
    const one = examples.get(EXAMPLE) ?? [...examples.values()][0];
    for (const record of verbose ? examples.values() : one === undefined ? [] : [one]) tellExample(context, record);
    if (keep) {
      context.writeOut(
        `\n${usesKafka ? "The temporary folder" : "All events, one a line"}: ${usesKafka ? folder.path : file}\n`,
      );
    }
    context.writeOut(NEXT);
    return "ok";
  },
};

/** A folder that is removed at the end, unless it is to be kept. */
async function temporaryFolder(keep: boolean): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir({ prefix: "bluesky_firehose_demo_" });
  const remove = async () => {
    if (!keep) await Deno.remove(path, { recursive: true });
  };
  return { path, [Symbol.asyncDispose]: remove };
}

/** The same process, whose standard output takes events and shows none. */
function withoutOutput(context: Context): Context {
  return { ...context, outTerminal: false, writeEvents: (bytes) => Promise.resolve(bytes.length) };
}

/** How far the demo is, until disposed. */
interface Progress extends Disposable {
  /** One more event was delivered. */
  readonly delivered: () => void;
  /** The context for what runs meanwhile: what it writes to standard error stands above the progress. */
  readonly context: Context;
}

/** Shows how many events are delivered, of how many if that is known: in place on a terminal, elsewhere by a line a second. */
function showProgress(events: number | null, context: Context): Progress {
  const redraw = !context.terminal ? "never" : isAscii(context.env) ? "plain" : "escapes";
  const screen = new Screen(context.writeErr, redraw);
  let count = 0;
  const show = () => {
    const of = events === null ? "" : ` of ${events.toLocaleString("en")}`;
    const text = `${count.toLocaleString("en")}${of} events delivered`;
    if (context.terminal) screen.status(text);
    else screen.line(text);
  };
  show();
  const timer = setInterval(show, context.terminal ? REDRAW_MS : PLAIN_LINE_MS);
  return {
    delivered: () => void count++,
    context: { ...context, terminal: false, writeErr: (text) => screen.line(text.replace(/\n$/, "")) },
    [Symbol.dispose]: () => {
      clearInterval(timer);
      show();
      screen.end();
    },
  };
}

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

function tellCounts(context: Context, delivered: ReadonlyMap<string, number>): void {
  context.writeOut("\nDelivered:\n");
  for (const [type, count] of [...delivered].sort(([, a], [, b]) => b - a)) {
    context.writeOut(`  ${String(count).padStart(7)}  ${type}\n`);
  }
}

function tellExample(context: Context, record: ProducerRecord): void {
  const read = readEvent({ value: record.value, headers: decodeHeaders(record.headers ?? NO_HEADERS) });
  const event = read.kind === "event" ? read.event : null;
  context.writeOut(`\nThe first ${record.type}:\n${linesOf(event)}\n`);
}

/** An event over many lines, as a terminal may have it. */
function linesOf(event: unknown): string {
  return JSON.stringify(event, null, 2).split("\n").map(printableJson).join("\n");
}

const NEXT = `
What to run next:
  bluesky_firehose stream --output - --max-events 10
      ten events of the live network
  bluesky_firehose stream --kafka-bootstrap-servers localhost:9092 --kafka-topic bluesky --create-topic
      the live network into your broker
  bluesky_firehose stream --help
      every flag
From source, "deno task start" stands for "bluesky_firehose".
`;
