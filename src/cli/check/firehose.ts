/**
 * Dials the firehose and reads one message of it, live and from the cursor.
 *
 * @module
 */
import { CONNECTION } from "../../app/subscription.ts";
import { publicUrl } from "../../text/redact.ts";
import type { Config } from "../../config/config.ts";
import { ConnectionEnd } from "../../upstream/errors.ts";
import { type FirstMessage, firstMessage } from "../../upstream/probe.ts";
import { withCursor } from "../../upstream/socket.ts";
import { RELAY_ADVICE } from "../advice.ts";
import { type Finding, finding } from "./finding.ts";

/** How long the first message may take, in milliseconds. */
export const PATIENCE_MS = 15_000;

/** The first message with a number, or why there is none. */
export type First = FirstMessage | { readonly kind: "none"; readonly detail: string; readonly advice: string };

/** Reads the first message that comes after `cursor`; null is live. */
export async function readFirst(url: string, cursor: number | null, signal: AbortSignal): Promise<First> {
  // One message is read, so none waits for others.
  const options = { ...CONNECTION, url: withCursor(url, cursor), idleTimeoutMs: PATIENCE_MS, gatherMs: 0 };
  try {
    const first = await firstMessage(options, signal);
    switch (first?.kind) {
      case "message":
        return first;
      case "error": {
        const detail = `the relay reports ${first.error}${first.message === "" ? "" : `: ${first.message}`}`;
        return { kind: "none", detail, advice: RELAY_ADVICE.error_frame };
      }
      case "rejected": {
        const detail = `the first message is invalid: ${first.reason}, ${first.detail}`;
        return { kind: "none", detail, advice: "expected a relay or PDS (com.atproto.sync.subscribeRepos)" };
      }
    }
    return { kind: "none", detail: "no message arrived", advice: RELAY_ADVICE.idle };
  } catch (error) {
    if (!(error instanceof ConnectionEnd)) throw error;
    return { kind: "none", detail: error.message, advice: RELAY_ADVICE[error.kind] };
  }
}

/** Looks at the firehoses in their order, to the first that sends something; `first` is null where none does. */
export async function checkFirehose(
  { firehoseUrl }: Config,
  signal: AbortSignal,
  now: () => number,
): Promise<{ readonly found: Finding; readonly first: FirstMessage | null }> {
  const startedMs = now();
  const name = "firehose";
  let [url] = firehoseUrl;
  let first = await readFirst(url, null, signal);
  const silent: string[] = [];
  for (const next of firehoseUrl.slice(1)) {
    if (first.kind === "message") break;
    silent.push(`${publicUrl(url)}: ${first.detail}`);
    [url, first] = [next, await readFirst(next, null, signal)];
  }
  if (first.kind === "none") {
    return { found: finding(name, "failed", [...silent, first.detail].join("; "), first.advice), first: null };
  }
  const seconds = ((now() - startedMs) / 1000).toFixed(1);
  const lag = (now() - Date.parse(first.time)) / 1000;
  const detail = `${publicUrl(url)} sends: message ${first.seq} after ${seconds} s`;
  const skew = Number.isNaN(lag) ? 0 : lag;
  if (skew < -MAX_SKEW_SECS) {
    const advice = "set the clock of this machine: tokens and certificates depend on it";
    return { found: finding(name, "warning", `${detail}, ${Math.round(-skew)} s ahead of our clock`, advice), first };
  }
  if (silent.length > 0) {
    const advice = "without it there is one relay less to fail over to";
    return { found: finding(name, "warning", `${detail}; but ${silent.join("; ")}`, advice), first };
  }
  return { found: finding(name, "ok", detail), first };
}

const MAX_SKEW_SECS = 30;
