/**
 * What `check` finds, and how it is shown: one line for each thing looked at, and below it what to do.
 *
 * @module
 */

import { printable } from "../../text/printable.ts";

/** What came of looking at one thing. */
export interface Finding {
  /** What was looked at, in a word or two. */
  readonly name: string;
  /** `failed` alone makes the whole check fail; `skipped` could not be looked at. */
  readonly status: "ok" | "warning" | "failed" | "skipped";
  readonly detail: string;
  /** What to do; null where nothing is to be done. */
  readonly advice: string | null;
}

/** Makes a finding. */
export function finding(
  name: string,
  status: Finding["status"],
  detail: string,
  advice: string | null = null,
): Finding {
  return { name, status, detail, advice };
}

const MARKS = {
  plain: { ok: "[ok]  ", warning: "[warn]", failed: "[FAIL]", skipped: "[skip]" },
  signs: { ok: "✓", warning: "!", failed: "✗", skipped: "–" },
} as const;

const NAME_WIDTH = 14;

/** The lines of a finding. */
export function findingText({ name, status, detail, advice }: Finding, ascii: boolean): string {
  const mark = (ascii ? MARKS.plain : MARKS.signs)[status];
  const indent = " ".repeat(mark.length + 3);
  return `  ${mark} ${name.padEnd(NAME_WIDTH)} ${printable(detail)}\n${
    advice === null ? "" : `${indent}-> ${printable(advice)}\n`
  }`;
}

/** The last line. */
export function verdictText(findings: readonly Finding[]): string {
  const failed = findings.filter(({ status }) => status === "failed").length;
  const warnings = findings.filter(({ status }) => status === "warning").length;
  const more = warnings === 0 ? "" : `, ${warnings} warning${warnings === 1 ? "" : "s"}`;
  return failed === 0 ? `All checks passed${more}\n` : `${failed} of ${findings.length} failed${more}\n`;
}
