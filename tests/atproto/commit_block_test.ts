import { assertEquals } from "@std/assert";
import { cidForLex, encode } from "@atproto/lex-cbor";
import { cidText } from "../../src/atproto/cid.ts";
import { readCommitBlock, unsignedBytes } from "../../src/atproto/commit_block.ts";
import type { Lex } from "../../src/simulator/frames.ts";
import * as b from "../fuzz/bytes.ts";

const DATA = await cidForLex({});
const UNSIGNED = { did: "did:plc:a", version: 3, data: DATA, rev: "3lzzzzzzzzz2a", prev: null };
const SIGNED = { ...UNSIGNED, sig: new Uint8Array(64).fill(7) };

function read(value: unknown) {
  const bytes = Uint8Array.from(encode(value as Lex));
  return {
    bytes,
    block: { start: 0, end: bytes.length },
    commit: readCommitBlock(bytes, { start: 0, end: bytes.length }),
  };
}

Deno.test("readCommitBlock() finds the fields, and unsignedBytes() what a signer encodes, with fields of the future too", () => {
  for (const more of [{}, { prev: DATA }, { later: ["field"] }]) {
    const { bytes, block, commit } = read({ ...SIGNED, ...more });
    if (commit === null) throw new Error("no commit");
    const text = ({ start, end }: { start: number; end: number }) =>
      new TextDecoder().decode(bytes.subarray(start, end));
    assertEquals([text(commit.did), text(commit.rev)], ["did:plc:a", "3lzzzzzzzzz2a"]);
    assertEquals(cidText(bytes.subarray(commit.data.start, commit.data.end)), DATA.toString());
    assertEquals(bytes.subarray(commit.signature.start, commit.signature.end), SIGNED.sig);
    assertEquals(unsignedBytes(bytes, block, commit), Uint8Array.from(encode({ ...UNSIGNED, ...more } as Lex)));
  }
});

Deno.test("readCommitBlock() reads a block where it stands in a message", () => {
  const bytes = Uint8Array.of(1, 2, 3, ...encode(SIGNED as unknown as Lex), 9);
  const block = { start: 3, end: bytes.length - 1 };
  const commit = readCommitBlock(bytes, block);
  if (commit === null) throw new Error("no commit");
  assertEquals(unsignedBytes(bytes, block, commit), Uint8Array.from(encode(UNSIGNED as unknown as Lex)));
});

Deno.test("readCommitBlock() takes nothing that lacks a field, has one of another type, or is of another version", () => {
  for (const field of Object.keys(SIGNED)) {
    const { [field as keyof typeof SIGNED]: _, ...rest } = SIGNED;
    assertEquals(read(rest).commit, null, field);
    if (field !== "prev") assertEquals(read({ ...SIGNED, [field]: null }).commit, null, field);
    assertEquals(read({ ...SIGNED, [field]: 4 }).commit, null, field);
  }
  for (const other of [[], "text", null, {}, { ...SIGNED, version: 2 }]) assertEquals(read(other).commit, null);
  assertEquals(readCommitBlock(new Uint8Array(), { start: 0, end: 0 }), null);
});

Deno.test("readCommitBlock() takes no fields out of order or twice, and nothing cut short or followed by more", () => {
  const fields = Object.entries(SIGNED).map(([name, value]) => [name, encode(value as Lex)] as const);
  assertEquals(readCommitBlock(...whole(b.map(fields))), null);
  const sorted = fields.toSorted(([x], [y]) => x.length - y.length || (x < y ? -1 : 1));
  assertEquals(readCommitBlock(...whole(b.map(sorted))) !== null, true);
  const [first] = sorted;
  if (first === undefined) throw new Error("no field");
  assertEquals(readCommitBlock(...whole(b.map([first, ...sorted]))), null);
  const bytes = encode(SIGNED as unknown as Lex);
  for (let end = 0; end < bytes.length; end++) assertEquals(readCommitBlock(...whole(bytes.subarray(0, end))), null);
  assertEquals(readCommitBlock(...whole(Uint8Array.of(...bytes, 0))), null);
});

function whole(bytes: Uint8Array): [Uint8Array, { start: number; end: number }] {
  return [bytes, { start: 0, end: bytes.length }];
}
