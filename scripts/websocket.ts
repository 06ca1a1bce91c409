/**
 * The server's side of a WebSocket by hand, for who has to write to the bare connection: the bench, so that its server
 * costs little, and tests of servers that misbehave. Source: RFC 6455.
 *
 * @module
 */
import { acceptOf } from "../src/net/websocket.ts";

/** The answer that opens a connection, to a request to upgrade; null if the request is none. */
export function upgradeAnswer(request: string): string | null {
  const key = /^sec-websocket-key: *(\S+)/im.exec(request)?.[1];
  if (key === undefined) return null;
  return "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n" +
    `sec-websocket-accept: ${acceptOf(key)}\r\n\r\n`;
}

/** A binary message as a server writes it: in one frame, without a mask (section 5.2). */
export function onWire(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const { length } = message;
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const bytes = new Uint8Array(head + length);
  const view = new DataView(bytes.buffer);
  bytes[0] = 0x82;
  bytes[1] = head === 2 ? length : head === 4 ? 126 : 127;
  if (head === 4) view.setUint16(2, length);
  if (head === 10) view.setBigUint64(2, BigInt(length));
  bytes.set(message, head);
  return bytes;
}
