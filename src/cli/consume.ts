/**
 * `consume`: what is in a topic, as a person wants to see it, or as lines of JSON.
 *
 * @module
 */
import { openConnection } from "../app/connection.ts";
import { isAscii } from "../app/process.ts";
import { wait } from "../async.ts";
import { readTopic as readTopicName } from "../kafka/options/addresses.ts";
import { CONNECTION_OPTIONS } from "../kafka/options/options.ts";
import type { OptionTable } from "../config/option.ts";
import {
  integer,
  oneOf,
  type Read,
  readBoolean,
  readTimeOrAge,
  TIME_OR_AGE,
  timeMsOf,
  type TimeOrAge,
  value,
  wrong,
} from "../config/readers.ts";
import { type KafkaUse, resolveWithKafka } from "../config/config.ts";
import type { OriginsOf } from "../config/table.ts";
import type { TopicRecord } from "../kafka/consumer/cluster.ts";
import { readEvent } from "../events/from_record.ts";
import { prettyEvent } from "../events/pretty.ts";
import type { From } from "../kafka/consumer/read.ts";
import { printable, printableJson } from "../text/printable.ts";
import { redactor } from "../text/redact.ts";
import { type Command, reportErrors } from "./command.ts";
import { WORKING_EXITS } from "./exit.ts";
import { typesNamed, unknownType } from "./schema.ts";
import { writer } from "./standard_streams.ts";

/** All of them are in memory at once, of each partition. */
const MOST_LAST = 10_000;

/** The options of `consume`. */
export const CONSUME_OPTIONS = {
  ...CONNECTION_OPTIONS,
  kafkaTopic: {
    ...CONNECTION_OPTIONS.kafkaTopic,
    read: readTopicName,
    doc: "Topic to read. A connection string without EntityPath needs it",
  },
  from: {
    group: "Events",
    flag: "from",
    counterparts: ["cursor"],
    env: [],
    placeholder: "oldest|latest|OFFSET|TIME|AGE",
    read: readFrom,
    default: "oldest",
    doc: "Where to start in each partition: TIME like 2026-07-01T12:00:00Z, AGE like 5m (s, m, h, d), both by " +
      "record timestamp",
  },
  last: {
    group: "Events",
    flag: "last",
    env: [],
    placeholder: "COUNT",
    read: integer(1, MOST_LAST),
    default: null,
    defaultText: "see --from",
    doc: "Start with the last COUNT events of all partitions, by record timestamp; with --type, the last COUNT of " +
      "these types",
  },
  partition: {
    group: "Events",
    flag: "partition",
    env: [],
    placeholder: "NUMBER",
    read: integer(0, 0x7fffffff),
    default: null,
    defaultText: "all",
    doc: "Read this partition only",
  },
  type: {
    group: "Events",
    flag: "type",
    counterparts: ["collections"],
    env: [],
    placeholder: "TYPE,...",
    read: readTypes,
    default: null,
    defaultText: "all",
    doc: "Show events of these types only, such as Post or Bluesky.Feed.Post",
  },
  count: {
    group: "Events",
    flag: "count",
    counterparts: ["max-events", "events"],
    env: [],
    placeholder: "COUNT",
    read: integer(1, Number.MAX_SAFE_INTEGER),
    default: null,
    defaultText: "no limit",
    doc: "Stop after this many events",
  },
  untilEnd: {
    group: "Events",
    flag: "until-end",
    env: [],
    placeholder: "true|false",
    read: readBoolean,
    default: "false",
    implicitValue: "true",
    doc: "Stop at the end of the topic as of the start, instead of waiting for more",
  },
  format: {
    group: "Output",
    flag: "format",
    env: [],
    placeholder: "auto|pretty|ndjson",
    read: readForm,
    default: "auto",
    defaultText: "pretty on a terminal, ndjson otherwise",
    doc: "Format of events on standard output",
  },
} as const satisfies OptionTable;

