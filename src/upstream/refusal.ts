/**
 * What a server says when it refuses a WebSocket.
 *
 * @module
 */

/** The refusal of a WebSocket. */
export interface Refusal {
  readonly status: number;
  /** The ws or wss URL that a redirect names; null where it is none, or one that cannot be followed. */
  readonly redirect: string | null;
  /** How long the server asks for no other attempt, in milliseconds. */
  readonly retryAfterMs: number;
}

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
/** A server cannot ask for more: the stream must be back well within a relay's window. */
const LONGEST_RETRY_AFTER_MS = 3_600_000;

/** What the HTTP response of a server that refuses a WebSocket at `url` says. */
export function refusalOf(url: string, status: number, headers: Headers): Refusal {
  const location = REDIRECTS.includes(status) ? headers.get("location") : null;
  return {
    status,
    redirect: location === null ? null : redirectFrom(url, location),
    retryAfterMs: retryAfterMs(headers.get("retry-after"), headers.get("date")),
  };
}

/**
 * Where a redirect leads, as a ws or wss URL. A cursor that it does not name is kept: without one the stream would
 * silently begin at the present. Null for anything that is no such URL, or that leaves TLS.
 */
export function redirectFrom(url: string, location: string): string | null {
  const from = new URL(url);
  const base = new URL(url);
  base.protocol = from.protocol === "wss:" ? "https:" : "http:";
  if (!URL.canParse(location, base)) return null;
  const to = new URL(location, base);
  if (to.protocol === "https:") to.protocol = "wss:";
  if (to.protocol === "http:") to.protocol = "ws:";
  if (to.protocol !== "wss:" && (to.protocol !== "ws:" || from.protocol === "wss:")) return null;
  const cursor = from.searchParams.get("cursor");
  if (cursor !== null && !to.searchParams.has("cursor")) to.searchParams.set("cursor", cursor);
  to.hash = "";
  return to.href;
}

/** The wait that a `Retry-After` asks for, in milliseconds; a date counts from that of the response itself. */
export function retryAfterMs(retryAfter: string | null, date: string | null): number {
  const text = retryAfter?.trim() ?? "";
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.parse(date ?? "");
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(0, ms), LONGEST_RETRY_AFTER_MS);
}
