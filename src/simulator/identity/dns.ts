/**
 * A DNS server on loopback that knows TXT records alone.
 *
 * @module
 */
import { createSocket } from "node:dgram";
import type { AddressInfo } from "node:net";

/** The texts of a name's TXT records; null where there is no such name. The name is in lower case. */
export type LookUpTxt = (name: string) => readonly string[] | null;

/** A server that runs. */
export interface DnsServer extends AsyncDisposable {
  readonly port: number;
}

const HEADER_BYTES = 12;
const TYPE_TXT = 16;
const CLASS_IN = 1;
const IS_ANSWER = 0x84;
const NOT_FOUND = 3;
const MAX_TEXT_BYTES = 255;
/** Points to the name in the question, which every record here is of. */
const NAME_OF_QUESTION = [0xc0, HEADER_BYTES] as const;
const utf8 = new TextEncoder();
const ascii = new TextDecoder();

/** Starts a server on 127.0.0.1, on a UDP port; 0 takes a free one. */
export async function serveDns(port: number, lookUp: LookUpTxt): Promise<DnsServer> {
  const socket = createSocket("udp4");
  socket.on("message", (query: Uint8Array, { address, port }) => {
    const answer = answerQuery(query, lookUp);
    if (answer !== null) socket.send(answer, port, address);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(port, "127.0.0.1", resolve);
  });
  socket.on("error", () => {});
  const bound: AddressInfo = socket.address();
  return {
    port: bound.port,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void socket.close(() => resolve())),
  };
}

/** The answer to a query; null for what is none. */
export function answerQuery(query: Uint8Array, lookUp: LookUpTxt): Uint8Array | null {
  const question = readQuestion(query);
  if (question === null) return null;
  const { name, type, end } = question;
  const texts = lookUp(name);
  const records = texts === null || type !== TYPE_TXT ? [] : texts.map(txtRecord);
  const [high = 0, low = 0, flags = 0] = query;
  const isRecursive = flags & 1;
  const counts = [0, 1, 0, records.length, 0, 0, 0, 0];
  const header = [high, low, IS_ANSWER | isRecursive, texts === null ? NOT_FOUND : 0, ...counts];
  return new Uint8Array([...header, ...query.subarray(HEADER_BYTES, end), ...records.flat()]);
}

function readQuestion(query: Uint8Array): { name: string; type: number; end: number } | null {
  const isQuery = query.length > HEADER_BYTES && ((query[2] ?? 0) & 0xf8) === 0 && query[5] === 1;
  if (!isQuery) return null;
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    // Longer ones would be pointers, and a question has none.
    if (length > 63 || at + 1 + length >= query.length) return null;
    labels.push(ascii.decode(query.subarray(at + 1, at + 1 + length)));
    at += 1 + length;
  }
  const end = at + 5;
  if (end > query.length) return null;
  return { name: labels.join(".").toLowerCase(), type: ((query[at + 1] ?? 0) << 8) | (query[at + 2] ?? 0), end };
}

function txtRecord(text: string): number[] {
  const bytes = utf8.encode(text);
  const data: number[] = [];
  for (let at = 0; at < bytes.length; at += MAX_TEXT_BYTES) {
    const chunk = bytes.subarray(at, at + MAX_TEXT_BYTES);
    data.push(chunk.length, ...chunk);
  }
  // It may be kept for no time at all.
  return [...NAME_OF_QUESTION, 0, TYPE_TXT, 0, CLASS_IN, 0, 0, 0, 0, data.length >> 8, data.length & 255, ...data];
}
