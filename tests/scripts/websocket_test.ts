import { assertEquals, assertMatch } from "@std/assert";
import { onWire, upgradeAnswer } from "../../scripts/websocket.ts";

Deno.test("upgradeAnswer() answers the key of RFC 6455 as that does, and nothing to what is no upgrade", () => {
  const request = "GET /chat HTTP/1.1\r\nHost: x\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  assertMatch(upgradeAnswer(request) ?? "", /\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n\r\n$/);
  assertEquals(upgradeAnswer("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), null);
});

Deno.test("onWire() writes lengths in as few bytes as the protocol has for them", () => {
  const heads = [[0, 0x82, 0], [125, 0x82, 125], [126, 0x82, 126, 0, 126], [65_535, 0x82, 126, 255, 255]]
    .concat([[65_536, 0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]]);
  for (const [length = 0, ...head] of heads) {
    const message = new Uint8Array(length).fill(7);
    assertEquals(onWire(message), new Uint8Array([...head, ...message]));
  }
});
