/**
 * Messages as a relay writes them: a DAG-CBOR header and a DAG-CBOR body.
 *
 * @module
 */
import { encode } from "@atproto/lex-cbor";

/** What the encoder takes. */
export type Lex = Parameters<typeof encode>[0];

/** Encodes a message of type `t`, as `#commit`. */
export function encodeMessage(t: string, body: { readonly [field: string]: Lex }): Uint8Array {
  return join(encode({ op: 1, t }), encode(body));
}

/** Encodes an error frame. */
export function encodeErrorFrame(error: string, message: string): Uint8Array {
  return join(encode({ op: -1 }), encode({ error, message }));
}

function join(header: Uint8Array, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(header.length + body.length);
  bytes.set(header);
  bytes.set(body, header.length);
  return bytes;
}
