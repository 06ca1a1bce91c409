/**
 * A configuration to a running producer: the parts are opened, joined, run and closed. `stream` and `demo` both are
 * this with another configuration.
 *
 * @module
 */
import { VERIFIED } from "../atproto/verify.ts";
import { publicUrl } from "../text/redact.ts";
import type { Figures } from "../telemetry/metrics.ts";
import { ReplayWindow } from "../telemetry/replay_window.ts";
import { reportRun } from "../telemetry/report.ts";
import { reportIdentities } from "../telemetry/report_identity.ts";
import { rulesOf } from "../filter/collections.ts";
import { postFilter } from "../filter/posts.ts";
import type { RunObserver } from "../pipeline/observer.ts";
import { Subscription } from "../upstream/subscribe_repos.ts";
import { run } from "../pipeline/pipeline.ts";
import type { RunParts } from "../pipeline/run.ts";
import { LineWriteError } from "../lines/lines.ts";
import type { ProducerRecord } from "../record/producer_record.ts";
import { openAccounts } from "./accounts.ts";
import { openIdentities } from "./identities.ts";
import { openMemories } from "./memories.ts";
import { openDestination } from "./destination.ts";
import { isExactlyOnce } from "./exactly_once.ts";
import { type Advice, CHECK_MS, observe } from "./observe.ts";
import type { Context } from "./process.ts";
import { serveFigures } from "./serve.ts";
import type { Resolved } from "./settings.ts";
import { findStart, openCursor } from "./start.ts";
import { startFields } from "./start_fields.ts";
import { subscribeOptions } from "./subscription.ts";
import { layoutOf } from "./topics.ts";
import { openVerification } from "./verification.ts";

/**
 * Runs a producer until the signal aborts or its events are delivered; returns its figures. `advice` is said with
 * outages; `onDelivered` sees every record that the destination acknowledged, `onServing` the URL of the status page.
 */
export async function produce(
  resolved: Resolved,
  process: Context,
  advice: Advice,
  onDelivered: (record: ProducerRecord) => void = () => {},
  onServing: (url: string) => void = () => {},
): Promise<Figures> {
  const { config } = resolved;
  using observation = observe(resolved, process, advice);
  const { context, state, log, parts, stopped } = observation;
  await using served = await serveFigures(resolved, observation, onServing);
  using accounts = await openAccounts(resolved, log, !context.attached);
  const kept = isExactlyOnce(config) ? null : await openCursor(resolved, log);
  await using _keptFile = kept?.file ?? null;
  await using opened = await openDestination(resolved, parts, context).catch((error: unknown) => {
    if (context.signal.aborted) return null;
    throw error;
  });
  if (opened === null) {
    stopped();
    return observation;
  }
  state.sinkOpened = true;
  const { producer, deadLetters, openCheckpoint, saveEveryMs } = opened;
  const cursors = opened.cursors ?? kept?.file ?? null;
  const found = await findStart(resolved, opened.claim, kept, parts, context.signal);
  if (found === null) {
    stopped();
    return observation;
  }
  const { start, owner } = found;
  for (const { level, text, code } of start.notes) {
    log(level, text, { advice: code === null ? null : advice.on(code) });
  }
  const urls = inOrderFrom(start.host, config.firehoseUrl);
  log("info", "Started", startFields(config, urls, start, cursors !== null));

  const reported = reportRun(parts);
  const report = served === null ? reported : served.watching(reported);
  await using memories = await openMemories({ config, start, isKept: cursors !== null, observer: report, log });
  state.trackedRepos = memories.repos;
  state.rememberedSubjects = memories.subjects;
  const identityObserver = { ...reportIdentities(parts), memoryFailed: report.memoryFailed };
  await using identities = await openIdentities({ config, observer: identityObserver, log });
  state.identities = identities?.state ?? null;
  const source = identities?.source ?? null;
  using verification = openVerification({ config, accounts: accounts.filter, identity: source, observer: report });
  state.verifying = verification.queue;
  const startTimeMs = Date.parse("time" in start.at ? start.at.time ?? "" : "");
  if (!Number.isNaN(startTimeMs)) state.positionMs = startTimeMs;
  const { failoverRewindMs: rewindMs, idleTimeoutMs, maxPauseMs } = config;
  const upstream: RunParts["upstream"] = (pressure, decoder, signal) => {
    const { through } = verification;
    const options = subscribeOptions({ urls, start, rewindMs, idleTimeoutMs, maxPauseMs, through });
    return new Subscription(options, pressure, report, signal, decoder);
  };
  const window = new ReplayWindow(config.replayWindowMs, state, log, Date.now);
  const windowTimer = setInterval(() => window.check(), CHECK_MS);
  try {
    window.check();
    await run(
      {
        recent: start.recent,
        sourceOf: publicUrl,
        rememberedRecords: urls.length === 1 ? 0 : rememberedRecords(config.failoverRewindMs),
        layout: layoutOf(config, opened.openTopics),
        wholeRecords: config.wholeRecords,
        handles: identities?.handles ?? null,
        usualVerdict: verification.verdicts === null ? null : VERIFIED,
        selection: {
          events: config.events,
          collections: rulesOf(config.collections),
          sampleRates: config.sampleRate,
          accounts: accounts.filter,
          posts: postFilter(config),
        },
        maxInFlightBytes: config.maxInFlightBytes,
        maxEvents: config.maxEvents,
        saveEveryMs,
        stamp: owner === null ? { epoch: start.epoch } : { epoch: start.epoch, owner },
        shutdownTimeoutMs: config.shutdownTimeoutMs,
        now: Date.now,
      },
      {
        upstream,
        openCheckpoint,
        producer,
        deadLetters,
        repos: memories.repos,
        subjects: memories.subjects,
        identities,
        verdicts: verification.verdicts,
        cursors: memories.keptWith(cursors),
        observer: { ...report, settled: watched(report, onDelivered) },
      },
      context.signal,
    );
  } catch (error) {
    if (!(error instanceof LineWriteError && error.readerLeft)) throw error;
    log("info", "The reader of the output has closed it; what it did not take is not delivered");
  } finally {
    clearInterval(windowTimer);
    stopped();
  }
  return observation;
}

function watched(report: RunObserver, onDelivered: (record: ProducerRecord) => void): RunObserver["settled"] {
  return (record, outcome, ageMs) => {
    report.settled(record, outcome, ageMs);
    if (outcome === "delivered") onDelivered(record);
  };
}

/** The URLs in their order, round from the one of this host. */
function inOrderFrom(host: string, urls: readonly string[]): readonly string[] {
  const at = Math.max(0, urls.findIndex((url) => new URL(url).host === host));
  return [...urls.slice(at), ...urls.slice(0, at)];
}

/** Enough for as long as is gone back, and as much again, on the busiest days. */
function rememberedRecords(rewindMs: number): number {
  return Math.max(20_000, rewindMs / 1000 * 2000);
}
