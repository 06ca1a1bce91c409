/**
 * What an operator sees of a run: log, status line, figures, outages, and what is said when it is asked to stop.
 *
 * @module
 */
import type { Config } from "../config/config.ts";
import type { ResumeCode } from "../cursor/resume.ts";
import type { EndKind } from "../upstream/errors.ts";
import { limitLog } from "../telemetry/limit.ts";
import { createLog, type Log } from "../telemetry/log.ts";
import { createFigures, type Figures } from "../telemetry/metrics.ts";
import { type Advise, createOutages, type KafkaCode, type ReportParts } from "../telemetry/report.ts";
import type { RunState } from "../telemetry/state.ts";
import { Screen, showStatus } from "../telemetry/status.ts";
import type { Trouble } from "../kafka/client/classify.ts";
import { redactor } from "../text/redact.ts";
import { SharedTerminal } from "./event_text.ts";
import { type Context, isAscii } from "./process.ts";
import { programOf } from "./program.ts";
import type { Resolved } from "./settings.ts";

const REDRAW_MS = 250;
const STATUS_LOG_MS = 10_000;
/** How often outages are looked at. */
export const CHECK_MS = 1000;

/** How brokers are dialled. */
export interface Dialled {
  readonly isTls: boolean;
  readonly isSasl: boolean;
}

/** What to do about a failure, which is said with its outage; null: nothing but to wait. */
export interface Advice {
  /** About the end of a connection to a relay. */
  relay(kind: EndKind): string | null;
  /** About trouble with brokers that were reached before. */
  brokers(trouble: Trouble): string | null;
  /** About an error, by its codes. */
  error(error: unknown): string | null;
  /** About what is found of a topic, or decided of a start. */
  on(code: KafkaCode | ResumeCode): string;
  /** About trouble with brokers that have not let us in yet, where how they are dialled may be wrong. */
  unreached(trouble: Trouble, dialled: Dialled): string | null;
}

/** A run under observation, until it is disposed of. */
export interface Observation extends Figures, Disposable {
  /** The process, with a terminal that events and log share where both are written to one. */
  readonly context: Context;
  readonly log: Log;
  readonly parts: ReportParts;
  /** Ends the status line and logs the summary. */
  stopped(): void;
}

/** Begins to observe: warnings are logged at once, and the status line is there from the start. */
export function observe(
  { config, secrets, warnings }: Omit<Resolved, "origins">,
  process: Context,
  advice: Advice,
): Observation {
  const isShared = process.terminal && config.output.kind === "stdout" && process.outTerminal;
  const shared = new SharedTerminal(process);
  const context = isShared ? { ...process, writeErr: shared.writeErr, writeEvents: shared.writeEvents } : process;
  const figures = createFigures(programOf(config.idleTimeoutMs));
  const { state } = figures;
  state.maxInFlightBytes = config.maxInFlightBytes;
  state.shard = config.shard;
  const ascii = isAscii(context.env);
  // Events on the same terminal would be written into the status line.
  const live = context.terminal && !isShared;
  const screen = new Screen(context.writeErr, !live ? "never" : ascii ? "plain" : "escapes");
  const format = config.logFormat === "auto" ? (context.terminal ? "text" : "json") : config.logFormat;
  const log = createLog({
    level: config.logLevel,
    format,
    hide: redactor(secrets),
    now: () => new Date(),
    write: (line) => screen.line(line),
  });
  for (const warning of warnings) log("warn", warning);
  const { limited, tellRest } = limitLog(log, Date.now);
  const base = { ...figures, log, limited, now: Date.now };
  const outages = createOutages(base);
  const parts = { ...base, outages, advise: adviseOn(config, state, advice) };
  const say = (message: string, text: string, fields: Parameters<Log>[2]) =>
    format === "json" ? log("info", message, fields) : log("info", text);
  const status = showStatus(figures, screen, {
    live,
    ascii,
    columns: context.columns,
    now: () => performance.now(),
    log: (text, fields) => say("Running", text, fields),
    redrawMs: REDRAW_MS,
    logMs: STATUS_LOG_MS,
  });
  const timer = setInterval(() => {
    for (const outage of Object.values(outages)) outage.check();
  }, CHECK_MS);
  const onStop = () => {
    state.draining = true;
    const events = state.inFlightEvents;
    const seconds = config.shutdownTimeoutMs / 1000;
    const wait = events === 0
      ? ""
      : `: waiting up to ${seconds} s for ${events.toLocaleString("en-US")} event${events === 1 ? "" : "s"}; ` +
        "Ctrl+C again stops now";
    say("Stopping", `Stopping${wait}`, { events, waitSeconds: events === 0 ? 0 : seconds });
  };
  context.signal.addEventListener("abort", onStop);
  const startedMs = performance.now();
  const end = () => {
    context.signal.removeEventListener("abort", onStop);
    clearInterval(timer);
    status[Symbol.dispose]();
    shared.release();
  };
  return {
    context,
    ...figures,
    log,
    parts,
    stopped: () => {
      end();
      tellRest();
      log("info", "Stopped", summaryFields(figures, performance.now() - startedMs));
    },
    [Symbol.dispose]: end,
  };
}

function adviseOn({ kafka, createTopic }: Config, state: RunState, advice: Advice): Advise {
  const dialled = { isTls: (kafka?.tls ?? null) !== null, isSasl: (kafka?.sasl ?? null) !== null };
  return {
    ...advice,
    brokers: (trouble) => {
      // It is created again.
      if (trouble.kind === "topic" && createTopic) return null;
      // Settings that brokers were reached with are right, and so are those that they answer to.
      return state.sinkOpened || !trouble.isUnanswered ? advice.brokers(trouble) : advice.unreached(trouble, dialled);
    },
  };
}

function summaryFields({ state, metrics }: Figures, elapsedMs: number) {
  return {
    delivered: metrics.delivered.total,
    seconds: Math.round(elapsedMs / 100) / 10,
    frames: metrics.frames.value,
    sampledOut: state.operations.sampledOut,
    rejected: metrics.rejected.total,
    dropped: metrics.dropped.value,
    deadLetters: metrics.deadLetters.total,
    cursor: state.cursor,
  };
}
