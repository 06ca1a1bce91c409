/**
 * What ends a connection. Each says whether dialling again can help, and why.
 *
 * @module
 */

import type { Refusal } from "./refusal.ts";

/** How a connection can end, for counts. */
export type EndKind =
  | "unreachable"
  | "proxy"
  | "refused"
  | "server_closed"
  | "error_frame"
  | "invalid_frame"
  | "oversized"
  | "idle"
  | "skipped";

/** Why one connection to the firehose ended. */
export abstract class ConnectionEnd extends Error {
  abstract readonly kind: EndKind;
  /** Whether the same URL may be dialled again. */
  readonly mayRetry: boolean = true;
  /** The server asks for no connection for so many milliseconds. */
  readonly leastWaitMs: number = 0;
}

/** HTTP statuses of a server that has no such service, now or later; all others may be an outage, which ends. */
const LASTING_STATUSES: readonly number[] = [405, 426, 501];

/** The server, or the proxy before it, could not be reached, or refused the WebSocket. */
export class DialError extends ConnectionEnd {
  override readonly name = "DialError";
  override readonly kind: EndKind;
  /** The HTTP status of the refusal; null where there was no response. */
  readonly status: number | null;
  /** The URL to dial instead; null where the server names none. */
  readonly redirect: string | null;
  override readonly mayRetry: boolean;
  override readonly leastWaitMs: number;

  /** `detail` says what is wrong, and may be empty. */
  constructor(
    url: string,
    kind: "unreachable" | "proxy" | "refused",
    detail: string,
    refusal: Refusal | null,
    options: ErrorOptions = {},
  ) {
    const lasting = refusal !== null && LASTING_STATUSES.includes(refusal.status);
    const is = detail === "" ? "" : `: ${detail}`;
    super(`Cannot connect to "${url}"${is}${lasting ? "; expected a WebSocket of subscribeRepos" : ""}`, options);
    this.kind = kind;
    this.status = refusal?.status ?? null;
    this.redirect = refusal?.redirect ?? null;
    this.mayRetry = !lasting;
    this.leastWaitMs = refusal?.retryAfterMs ?? 0;
  }
}

/** The server closed the connection, cleanly or not. Relays do so at every restart. */
export class ServerClosed extends ConnectionEnd {
  override readonly name = "ServerClosed";
  override readonly kind = "server_closed";
  readonly code: number;

  constructor(code: number, reason: string) {
    super(`The server closed the connection (code ${code}${reason === "" ? "" : `, "${reason}"`})`);
    this.code = code;
  }
}

/** What the server sent is no WebSocket. */
export class InvalidFrameReceived extends ConnectionEnd {
  override readonly name = "InvalidFrameReceived";
  override readonly kind = "invalid_frame";

  constructor(host: string, detail: string, options: ErrorOptions = {}) {
    super(`${host} violates the WebSocket protocol: ${detail}`, options);
  }
}

/** The server sent a message larger than can be held, or the parts of one that never ends. */
export class MessageOversized extends ConnectionEnd {
  override readonly name = "MessageOversized";
  override readonly kind = "oversized";

  constructor(host: string, maxBytes: number, options: ErrorOptions = {}) {
    super(`${host} sent more than ${maxBytes / 1_048_576} MiB of one message without its end`, options);
  }
}

/** The server sent an error frame. Its causes (slow consumer, future cursor) pass or are handled on reconnecting. */
export class ErrorFrameReceived extends ConnectionEnd {
  override readonly name = "ErrorFrameReceived";
  override readonly kind = "error_frame";
  /** The server has not got as far as the cursor: it counts anew. */
  readonly isFutureCursor: boolean;

  constructor(error: string, message: string) {
    super(`The server ended the stream: ${error}${message === "" ? "" : ` (${message})`}`);
    this.isFutureCursor = error === "FutureCursor";
  }
}

/**
 * No data for too long: the connection is dead though nobody said so, or the firehose is quiet. A new one cures that, at
 * once where the server accepted this one.
 */
export class IdleTimeout extends ConnectionEnd {
  override readonly name = "IdleTimeout";
  override readonly kind = "idle";
  /** Whether the server had accepted the connection. */
  readonly wasOpen: boolean;

  constructor(idleMs: number, wasOpen: boolean) {
    super(`No data for ${idleMs / 1000} s`);
    this.wasOpen = wasOpen;
  }
}

/**
 * Sequence numbers are missing within the connection. Resuming before them brings what the server left out, if it has
 * it.
 */
export class SequenceSkipped extends ConnectionEnd {
  override readonly name = "SequenceSkipped";
  override readonly kind = "skipped";

  constructor(after: number, first: number) {
    super(`The sequence numbers jump from ${after} to ${first}; the messages between are requested again`);
  }
}
