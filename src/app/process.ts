/**
 * What a command gets from the process around it: everything that tests put something else in place of.
 *
 * @module
 */

/** The process as a command sees it. */
export interface Context {
  /** Aborts on the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  readonly env: Readonly<Record<string, string>>;
  readonly writeOut: (text: string) => void;
  readonly writeErr: (text: string) => void;
  /** Writes bytes to standard output, and says how many of them. */
  readonly writeEvents: (bytes: Uint8Array) => Promise<number>;
  /** Whether standard error is a terminal. */
  readonly terminal: boolean;
  /** Whether standard output is one, which then is the same one as a rule. */
  readonly outTerminal: boolean;
  /** Whether one of the three standard streams is a terminal: when that is closed, it sends SIGHUP to end the program. */
  readonly attached: boolean;
  /** Columns of the terminal on standard error. */
  readonly columns: () => number;
}

/** Whether the terminal asks for plain ASCII. */
export function isAscii(env: Context["env"]): boolean {
  return (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
}

/** Columns to write in where the terminal gives none, as some give 0. */
const USUAL_COLUMNS = 80;

/** The columns of the terminal on standard error. */
export function columnsOf(consoleSize: () => { readonly columns: number }): number {
  try {
    return consoleSize().columns || USUAL_COLUMNS;
  } catch {
    // The terminal went away, as after a hang-up.
    return USUAL_COLUMNS;
  }
}
