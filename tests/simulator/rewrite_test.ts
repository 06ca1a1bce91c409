import { assertEquals } from "@std/assert";
import { decodeAll } from "@atproto/lex-cbor";
import { readCarWithRoot } from "@atproto/repo";
import { withoutBlocks, withSeq } from "../../src/simulator/rewrite.ts";
import { encodeMessage } from "../../src/simulator/frames.ts";
import { commitMessage, frameOf } from "../support/messages.ts";

function bodyOf(message: Uint8Array): { readonly blocks: Uint8Array; readonly [field: string]: unknown } {
  return [...decodeAll(message)][1] as { readonly blocks: Uint8Array };
}

Deno.test("withSeq() changes the number and nothing else", async () => {
  const message = await commitMessage([{ path: "a.b.c/1", record: { a: 1 } }]);
  const changed = withSeq(message, 7);
  assertEquals(bodyOf(changed), { ...bodyOf(message), seq: 7 });
  assertEquals(withSeq(changed, frameOf(message, "commit").seq), message);
});

Deno.test("withoutBlocks() leaves an archive that is whole and empty, and other messages as they are", async () => {
  const message = await commitMessage([{ path: "a.b.c/1", record: { a: 1 } }]);
  const { blocks, ...rest } = bodyOf(withoutBlocks(message));
  assertEquals((await readCarWithRoot(blocks)).blocks.size, 0);
  const { blocks: before, ...same } = bodyOf(message);
  assertEquals([rest, before.length > blocks.length], [same, true]);
  const identity = encodeMessage("#identity", { seq: 1, did: "did:plc:x" });
  assertEquals(withoutBlocks(identity), identity);
});
