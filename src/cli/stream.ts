/**
 * `stream`: from the firehose to Kafka, or to lines of JSON.
 *
 * @module
 */
import { OPTIONS } from "../config/options.ts";
import { resolveConfig } from "../config/resolve.ts";
import { type Command, tellMistakes } from "./command.ts";
import { produce } from "./producer.ts";

/** The `stream` command. */
export const STREAM: Command = {
  name: "stream",
  summary: "Read the firehose and write its records as CloudEvents to Kafka, Event Hubs or Fabric",
  options: OPTIONS,
  operands: [],
  examples: [
    {
      line: "stream --output - --max-events 10",
      does: "ten events of the live network on the screen, no broker needed",
    },
    { line: "stream --kafka-bootstrap-servers localhost:9092 --kafka-topic bluesky", does: "into a local broker" },
    { line: "stream --cursor oldest --collections app.bsky.feed.post ...", does: "all posts the relay still has" },
  ],
  async run({ flags, env, mistakes }, context) {
    const resolution = resolveConfig(flags, env);
    const wrong = [...mistakes, ...(resolution.kind === "mistakes" ? resolution.mistakes : [])];
    if (resolution.kind === "mistakes" || wrong.length > 0) return tellMistakes(wrong, resolution.warnings, context);
    await produce(resolution, context);
    return "ok";
  },
};
