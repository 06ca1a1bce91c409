/**
 * The process as a command sees it, made of what a test puts there.
 *
 * @module
 */
import type { Context } from "../../src/app/process.ts";
import { moved, printed } from "./wait.ts";

/** A context that gathers what is written. */
export class FakeContext implements Context {
  out = "";
  err = "";
  /** What was written as events. */
  events = "";
  readonly #stop = new AbortController();
  readonly signal = this.#stop.signal;
  readonly env: Readonly<Record<string, string>>;
  readonly terminal: boolean;
  readonly outTerminal: boolean;
  readonly attached: boolean;
  readonly columns: () => number;

  constructor(
    env: Readonly<Record<string, string>> = {},
    terminals: { readonly terminal: boolean; readonly outTerminal: boolean } = { terminal: false, outTerminal: false },
    columns = 80,
  ) {
    this.env = env;
    ({ terminal: this.terminal, outTerminal: this.outTerminal } = terminals);
    this.attached = this.terminal || this.outTerminal;
    this.columns = () => columns;
  }

  readonly writeOut = (text: string) => {
    this.out += text;
    moved();
  };
  readonly writeErr = (text: string) => {
    this.err += text;
    printed(text);
  };
  writeEvents = (bytes: Uint8Array): Promise<number> => {
    this.events += new TextDecoder().decode(bytes);
    moved();
    return Promise.resolve(bytes.length);
  };
  /** What the first SIGTERM does. */
  stop(): void {
    this.#stop.abort();
  }

  /** The lines of the JSON log with this message. */
  logged(message: string): Record<string, unknown>[] {
    return this.err.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line))
      .filter((line) => line.message === message);
  }
}
