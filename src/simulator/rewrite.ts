/**
 * Messages made wrong, or given another number.
 *
 * @module
 */
import { decodeAll } from "@atproto/lex-cbor";
import { encodeMessage, type Lex } from "./frames.ts";

/** The message with another number. */
export function withSeq(bytes: Uint8Array, seq: number): Uint8Array {
  return rewrite(bytes, (body) => ({ ...body, seq }));
}

/** The message with a time that is so many milliseconds later. Messages without a time stay as they are. */
export function withTimeOff(bytes: Uint8Array, ms: number): Uint8Array {
  return rewrite(bytes, (body) => {
    const timeMs = typeof body["time"] === "string" ? Date.parse(body["time"]) : NaN;
    return Number.isNaN(timeMs) ? body : { ...body, time: new Date(timeMs + ms).toISOString() };
  });
}

/** A commit whose archive ends after its header. Other messages stay as they are. */
export function withoutBlocks(bytes: Uint8Array): Uint8Array {
  return rewrite(bytes, (body) => {
    const { blocks } = body;
    if (!(blocks instanceof Uint8Array)) return body;
    return { ...body, blocks: blocks.slice(0, 1 + (blocks[0] ?? 0)) };
  });
}

/** The message with what `change` makes of its body. */
export function rewrite(bytes: Uint8Array, change: (body: Record<string, Lex>) => Record<string, Lex>): Uint8Array {
  const [header, body] = [...decodeAll(bytes)];
  // The message has a number, so it was decoded before: a header with `t` and a body, both maps.
  return encodeMessage((header as { t: string }).t, change(body as Record<string, Lex>));
}
