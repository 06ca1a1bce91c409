/**
 * EXIT: the exit statuses of the program.
 *
 * @module
 */

/** Every status with which the program ends, and what it means whatever the command was. */
export const EXIT = {
  ok: { code: 0, doc: "done, or stopped as requested" },
  failed: { code: 1, doc: "fatal error, reported on standard error; or no command was given" },
  usage: {
    code: 2,
    doc: "invalid command, flags or variables, all reported on standard error; no connection was opened",
  },
  fenced: { code: 3, doc: "another instance of the job took over (--delivery exactly-once)" },
  undelivered: { code: 4, doc: "stopped as requested, before everything was delivered; the next start resumes there" },
  interrupted: { code: 130, doc: "a second signal stopped the program at once" },
} as const satisfies Record<string, { readonly code: number; readonly doc: string }>;

/** One of {@linkcode EXIT}. */
export type Exit = keyof typeof EXIT;

/** The statuses that one command can end with, and what each says of that command: no full stop at the end. */
export type Exits = { readonly ok: string } & { readonly [Name in Exclude<Exit, "ok">]?: string };

/** What the same statuses say of every command that does more than to print something. */
export const WORKING_EXITS = {
  usage: "invalid flags or variables, all reported on standard error; no connection was opened",
  interrupted: EXIT.interrupted.doc,
} as const satisfies Omit<Exits, "ok">;

/** The statuses of `stream`. */
export const STREAM_EXITS = {
  ok: "stopped as requested: by SIGTERM, Ctrl+C or --max-events, or because the reader of --output - closed it; " +
    "the cursor covers everything delivered",
  failed: "fatal error, reported on standard error; the cursor covers everything delivered",
  usage: WORKING_EXITS.usage,
  fenced: "another instance of the job took over the cursor and is alive (--delivery exactly-once); " +
    "standard error names it",
  undelivered: "stopped as requested, but not everything was delivered within --shutdown-timeout; " +
    "the next start reads the rest again",
  interrupted: `${WORKING_EXITS.interrupted}; the next start resumes from the saved cursor`,
} as const satisfies Exits;

/** The statuses of a command that only prints something. */
export const PRINTING_EXITS = {
  ok: "printed",
  failed: "standard output cannot be written",
  usage: "invalid flags or arguments, all reported on standard error; nothing was printed",
} as const satisfies Exits;

/** The statuses, with their codes, that a command declares. */
export function declared(exits: Exits): readonly { readonly code: number; readonly doc: string }[] {
  return Object.entries(EXIT).flatMap(([name, { code }]) => {
    // The names of EXIT are all that a command can declare.
    const doc = exits[name as Exit];
    return doc === undefined ? [] : [{ code, doc }];
  });
}
