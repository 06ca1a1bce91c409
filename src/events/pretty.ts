/**
 * An event as a person wants to see it: a line that says when, what and who, then its fields.
 *
 * @module
 */
import { printable } from "../text/printable.ts";
import type { TopicRecord } from "../kafka/consumer/cluster.ts";

const BOLD = "\x1b[1m";
const DIM = "\x1b[2m";
const PLAIN = "\x1b[0m";
const ONE_LINE = 80;

/** Attributes that stand in the first line, or say nothing that it does not. */
const HEAD = ["specversion", "type", "subject", "time", "datacontenttype", "action", "data", "data_base64"];

/** Marks with escapes of terminals, or leaves them out. */
export interface Style {
  readonly colour: boolean;
}

/**
 * The event as lines, with an empty one at the end; `place` is null where it is in no topic. Whatever a terminal could
 * take for a command is made visible.
 */
export function prettyEvent(
  event: Readonly<Record<string, unknown>>,
  place: Pick<TopicRecord, "partition" | "offset"> | null,
  { colour }: Style,
): string {
  const mark = (code: string, text: string) => colour ? `${code}${text}${PLAIN}` : text;
  const head = [
    mark(DIM, printable(String(event["time"] ?? "no time"))),
    mark(BOLD, printable(String(event["type"]))),
    ...["action", "subject"].map((name) => event[name]).filter((value) => value !== undefined).map(String)
      .map(printable),
    ...(place === null ? [] : [mark(DIM, `[${place.partition}@${place.offset}]`)]),
  ];
  const { data } = event;
  const isObject = typeof data === "object" && data !== null && !Array.isArray(data);
  const fields = isObject ? Object.entries(data) : data === undefined ? [] : [["data", data]] as const;
  const attributes = Object.entries(event).filter(([name]) => !HEAD.includes(name));
  const rows = [...fields, ...attributes].filter(([, value]) => !isEmpty(value));
  const widest = Math.max(0, ...rows.map(([name]) => name.length));
  const lines = rows.map(([name, value]) =>
    `  ${mark(DIM, printable(name).padEnd(widest))}  ${indented(value, widest + 4)}`
  );
  return [head.join("  "), ...lines, "", ""].join("\n");
}

function isEmpty(value: unknown): boolean {
  return value === null || value === "" || (Array.isArray(value) && value.length === 0);
}

/** A text with its own lines below each other. */
function indented(value: unknown, columns: number): string {
  const text = typeof value === "string" ? value : isTexts(value) ? value.join(", ") : jsonOf(value);
  return text.split(/\r?\n/).map(printable).join("\n" + " ".repeat(columns));
}

/** JSON in one line, or with a line for each field where that would be too long to read. */
function jsonOf(value: unknown): string {
  const line = JSON.stringify(value);
  return line.length <= ONE_LINE ? line : JSON.stringify(value, null, 2);
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
