/**
 * What answers on a port where no Kafka is. Each answer of Kafka begins with its length; of other protocols the same four
 * bytes are a number so large that KafkaJS would wait for the rest of it until its request times out.
 *
 * @module
 */
import { printable } from "../../text/printable.ts";

/** No answer is longer: the largest hold records, of which 10 MB are asked for. */
const MAX_ANSWER_BYTES = 134_217_728;
/** Bytes of the length before each answer. */
export const LENGTH_BYTES = 4;
const SHOWN_CHARS = 80;
const SHOWN_BYTES = 8;
/** The types of TLS records that can come first, an alert and a handshake, before the major version. */
const TLS_RECORDS = [21, 22];
const TLS_MAJOR = 3;

/** Something answers that is not Kafka. */
export class ForeignAnswerError extends Error {
  override readonly name = "ForeignAnswerError";
  /** KafkaJS keeps nothing else of an error but its message. */
  readonly code: "NOT_KAFKA" | "TLS_EXPECTED";

  constructor(broker: string, bytes: Uint8Array) {
    const isTls = TLS_RECORDS.includes(bytes[0] ?? 0) && bytes[1] === TLS_MAJOR;
    super(`${broker} responds, but not in the Kafka protocol: ${isTls ? "it speaks TLS" : shown(bytes)}`);
    this.code = isTls ? "TLS_EXPECTED" : "NOT_KAFKA";
  }
}

/** Whether these, the first bytes of an answer, are none of Kafka's. Four are enough. */
export function isForeign(bytes: Uint8Array): boolean {
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getInt32(0);
  return length < LENGTH_BYTES || length > MAX_ANSWER_BYTES;
}

/** The first line, or where that is no text the first bytes. */
function shown(bytes: Uint8Array): string {
  const [line = ""] = new TextDecoder().decode(bytes.subarray(0, 4 * SHOWN_CHARS)).split(/\r?\n/);
  if (/^[\x20-\x7e]{3}/.test(line)) return printable(line.slice(0, SHOWN_CHARS));
  return `the bytes ${bytes.subarray(0, SHOWN_BYTES).toHex()}`;
}