/** The `consume` command. */
export const CONSUME: Command = {
  name: "consume",
  summary: "Show the events of a topic, without a consumer group and without committing offsets",
  options: CONSUME_OPTIONS,
  operands: [],
  mostUsed: ["kafkaBootstrapServers", "kafkaTopic", "from", "last", "partition", "type", "count", "untilEnd", "format"],
  examples: [
    {
      line: "consume --kafka-bootstrap-servers localhost:9092 --kafka-topic bluesky --count 10",
      does: "the ten oldest events of a topic",
      first: true,
    },
    {
      line: "consume --kafka-bootstrap-servers localhost:9092 --kafka-topic bluesky --last 10",
      does: "the last ten events, then new ones",
    },
    {
      line: "consume --kafka-bootstrap-servers localhost:9092 --kafka-topic bluesky --from latest",
      does: "new events, until Ctrl+C",
    },
    {
      line: "consume --kafka-bootstrap-servers localhost:9092 --kafka-topic bluesky --type post " +
        "--from 2026-07-01T12:00:00Z --count 10",
      does: "ten posts from noon on",
    },
    {
      line: "consume --kafka-bootstrap-servers localhost:9092 --kafka-topic bluesky --until-end --format ndjson " +
        "> events.ndjson",
      does: "the whole topic into a file",
    },
  ],
  exits: {
    ok: "stopped as requested: by Ctrl+C, --count or --until-end, or because the reader of standard output closed it",
    failed: "the topic cannot be read; standard error has the reason",
    ...WORKING_EXITS,
  },
  async run({ flags, env, files, errors }, context) {
    const resolution = resolveWithKafka(CONSUME_OPTIONS, flags, env, useOfConsume, files);
    const wrongs = [...errors, ...(resolution.kind === "errors" ? resolution.errors : [])];
    if (resolution.kind === "errors" || wrongs.length > 0) return reportErrors(wrongs, resolution.warnings, context);
    for (const warning of resolution.warnings) context.writeErr(`Warning: ${printable(warning)}\n`);
    const { kafka, from, last, partition, type, count, untilEnd, format } = resolution.config;
    if (kafka === null) throw new TypeError("Cannot open Kafka: the configuration has no settings for it");

    const redact = redactor(resolution.secrets);
    const hide = (text: string) => printable(redact(text));
    const write = writer(Deno.stdout, "ends");
    const isTerminal = Deno.stdout.isTerminal();
    const isPretty = format === "pretty" || (format === "auto" && isTerminal);
    const style = { colour: isTerminal && !isAscii(context.env) };
    const lineOf = (line: string) => `${isTerminal ? printableJson(line) : line}\n`;
    const isOfType = (given: string | null) => type === null || type.some((wanted) => wanted === given);
    let shown = 0;
    let others = 0;
    /** Shows one record; false when no more are wanted. */
    const show = (record: TopicRecord): boolean => {
      const read = readEvent(record);
      if (read.kind === "other") {
        if (others++ === 0) {
          context.writeErr(
            `Skipping a record that is not a CloudEvent: ${placeOf(record)}, ${printable(read.reason)}\n`,
          );
        }
        return true;
      }
      if (!isOfType(read.type)) return true;
      shown++;
      return write(isPretty ? prettyEvent(read.event, record, style) : lineOf(read.line)) && shown !== count;
    };

    const { readTopic } = await import("../kafka/consumer/read.ts");
    const connection = await openConnection(kafka, resolution.origins);
    const isWanted = (record: TopicRecord) => {
      const read = readEvent(record);
      return read.kind === "event" && isOfType(read.type);
    };
    const begin: From = last !== null
      ? { kind: "last", count: last, isWanted }
      : from.kind === "age"
      ? { kind: "time", timeMs: timeMsOf(from, Date.now()) }
      : from;
    const batches = readTopic({ kafka: connection, from: begin, partition, untilEnd, wait }, {
      opened({ partitions, records }) {
        const more = untilEnd ? "" : ", then waiting for more; Ctrl+C stops";
        context.writeErr(`Reading ${printable(kafka.topic)} (partitions: ${partitions}, records: ${records})${more}\n`);
      },
      silent({ reason }) {
        context.writeErr(`${hide(reason)}; waiting for it\n`);
      },
      interrupted({ reason, retryInMs, answered }) {
        const what = answered ? "Kafka cannot be read now" : "Kafka does not respond";
        context.writeErr(`${what} (${hide(reason)}); retrying in ${retryInMs / 1000} s\n`);
      },
    }, context.signal);
    for await (const records of batches) if (!records.every(show)) break;
    const passed = others === 0 ? "" : `; records skipped because they are not CloudEvents: ${others}`;
    context.writeErr(`Events shown: ${shown}${passed}\n`);
    return "ok";
  },
};

function placeOf({ partition, offset }: TopicRecord): string {
  return `partition ${partition}, offset ${offset}`;
}

/** A place to begin at is one thing, and how many of the last events another. */
function useOfConsume(_values: unknown, { from, last }: OriginsOf<typeof CONSUME_OPTIONS>): KafkaUse {
  const isBoth = from.kind === "flag" && last.kind === "flag";
  return {
    needed: true,
    errors: isBoth ? ["Cannot use --last with --from: both say where to begin; expected one of them"] : [],
  };
}

/** Reads `oldest`, `latest`, an offset, a time, or how long ago. */
function readFrom(text: string): Read<From | TimeOrAge> {
  const word = text.toLowerCase();
  if (word === "oldest" || word === "latest") return value({ kind: word });
  if (/^\d{1,18}$/.test(text)) return value({ kind: "offset", offset: BigInt(text) });
  const when = readTimeOrAge(text);
  return when.kind === "value" ? when : wrong(when.is, `oldest, latest, an offset, ${TIME_OR_AGE}`);
}

/** Reads the form of the events; `json` is what `stream` calls lines of it. */
function readForm(text: string): Read<"auto" | "pretty" | "ndjson"> {
  return oneOf(["auto", "pretty", "ndjson"])(text.toLowerCase() === "json" ? "ndjson" : text);
}

/** Reads types with commas between them. */
function readTypes(text: string): Read<readonly string[]> {
  const types: string[] = [];
  for (const name of text.split(",").map((part) => part.trim())) {
    const found = typesNamed(name);
    if (found.length === 0) return wrong(unknownType(name).replace(/^[^:]*: /, ""), "a list of types");
    types.push(...found.map(({ type }) => type));
  }
  return value(types);
}
