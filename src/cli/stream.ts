/**
 * `stream`: from the firehose to Kafka, or to lines of JSON.
 *
 * @module
 */
import type { Context } from "../app/process.ts";
import { produce } from "../app/produce.ts";
import type { Resolved } from "../app/settings.ts";
import { type Config, OPTIONS, resolveConfig } from "../config/config.ts";
import { ephemeralReason } from "../cursor/ephemeral.ts";
import type { Figures } from "../telemetry/metrics.ts";
import { CursorMovedError } from "../kafka/client/errors.ts";
import { ADVICE } from "./advice.ts";
import { type Command, reportErrors } from "./command.ts";
import { STREAM_EXITS } from "./exit.ts";

const LASTING = "name a --cursor-file on a persistent volume or disk";

/** The `stream` command. */
export const STREAM: Command = {
  name: "stream",
  summary: "Read the firehose and write its records as CloudEvents to Kafka, Event Hubs or Fabric",
  options: OPTIONS,
  operands: [],
  mostUsed: [
    "kafkaBootstrapServers",
    "kafkaTopic",
    "createTopic",
    "output",
    "collections",
    "cursor",
    "cursorFile",
    "delivery",
    "maxEvents",
    "metricsPort",
  ],
  examples: [
    {
      line: "stream --output - --max-events 10",
      does: "ten events of the live network on the terminal, without a broker",
      first: true,
    },
    {
      line: "stream --kafka-bootstrap-servers localhost:9092 --kafka-topic bluesky --create-topic",
      does: "the live network into a local broker, until Ctrl+C",
      first: true,
    },
    {
      line: "stream --kafka-bootstrap-servers localhost:9092 --kafka-topic bluesky --cursor oldest " +
        "--collections app.bsky.feed.post",
      does: "all posts that the relay still has, then new ones",
    },
    {
      line: "stream --output - --cursor 2h --max-events 1000",
      does: "a thousand events, starting two hours ago",
    },
    {
      line: "stream --output events.ndjson --collections '*' --sample-rate 0.01",
      does: "one record in a hundred, of all collections, into a file",
    },
  ],
  exits: STREAM_EXITS,
  async run({ flags, env, files, errors }, context) {
    const resolution = resolveConfig(flags, env, files);
    const wrong = [...errors, ...(resolution.kind === "errors" ? resolution.errors : [])];
    if (resolution.kind === "errors" || wrong.length > 0) return reportErrors(wrong, resolution.warnings, context);
    const warnings = [...resolution.warnings, ...await cursorWarnings(resolution.config)];
    const { state } = await produceOn({ ...resolution, warnings }, context);
    return state.isUndelivered ? "undelivered" : "ok";
  },
};

/** Produces, and begins again where another instance moved the cursor and is gone: from that cursor. */
async function produceOn(resolved: Resolved, context: Context): Promise<Figures> {
  try {
    return await produce(resolved, context, ADVICE);
  } catch (error) {
    if (!(error instanceof CursorMovedError) || context.signal.aborted) throw error;
    // The place that the command names was that of the first start.
    return await produceOn({ ...resolved, config: { ...resolved.config, cursor: null }, warnings: [] }, context);
  }
}

async function cursorWarnings({ cursorFile, output, delivery }: Config): Promise<string[]> {
  if (output.kind !== "kafka" || delivery === "exactly-once") return [];
  // A path that cannot be looked at is an error where it is opened.
  const reason = await ephemeralReason(cursorFile).catch(() => null);
  return reason === null ? [] : [`The cursor file "${cursorFile}" ${reason}: ${LASTING}`];
}
