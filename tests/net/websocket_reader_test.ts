import { assert, assertEquals, assertThrows } from "@std/assert";
import { onWire } from "../../scripts/websocket.ts";
import { MessageTooLargeError, WebSocketProtocolError, WebSocketReader } from "../../src/net/websocket_reader.ts";

/** What a reader told, in order. */
class Told {
  readonly all: unknown[] = [];
  readonly reader: WebSocketReader;

  constructor(maxMessageBytes = 1_000_000) {
    this.reader = new WebSocketReader(maxMessageBytes, {
      message: (buffer, start, end) => this.all.push(buffer.slice(start, end)),
      ping: (payload) => this.all.push(["ping", ...payload]),
      close: (code, reason) => this.all.push(["close", code, reason]),
    });
  }

  /** Pushes bytes in pieces of so many. */
  push(bytes: Uint8Array<ArrayBuffer>, piece = bytes.length): void {
    for (let at = 0; at < bytes.length;) {
      const part = bytes.slice(at, at + Math.max(1, piece));
      const read = this.reader.push(part);
      assert(read > 0);
      at += read;
    }
  }
}

function joined(parts: readonly (Uint8Array | readonly number[])[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

/** A message of two fragments, with a ping between. */
const FRAGMENTED = [0x02, 2, 1, 2, 0x89, 1, 9, 0x80, 1, 3];

Deno.test("WebSocketReader gives messages, pings and the close, in whatever pieces they come", () => {
  const lengths = [0, 1, 125, 126, 65_535, 65_536, 70_000];
  const messages = lengths.map((length) => new Uint8Array(length).fill(length & 0xff));
  const bytes = joined([
    ...messages.map(onWire),
    FRAGMENTED,
    [0x81, 2, 65, 66],
    [0x8a, 1, 7],
    [0x88, 5, 0x03, 0xe9, 98, 121, 101],
  ]);
  const expected = [
    ...messages,
    ["ping", 9],
    new Uint8Array([1, 2, 3]),
    new Uint8Array(0),
    ["close", 1001, "bye"],
  ];
  for (const piece of [1, 2, 3, 7, 1000, 65_536, bytes.length]) {
    const told = new Told();
    told.push(bytes, piece);
    assertEquals(told.all, expected, `pieces of ${piece}`);
  }
  const told = new Told();
  told.push(joined([[0x88, 0]]));
  assertEquals(told.all, [["close", 1005, ""]]);
});

Deno.test("WebSocketReader bounds a message, announced at once or in fragments, before it takes memory for it", () => {
  const limit = 1000;
  const announced = joined([[0x82, 127, 0, 0, 0, 0, 0, 0, 0x03, 0xe9]]);
  assertThrows(() => new Told(limit).push(announced), MessageTooLargeError, "larger than 1000 bytes");
  assertThrows(() => new Told(limit).push(joined([[0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255]])));
  const told = new Told(limit);
  told.push(onWire(new Uint8Array(limit)));
  assertEquals(told.all, [new Uint8Array(limit)]);
  const fragment = onWire(new Uint8Array(100));
  fragment[0] = 0x02;
  told.push(fragment);
  fragment[0] = 0x00;
  for (let sent = 100; sent < limit; sent += 100) told.push(fragment);
  assertThrows(() => told.push(joined([[0x00, 1, 0]])), MessageTooLargeError);
});

Deno.test("WebSocketReader reads 128 frames at most at once, and the rest when it is asked again", () => {
  const told = new Told();
  const flood = joined(Array(1000).fill([0x82, 0]));
  assertEquals([told.reader.push(flood), told.all.length], [256, 128]);
  for (let at = 256; at < flood.length;) at += told.reader.push(flood.slice(at));
  assertEquals(told.all.length, 1000);
});

Deno.test("WebSocketReader refuses what no server may send", () => {
  const cases: readonly (readonly [string, readonly number[]])[] = [
    ["reserved bits", [0xc2, 0]],
    ["masked", [0x82, 0x80, 1, 2, 3, 4]],
    ["unknown opcode 3", [0x83, 0]],
    ["unknown opcode 11", [0x8b, 0]],
    ["control frame is fragmented", [0x09, 0]],
    ["larger than 125 bytes", [0x89, 126, 0, 126]],
    ["does not follow on", [0x80, 0]],
    ["does not follow on", [0x02, 0, 0x82, 0]],
    ["half a code", [0x88, 1, 3]],
  ];
  for (const [said, bytes] of cases) {
    for (const piece of [1, bytes.length]) {
      assertThrows(() => new Told().push(new Uint8Array(bytes), piece), WebSocketProtocolError, said);
    }
  }
});
