import { assertEquals } from "@std/assert";
import { DialError, ErrorFrameReceived, IdleTimeout, ServerClosed } from "../../src/firehose/errors.ts";

Deno.test("ConnectionEnd says what ended the connection, and that dialling again may help", () => {
  const ends = [
    new DialError("Cannot connect"),
    new ServerClosed(1000, ""),
    new ServerClosed(1001, "bye"),
    new ErrorFrameReceived("ConsumerTooSlow", "you"),
    new IdleTimeout(45_000),
  ];
  assertEquals(ends.map((end) => [end.name, end.mayRetry, end.message]), [
    ["DialError", true, "Cannot connect"],
    ["ServerClosed", true, "The server closed the connection (code 1000)"],
    ["ServerClosed", true, 'The server closed the connection (code 1001, "bye")'],
    ["ErrorFrameReceived", true, "The server ended the stream: ConsumerTooSlow (you)"],
    ["IdleTimeout", true, "No data for 45 s"],
  ]);
});
