import { assertEquals } from "@std/assert";
import { readCarWithRoot } from "@atproto/repo";
import { withoutBlocks, withSeq } from "../../src/simulator/rewrite.ts";
import { encodeMessage } from "../../src/simulator/frames.ts";
import { commitMessage, frameOf } from "../support/messages.ts";

Deno.test("withSeq() changes the number and nothing else", async () => {
  const message = await commitMessage([{ path: "a.b.c/1", record: { a: 1 } }]);
  const changed = withSeq(message, 7);
  assertEquals(frameOf(changed, "commit"), { ...frameOf(message, "commit"), seq: 7 });
  assertEquals(withSeq(changed, frameOf(message, "commit").seq), message);
});

Deno.test("withoutBlocks() leaves an archive that is whole and empty, and other messages as they are", async () => {
  const message = await commitMessage([{ path: "a.b.c/1", record: { a: 1 } }]);
  const { blocks, ...rest } = frameOf(withoutBlocks(message), "commit");
  assertEquals((await readCarWithRoot(blocks)).blocks.size, 0);
  const { blocks: before, ...same } = frameOf(message, "commit");
  assertEquals([rest, before.length > blocks.length], [same, true]);
  const identity = encodeMessage("#identity", { seq: 1, did: "did:plc:x" });
  assertEquals(withoutBlocks(identity), identity);
});
