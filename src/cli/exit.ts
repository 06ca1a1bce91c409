/**
 * EXIT: what the status of the program says.
 *
 * @module
 */

/** Every status with which the program ends, and what it means to whoever started it. */
export const EXIT = {
  ok: { code: 0, doc: "done or stopped as asked; the cursor is saved as far as delivered" },
  failed: {
    code: 1,
    doc: "a fatal error, told on standard error, or no command; the cursor is saved as far as delivered",
  },
  usage: { code: 2, doc: "mistakes in flags or variables, all told on standard error; nothing was dialled" },
  fenced: {
    code: 3,
    doc:
      "another instance of the job took over (--delivery exactly-once), is alive and has the cursor; who, is told on standard error",
  },
  interrupted: {
    code: 130,
    doc: "a second signal stopped the program at once; the next start resumes from the saved cursor",
  },
} as const satisfies Record<string, { readonly code: number; readonly doc: string }>;

/** One of {@linkcode EXIT}. */
export type Exit = keyof typeof EXIT;
