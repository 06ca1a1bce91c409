import { assertEquals } from "@std/assert";
import {
  DialError,
  ErrorFrameReceived,
  IdleTimeout,
  InvalidFrameReceived,
  MessageOversized,
  SequenceSkipped,
  ServerClosed,
} from "../../src/upstream/errors.ts";

const URL = "wss://relay.example/";

function refused(status: number, retryAfterMs: number): DialError {
  return new DialError(URL, "refused", `the server responded with ${status}`, { status, redirect: null, retryAfterMs });
}

Deno.test("ConnectionEnd says what ended the connection, and whether dialling again may help", () => {
  const ends = [
    new DialError(URL, "unreachable", "", null),
    new DialError(URL, "unreachable", "tcp connect error", null),
    refused(503, 2000),
    refused(426, 0),
    new ServerClosed(1000, ""),
    new ServerClosed(1001, "bye"),
    new ErrorFrameReceived("ConsumerTooSlow", "you"),
    new IdleTimeout(45_000, true),
    new SequenceSkipped(7, 12),
    new DialError(URL, "proxy", "proxy http://p:3128 refused (407)", null),
    new InvalidFrameReceived("relay.example", "a frame has reserved bits set"),
    new MessageOversized("relay.example", 2_097_152),
  ];
  assertEquals(ends.map((end) => [end.name, end.mayRetry, end.leastWaitMs, end.message]), [
    ["DialError", true, 0, `Cannot connect to "${URL}"`],
    ["DialError", true, 0, `Cannot connect to "${URL}": tcp connect error`],
    ["DialError", true, 2000, `Cannot connect to "${URL}": the server responded with 503`],
    [
      "DialError",
      false,
      0,
      `Cannot connect to "${URL}": the server responded with 426; expected a WebSocket of subscribeRepos`,
    ],
    ["ServerClosed", true, 0, "The server closed the connection (code 1000)"],
    ["ServerClosed", true, 0, 'The server closed the connection (code 1001, "bye")'],
    ["ErrorFrameReceived", true, 0, "The server ended the stream: ConsumerTooSlow (you)"],
    ["IdleTimeout", true, 0, "No data for 45 s"],
    ["SequenceSkipped", true, 0, "The sequence numbers jump from 7 to 12; the messages between are requested again"],
    ["DialError", true, 0, `Cannot connect to "${URL}": proxy http://p:3128 refused (407)`],
    [
      "InvalidFrameReceived",
      true,
      0,
      "relay.example violates the WebSocket protocol: a frame has reserved bits set",
    ],
    ["MessageOversized", true, 0, "relay.example sent more than 2 MiB of one message without its end"],
  ]);
  assertEquals(ends.map(({ kind }) => kind), [
    ...["unreachable", "unreachable", "refused", "refused", "server_closed", "server_closed", "error_frame"],
    ...["idle", "skipped", "proxy", "invalid_frame", "oversized"],
  ]);
});
