import { assert, assertEquals, assertRejects } from "@std/assert";
import { BlockMap, MemoryBlockstore, MST } from "@atproto/repo";
import { addCoveringProof } from "../../src/simulator/covering_proof.ts";
import { createRandom } from "../../src/simulator/random.ts";
import { linkTo } from "../../src/simulator/dag_cbor.ts";

const VALUE = linkTo(new Uint8Array([1]));

/** The CIDs of blocks, in order. */
function cidsOf(blocks: BlockMap): string[] {
  return blocks.entries().map(({ cid }) => cid.toString()).toSorted();
}

Deno.test("addCoveringProof() adds what the reference library does, of keys that are there and that are not", async () => {
  const random = createRandom(4);
  const key = () => `app.bsky.feed.like/${String(random.below(2000)).padStart(4, "0")}`;
  let nodes = 0;
  for (const size of [0, 1, 2, 10, 100, 700]) {
    const store = new MemoryBlockstore();
    let tree = await MST.create(store);
    const there = [...new Set(Array.from({ length: size }, key))];
    for (const each of there) tree = await tree.add(each, VALUE);
    const { blocks: all } = await tree.getUnstoredBlocks();
    for (const wanted of [...there.slice(0, 60), ...Array.from({ length: 60 }, key)]) {
      const blocks = new BlockMap();
      await addCoveringProof(tree, wanted, (cid) => all.get(cid), blocks);
      const expected = await tree.getCoveringProof(wanted);
      assertEquals(cidsOf(blocks), cidsOf(expected), `${wanted} in ${size}`);
      for (const { cid, bytes } of blocks.entries()) assertEquals(bytes, expected.get(cid));
      nodes += blocks.size;
    }
  }
  assert(nodes > 1500, `${nodes}`);
});

Deno.test("addCoveringProof() says which block is missing", async () => {
  const tree = await (await MST.create(new MemoryBlockstore())).add("app.bsky.feed.like/a", VALUE);
  await assertRejects(
    () => addCoveringProof(tree, "app.bsky.feed.like/a", () => null, new BlockMap()),
    TypeError,
    "Cannot prove app.bsky.feed.like/a: block bafy",
  );
});
