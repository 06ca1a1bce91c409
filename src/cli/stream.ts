/**
 * `stream`: from the firehose to Kafka, or to lines of JSON.
 *
 * @module
 */
import { OPTIONS } from "../config/options.ts";
import { type Config, resolveConfig } from "../config/resolve.ts";
import { CursorFile } from "../cursor/file.ts";
import { CursorMovedError } from "../sink/kafka/errors.ts";
import { type Command, tellMistakes } from "./command.ts";
import type { Context } from "./context.ts";
import { produce, type Resolved } from "./producer.ts";

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
  async run({ flags, env, files, mistakes }, context) {
    const resolution = resolveConfig(flags, env, files);
    const wrong = [...mistakes, ...(resolution.kind === "mistakes" ? resolution.mistakes : [])];
    if (resolution.kind === "mistakes" || wrong.length > 0) return tellMistakes(wrong, resolution.warnings, context);
    const warnings = [...resolution.warnings, ...await cursorWarnings(resolution.config)];
    await produceOn({ ...resolution, warnings }, context);
    return "ok";
  },
};

/** Produces, and begins again where another instance moved the cursor and is gone: from that cursor. */
async function produceOn(resolved: Resolved, context: Context): Promise<void> {
  try {
    await produce(resolved, context);
  } catch (error) {
    if (!(error instanceof CursorMovedError) || context.signal.aborted) throw error;
    // The place that the command names was that of the first start.
    await produceOn({ ...resolved, config: { ...resolved.config, cursor: null }, warnings: [] }, context);
  }
}

async function cursorWarnings({ cursorFile, output, delivery }: Config): Promise<string[]> {
  if (output.kind !== "kafka" || delivery === "exactly-once" || !(await new CursorFile(cursorFile).isEphemeral())) {
    return [];
  }
  return [
    `The cursor file "${cursorFile}" is on the container's own file system and is lost with it: ` +
    "put it on a volume and name it by --cursor-file",
  ];
}
