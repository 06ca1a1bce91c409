import { assertEquals } from "@std/assert";
import { decodeAll } from "@atproto/lex-cbor";
import { readCarWithRoot } from "@atproto/repo";
import { withoutBlocks, withSeq, withTimeOff } from "../../src/simulator/rewrite.ts";
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

Deno.test("withTimeOff() changes the time and nothing else, and leaves a message without one as it is", async () => {
  const message = await commitMessage([{ path: "a.b.c/1", record: { a: 1 } }]);
  const changed = withTimeOff(message, 90_000);
  const { time, ...rest } = bodyOf(message);
  const { time: later, ...same } = bodyOf(changed);
  assertEquals([Date.parse(String(later)) - Date.parse(String(time)), same], [90_000, rest]);
  for (const body of [{ seq: 1, did: "did:plc:x" }, { seq: 1, did: "did:plc:x", time: "soon" }]) {
    const untimed = encodeMessage("#identity", body);
    assertEquals(withTimeOff(untimed, 90_000), untimed);
  }
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
