/**
 * What the run of the tests says: what it needs and found at the start, each result as it comes, and the end.
 *
 * @module
 */
import { type Finding, installCommand, NEEDS } from "./test_needs.ts";
import type { Results } from "./test_process.ts";

const SLOWEST = 10;

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** A time as people say it. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** The beginning: how much there is to do, what it needs, and what will be left out. */
export function openingText(run: {
  readonly files: number;
  readonly processes: number;
  readonly seconds: number;
  readonly all: boolean;
  readonly findings: readonly Finding[];
}): string {
  const widest = Math.max(...run.findings.map(({ need }) => NEEDS[need].what.length));
  const needs = run.findings.map(({ need, found, detail }) => {
    const { what, purpose } = NEEDS[need];
    return `  ${found ? "✓" : "✗"} ${what.padEnd(widest)}  ${detail} (for ${purpose})`;
  });
  const missing = run.findings.filter(({ found }) => !found).map(({ need }) => NEEDS[need].what);
  return [
    `${counted(run.files, "test file")}, ${run.processes} at a time. Expected: ${
      duration(run.seconds)
    } on an idle machine.`,
    "What the tests use besides Deno:",
    ...needs,
    ...(missing.length === 0 ? [] : [`Tests that need ${missing.join(" or ")} will be left out.`]),
    ...(run.all ? [] : [`Left to "deno task test:all": ${NEEDS.long.purpose}.`]),
  ].join("\n");
}

/** One line for the files of a process, and what went wrong in them. */
export function resultText(results: Results, paths: readonly string[], done: number, files: number): string {
  const [first = "", ...others] = paths;
  const name = others.length === 0 ? first : `${first} and ${others.length} more`;
  const seconds = results.times.reduce((sum, each) => sum + each.seconds, 0);
  const counts = [
    `${results.passed} passed`,
    ...(results.failed > 0 ? [`${results.failed} FAILED`] : []),
    ...(results.leftOut.length > 0 ? [`${results.leftOut.length} left out`] : []),
  ];
  const line = `[${String(done).padStart(String(files).length)}/${files}] ${name}: ${counts.join(", ")} (${
    duration(seconds)
  })`;
  return results.failures === "" ? line : `${line}\n\n${results.failures}\n`;
}

/** What was left out, by what it needs, and the one command that changes it; null if nothing was. */
export function leftOutText(leftOut: Results["leftOut"], os: typeof Deno.build.os): string | null {
  const counts = [...Map.groupBy(leftOut, ({ need }) => need)].filter(([need]) => need !== "long");
  if (counts.length === 0) return null;
  const listed = counts.map(([need, { length }]) =>
    `${length} ${length === 1 ? "test that needs" : "tests that need"} ${NEEDS[need].what}`
  );
  const command = installCommand(counts.map(([need]) => need), os);
  return `Left out: ${listed.join(", ")}.${command === null ? "" : ` To run them: ${command}`}`;
}

/** A line for each test that failed: its name, where it stands, and the first line of its error. */
function failedLines(failures: string): string[] {
  return [...failures.matchAll(/^(.+ => \S+)\n(.+)/gm)].map(([, place, error]) => `  ${place}: ${error}`);
}

/** The end: the slowest tests, what failed, what was left out, and the counts. */
export function closingText(all: readonly Results[], seconds: number, os: typeof Deno.build.os): string {
  const sum = (of: (results: Results) => number) => all.reduce((total, each) => total + of(each), 0);
  const slowest = all.flatMap(({ times }) => times).toSorted((a, b) => b.seconds - a.seconds).slice(0, SLOWEST);
  const leftOut = all.flatMap(({ leftOut }) => leftOut);
  const long = leftOut.filter(({ need }) => need === "long").length;
  const missing = leftOutText(leftOut, os);
  const failed = all.flatMap(({ failures }) => failedLines(failures));
  const counts = [`${sum(({ passed }) => passed)} passed`, `${sum(({ failed }) => failed)} failed`];
  return [
    "",
    `The ${slowest.length} slowest tests:`,
    ...slowest.map(({ path, name, seconds }) => `${duration(seconds).padStart(8)}  ${name} (${path})`),
    "",
    ...(failed.length === 0 ? [] : ["Failed:", ...failed, ""]),
    ...(long === 0 ? [] : [`"deno task test:all" runs ${counted(long, "more test")}: ${NEEDS.long.purpose}.`]),
    ...(missing === null ? [] : [missing]),
    `${counts.join(", ")}, ${leftOut.length - long} left out in ${duration(seconds)}`,
  ].join("\n");
}
