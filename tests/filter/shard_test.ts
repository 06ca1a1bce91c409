import { assert, assertEquals } from "@std/assert";
import { isInShard, parseShard } from "../../src/filter/shard.ts";
import { createRandom } from "../../src/simulator/random.ts";

const utf8 = new TextEncoder();

function shardOf(did: string, count: number): number {
  const bytes = utf8.encode(`at://${did}/x`);
  const shards = Array.from({ length: count }, (_, index) => index).filter((index) =>
    isInShard(bytes, 5, bytes.length - 2, { index, count })
  );
  assertEquals(shards.length, 1);
  return shards[0] ?? -1;
}

Deno.test("isInShard() puts each account into the shard that the documented hash says, in every version", () => {
  const cases: readonly (readonly [did: string, of4: number, of8: number])[] = [
    ["did:plc:z72i7hdynmk6r22z27h6tvur", 1, 1],
    ["did:plc:ewvi7nxzyoun6zhxrhs64oiz", 1, 5],
    ["did:plc:oky5czdrnfjpqslsw2a5iclo", 0, 4],
    ["did:web:example.com", 3, 3],
    ["did:web:localhost%3A8080", 2, 6],
  ];
  for (const [did, of4, of8] of cases) assertEquals([did, shardOf(did, 4), shardOf(did, 8)], [did, of4, of8]);
});

Deno.test("isInShard() splits accounts evenly, and each shard in two when their number doubles", () => {
  const random = createRandom(5);
  const counts = new Array<number>(6).fill(0);
  for (let i = 0; i < 12_000; i++) {
    const did = `did:plc:${random.bytes(12).toHex()}`;
    const [before, after] = [shardOf(did, 3), shardOf(did, 6)];
    assert(after === before || after === before + 3);
    counts[after] = (counts[after] ?? 0) + 1;
  }
  for (const count of counts) assert(Math.abs(count - 2000) < 200, `${counts}`);
});

Deno.test("parseShard() reads what a StatefulSet's ordinals make", () => {
  assertEquals(parseShard("0/4"), { kind: "value", value: { index: 0, count: 4 } });
  assertEquals(parseShard("3/4"), { kind: "value", value: { index: 3, count: 4 } });
  assertEquals(parseShard("0/1"), { kind: "value", value: { index: 0, count: 1 } });
});

Deno.test("parseShard() says that shards count from 0, and what else is wrong", () => {
  const four = { kind: "wrong", is: "there is no shard 4 of 4, as they count from 0", expected: "0/4 to 3/4" };
  assertEquals<unknown>(parseShard("4/4"), four);
  for (const text of ["", "1", "1/", "/4", "-1/4", "1.5/4", "1/4/2", "a/b", "1 / 4"]) {
    const parsed = parseShard(text);
    assertEquals(parsed.kind === "wrong" && parsed.is, "it is not INDEX/COUNT", text);
  }
  for (const text of ["0/0", "0/65537"]) assertEquals(parseShard(text).kind, "wrong");
});
