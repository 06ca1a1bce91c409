/**
 * Both ends of a run, for the status page: the relays and the brokers that it was given, each with its state.
 *
 * @module
 */
import type { Redact } from "../../text/redact.ts";
import { TROUBLE_KINDS } from "../causes.ts";
import type { Failure } from "../outage.ts";
import type { Outages } from "../report.ts";
import type { RunState } from "../state.ts";
import { duration } from "../status.ts";
import { htmlText } from "./markup.ts";

/** What a run reads, and where it writes to. */
export interface Ends {
  /** URLs without what may be secret, in the order in which they are tried. */
  readonly relays: readonly string[];
  /** Brokers by which the cluster is found, as HOST:PORT, and the topic; or what lines go to. */
  readonly output:
    | { readonly kind: "kafka"; readonly brokers: readonly string[]; readonly topic: string }
    | { readonly kind: "lines"; readonly to: string };
}

/** How both ends are now. */
export interface EndsNow {
  readonly state: RunState;
  readonly outages: Outages;
  /** The one of {@linkcode Ends.relays} that is read, or dialled; null before the first is. */
  readonly relay: string | null;
  /** Takes secrets out of what servers said. */
  readonly hide: Redact;
}

/** Rows that are shown of partitions, relays and brokers each. */
const MAX_ROWS = 8;
const MAX_REASON = 160;

/** Both tables. */
export function endsHtml({ relays, output }: Ends, now: EndsNow): string {
  const relayRows = relays.map((url): Row => [new URL(url).host, ...relayState(url, now)]);
  const outputRows: Row[] = output.kind === "lines"
    ? [[output.to, ...(now.state.sinkOpened ? ["good", "open"] as const : ["wait", "not open yet"] as const)]]
    : [...output.brokers.map((broker): Row => [broker, ...brokerState(broker, now)]), ...partitionRows(now.state)];
  const title = output.kind === "lines" ? "Output" : `Brokers, topic ${output.topic}`;
  return table("Relays", relayRows) + table(title, outputRows) + adviceHtml(now);
}

type Row = readonly [name: string, mood: "good" | "wait" | "bad", text: string];

function relayState(url: string, { state, outages, relay, hide }: EndsNow): readonly [Row[1], string] {
  if (url !== relay) return ["wait", relay === null ? "not dialled yet" : "in reserve"];
  const { failure } = outages.relay;
  if (failure !== null) return ["bad", failureText(failure, state.relayOutage?.seconds ?? 0, hide)];
  return state.upstreamConnected
    ? ["good", "connected"]
    : ["wait", state.paused ? "disconnected until Kafka keeps up" : "connecting"];
}

function brokerState(broker: string, { state, outages, hide }: EndsNow): readonly [Row[1], string] {
  const { failure } = outages.kafka;
  if (failure !== null && (failure.server === null || failure.server === broker)) {
    return ["bad", failureText(failure, state.kafkaOutage?.seconds ?? 0, hide)];
  }
  if (failure !== null) return ["wait", `no failure of its own; ${failure.server} fails`];
  return state.sinkOpened ? ["good", "acknowledges"] : ["wait", state.standingBy ? "standing by" : "connecting"];
}

function failureText({ isUnreachable, reason }: Failure, seconds: number, hide: Redact): string {
  return `${isUnreachable ? "unreachable" : "refuses"} for ${duration(seconds, 0)}: ${
    hide(reason).slice(0, MAX_REASON)
  }`;
}

function partitionRows({ failing }: RunState): Row[] {
  return [...failing].map(([place, kind]): Row => [`partition ${place}`, "bad", TROUBLE_KINDS[kind]]);
}

function adviceHtml({ outages, hide }: EndsNow): string {
  return [outages.relay, outages.kafka, outages.cursor]
    .map(({ failure }) => failure?.advice ?? null)
    .filter((advice) => advice !== null)
    .map((advice) => `<p class="advice">What to do: ${htmlText(hide(advice))}</p>`)
    .join("");
}

function table(title: string, rows: readonly Row[]): string {
  const shown = rows.slice(0, MAX_ROWS).map(([name, mood, text]) =>
    `<tr><th scope="row">${htmlText(name, 120)}</th><td class="${mood}">${htmlText(text)}</td></tr>`
  );
  const more = rows.length > MAX_ROWS ? `<tr><td colspan="2">and ${rows.length - MAX_ROWS} more</td></tr>` : "";
  return `<table><caption>${htmlText(title)}</caption><tbody>${shown.join("")}${more}</tbody></table>`;
}
