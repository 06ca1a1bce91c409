/**
 * Events on standard output as the one at its other end wants them, and a terminal that has the log too.
 *
 * @module
 */
import type { ProducerRecord } from "../record/producer_record.ts";
import { readEvent } from "../events/from_record.ts";
import { prettyEvent } from "../events/pretty.ts";
import { appendTo, openLines, type TextOf } from "../lines/lines.ts";
import { writeAll } from "../net/connection.ts";
import type { LineFormat } from "../lines/options.ts";
import type { Producer } from "../record/producer.ts";
import { printableJson } from "../text/printable.ts";
import { type Context, isAscii } from "./process.ts";

/**
 * The text of each event; null is a line of the very bytes. On a terminal no event can command it, in either form.
 *
 * @param format Null is `pretty` on a terminal and `json` elsewhere.
 */
export function eventText(format: LineFormat | null, isTerminal: boolean, env: Context["env"]): TextOf | null {
  if ((format ?? (isTerminal ? "pretty" : "json")) === "json") {
    return isTerminal ? ({ value }) => `${printableJson(new TextDecoder().decode(value))}\n` : null;
  }
  const style = { colour: isTerminal && !isAscii(env) };
  return (record) => prettyEvent(eventOf(record), null, style);
}

/** Opens a file that lines are appended to; a path such as /dev/tty may be a terminal. */
export async function openFile(path: string, format: LineFormat, env: Context["env"]): Promise<Producer> {
  const target = await appendTo(path);
  return openLines(target, eventText(format, target.isTerminal, env));
}

function eventOf({ value }: ProducerRecord): Readonly<Record<string, unknown>> {
  const read = readEvent({ value, headers: {} });
  if (read.kind === "other") throw new TypeError(`Cannot show a record: ${read.reason}`);
  return read.event;
}

/** Standard output and standard error where both are one terminal: a line of the log never stands within an event. */
export class SharedTerminal {
  readonly #context: Pick<Context, "writeErr" | "writeEvents">;
  #isWriting = false;
  #held = "";

  constructor(context: Pick<Context, "writeErr" | "writeEvents">) {
    this.#context = context;
  }

  /** Writes now, or when the events that are being written are. */
  readonly writeErr = (text: string): void => {
    if (this.#isWriting) this.#held += text;
    else this.#context.writeErr(text);
  };

  /** Writes all of some events, and then what came meanwhile; gives their number of bytes. */
  readonly writeEvents = async (bytes: Uint8Array): Promise<number> => {
    this.#isWriting = true;
    try {
      await writeAll({ write: this.#context.writeEvents }, bytes);
    } finally {
      this.release();
    }
    return bytes.length;
  };

  /** Waits for no events any longer: a terminal that is stopped may never take them. */
  release(): void {
    this.#isWriting = false;
    const held = this.#held;
    this.#held = "";
    if (held !== "") this.#context.writeErr(held);
  }
}
