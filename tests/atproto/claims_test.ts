import { assert, assertEquals } from "@std/assert";
import { decodeAll, encode } from "@atproto/lex-cbor";
import { type Claims, readClaims } from "../../src/atproto/claims.ts";
import { NOWHERE, type Span, spanText } from "../../src/atproto/bytes/span.ts";
import { CborReader } from "../../src/atproto/cbor.ts";
import { cidAt } from "../../src/atproto/claims.ts";
import { cidText } from "../../src/atproto/cid.ts";
import { encodeMessage } from "../../src/simulator/frames.ts";
import { commitMessage, RECORDED, recorded } from "../support/messages.ts";
import { networkFrames } from "../support/network_events.ts";

interface Body {
  readonly repo?: string;
  readonly did?: string;
  readonly rev: string;
  readonly commit?: unknown;
  readonly prevData?: unknown;
  readonly blocks: Uint8Array;
  readonly ops?: readonly unknown[];
}

function textOf(bytes: Uint8Array, claims: Claims) {
  const cid = (span: Span) => span === NOWHERE ? "undefined" : cidText(bytes.subarray(span.start, span.end));
  const { ops } = claims;
  return {
    type: claims.type,
    did: spanText(bytes, claims.did),
    rev: spanText(bytes, claims.rev),
    commit: cid(claims.commit),
    prevData: cid(claims.prevData),
    blocks: claims.blocks.end - claims.blocks.start,
    ops: ops === NOWHERE ? -1 : new CborReader(bytes, ops.start, ops.end).readArraySize(),
  };
}

Deno.test("readClaims() reads of recorded and simulated messages what the reference library does", async () => {
  const messages = (await networkFrames(200)).map(({ bytes }) => bytes);
  for (const name of RECORDED) messages.push(...await recorded(name));
  const seen = { commit: 0, sync: 0, other: 0 };
  for (const bytes of messages) {
    const [{ t }, body] = [...decodeAll(bytes)] as unknown as [{ t: string }, Body];
    const claims = readClaims(bytes);
    if (t !== "#commit" && t !== "#sync") {
      assertEquals(claims, null);
      seen.other++;
      continue;
    }
    if (claims === null) throw new Error(t);
    assertEquals(textOf(bytes, claims), {
      type: t,
      did: body.repo ?? body.did ?? "",
      rev: body.rev,
      commit: `${body.commit}`,
      prevData: `${body.prevData ?? undefined}`,
      blocks: body.blocks.length,
      ops: body.ops?.length ?? -1,
    });
    seen[t === "#commit" ? "commit" : "sync"]++;
  }
  assert(seen.commit > 100 && seen.sync > 2 && seen.other > 5, JSON.stringify(seen));
});

Deno.test("readClaims() takes fields of the wrong type for none, and nothing from what is no message", async () => {
  const bytes = await commitMessage([], { rev: 1, commit: "x", prevData: null, blocks: "x", ops: {} });
  const claims = readClaims(bytes);
  assertEquals([claims?.rev, claims?.commit, claims?.prevData, claims?.blocks, claims?.ops], Array(5).fill(NOWHERE));
  for (
    const other of [
      new Uint8Array(),
      Uint8Array.of(0xff),
      encode("x"),
      encodeMessage("#identity", {}),
      bytes.subarray(0, 40),
    ]
  ) {
    assertEquals(readClaims(other), null);
  }
});

Deno.test("cidAt() steps over a tag that is no CID", () => {
  const reader = new CborReader(Uint8Array.of(0xc1, 0x01, 0x05));
  assertEquals([cidAt(reader), reader.offset], [NOWHERE, 2]);
});
