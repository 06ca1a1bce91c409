/**
 * Where the handles in events come from.
 *
 * @module
 */
import type { Span } from "../atproto/bytes/span.ts";
import { isDid } from "../atproto/did.ts";

/** Handles by DID. */
export interface HandleSource {
  /** The handle of the DID in a range of bytes as it is known now, in ASCII, until the next call; null: it is not known. */
  handleOf(bytes: Uint8Array, did: Span): Uint8Array | null;
}

const utf8 = new TextEncoder();
const ascii = new TextDecoder();

/** The bytes of a message, and where the DID of its account stands in them. */
interface OfAccount {
  readonly bytes: Uint8Array;
  readonly spans: { readonly did: Span };
}

/** The handle of a message's account as text; null where no handles are asked for. */
export function handleOfFrame(handles: HandleSource | null, frame: OfAccount): string | null {
  return handles === null ? null : handleText(handles, frame.bytes, frame.spans.did);
}

function handleText(handles: HandleSource, bytes: Uint8Array, did: Span): string | null {
  const handle = handles.handleOf(bytes, did);
  return handle === null ? null : ascii.decode(handle);
}

/** The handle of what a record names as an account. That may be any text. */
export function handleOfText(handles: HandleSource | null, did: string): string | null {
  if (handles === null) return null;
  const bytes = utf8.encode(did);
  const all = { start: 0, end: bytes.length };
  return isDid(bytes, all) ? handleText(handles, bytes, all) : null;
}
