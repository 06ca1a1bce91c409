/**
 * Dials the firehose and reads one message of it, live and from the cursor.
 *
 * @module
 */
import { publicUrl } from "../../text/redact.ts";
import type { Config } from "../../config/config.ts";
import { ConnectionEnd } from "../../upstream/errors.ts";
import { decodeFrame } from "../../atproto/frame.ts";
import { readSocket, withCursor } from "../../upstream/socket.ts";
import { USER_AGENT } from "../../version.ts";
import { RELAY_ADVICE } from "../advice.ts";
import { type Finding, finding } from "./finding.ts";

const MAX_BUFFERED_BYTES = 8_388_608;
/** How long the first message may take, in milliseconds. */
export const PATIENCE_MS = 15_000;

/** The first message with a number, or why there is none; `notes` are what the server said before it. */
export type First =
  | { readonly kind: "message"; readonly seq: number; readonly time: string; readonly notes: readonly string[] }
  | { readonly kind: "none"; readonly detail: string; readonly advice: string };

/** Reads the first message that comes after `cursor`; null is live. */
export async function firstMessage(url: string, cursor: number | null, signal: AbortSignal): Promise<First> {
  const options = {
    url: withCursor(url, cursor),
    userAgent: USER_AGENT,
    idleTimeoutMs: PATIENCE_MS,
    maxBufferedBytes: MAX_BUFFERED_BYTES,
    gatherMs: 0,
  };
  const notes: string[] = [];
  try {
    for await (const batch of readSocket(options, signal)) {
      for (const bytes of batch) {
        const frame = decodeFrame(bytes);
        if (frame.kind === "info") notes.push(frame.name);
        else if (frame.kind === "error") {
          const detail = `the server says ${frame.error}${frame.message === "" ? "" : `: ${frame.message}`}`;
          return { kind: "none", detail, advice: RELAY_ADVICE.error_frame };
        } else if (frame.kind === "rejected") {
          const detail = `the first message is not usable: ${frame.reason}, ${frame.detail}`;
          return { kind: "none", detail, advice: "a server of com.atproto.sync.subscribeRepos is wanted" };
        } else return { kind: "message", seq: frame.seq, time: frame.time, notes };
      }
    }
    return { kind: "none", detail: "no message came", advice: RELAY_ADVICE.idle };
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
): Promise<{ readonly found: Finding; readonly first: Extract<First, { kind: "message" }> | null }> {
  const startedMs = now();
  const name = "firehose";
  let [url] = firehoseUrl;
  let first = await firstMessage(url, null, signal);
  const silent: string[] = [];
  for (const next of firehoseUrl.slice(1)) {
    if (first.kind === "message") break;
    silent.push(`${publicUrl(url)}: ${first.detail}`);
    [url, first] = [next, await firstMessage(next, null, signal)];
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
    const advice = "without it there is one firehose less to go on with";
    return { found: finding(name, "warning", `${detail}; but ${silent.join("; ")}`, advice), first };
  }
  return { found: finding(name, "ok", detail), first };
}

const MAX_SKEW_SECS = 30;
