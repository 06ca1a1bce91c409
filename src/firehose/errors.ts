/**
 * What ends a connection. Each says whether dialling again can help, and why.
 *
 * @module
 */

/** Why one connection to the firehose ended. */
export abstract class ConnectionEnd extends Error {
  /** Whether the same URL may be dialled again. */
  readonly mayRetry: boolean = true;
}

/** The server could not be reached, or refused the WebSocket. Outages end; so this is tried again. */
export class DialError extends ConnectionEnd {
  override readonly name = "DialError";
}

/** The server closed the connection, cleanly or not. Relays do so at every restart. */
export class ServerClosed extends ConnectionEnd {
  override readonly name = "ServerClosed";
  readonly code: number;

  constructor(code: number, reason: string) {
    super(`The server closed the connection (code ${code}${reason === "" ? "" : `, "${reason}"`})`);
    this.code = code;
  }
}

/** The server sent an error frame. Its causes (slow consumer, future cursor) pass or are handled on reconnecting. */
export class ErrorFrameReceived extends ConnectionEnd {
  override readonly name = "ErrorFrameReceived";

  constructor(error: string, message: string) {
    super(`The server ended the stream: ${error}${message === "" ? "" : ` (${message})`}`);
  }
}

/** No data for too long: the connection is dead though nobody said so. A new one cures that. */
export class IdleTimeout extends ConnectionEnd {
  override readonly name = "IdleTimeout";

  constructor(idleMs: number) {
    super(`No data for ${idleMs / 1000} s`);
  }
}
