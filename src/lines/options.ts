/**
 * The options of where events go, and of events and dead letters as lines of text.
 *
 * @module
 */
import { choice, type OptionTable } from "../config/option.ts";
import { type Read, readFilePath, value, wrong } from "../config/readers.ts";

/** Where events go: into Kafka, to standard output, or to the end of a file. */
export type Output =
  | { readonly kind: "kafka" }
  | { readonly kind: "stdout" }
  | { readonly kind: "file"; readonly path: string };

/** Reads `kafka`, `-` or the path of a file; a file named kafka is `./kafka`. */
export function readOutput(text: string): Read<Output> {
  if (text === "kafka") return value({ kind: "kafka" });
  if (text === "-") return value({ kind: "stdout" });
  const path = readFilePath(text);
  return path.kind === "value"
    ? value({ kind: "file", path: path.value })
    : wrong(path.is, "kafka, - or the path of a file");
}

/** The forms of events as text. */
export const LINE_FORMATS = ["pretty", "json"] as const;

/** One of {@linkcode LINE_FORMATS}. */
export type LineFormat = typeof LINE_FORMATS[number];

/** The options about the output. */
export const OUTPUT_OPTIONS = {
  output: {
    group: "Output",
    flag: "output",
    env: ["BLUESKY_OUTPUT"],
    placeholder: "kafka|-|PATH",
    read: readOutput,
    default: "kafka",
    doc: "Where to write: Kafka, standard output (-) or a file to append to. The last two get JSON lines and need " +
      "no broker",
  },
  format: {
    group: "Output",
    flag: "format",
    env: ["BLUESKY_FORMAT"],
    ...choice(LINE_FORMATS),
    default: null,
    defaultText: "pretty on a terminal, json in a pipe or a file",
    doc: "Format of events on standard output or in a file: for people (pretty), or one JSON CloudEvent per line " +
      "(json)",
  },
  deadLetterFile: {
    group: "Output",
    flag: "dead-letter-file",
    env: ["BLUESKY_DEAD_LETTER_FILE"],
    placeholder: "PATH",
    read: readFilePath,
    default: null,
    defaultText: "none: they are counted and logged",
    doc: "File to append dead letters to, one JSON CloudEvent per line",
  },
} as const satisfies OptionTable;
