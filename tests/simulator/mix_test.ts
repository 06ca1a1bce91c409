import { assert, assertEquals } from "@std/assert";
import {
  drawOperation,
  drawWord,
  MESSAGES,
  MIX_WORDS,
  mixOf,
  NETWORK_MIX,
  OPERATIONS,
} from "../../src/simulator/mix.ts";
import { createRandom } from "../../src/simulator/random.ts";

Deno.test("drawWord() draws all that a mix has in its shares, and nothing else", () => {
  const random = createRandom(1);
  const mix = mixOf({ like: 6, delete: 3, "broken-chain": 1 });
  const counts = new Map<string, number>();
  for (let i = 0; i < 10_000; i++) {
    const word = drawWord(mix, random);
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  assertEquals([...counts.keys()].sort(), ["broken-chain", "delete", "like"]);
  for (const [word, share] of [["like", 0.6], ["delete", 0.3], ["broken-chain", 0.1]] as const) {
    const seen = (counts.get(word) ?? 0) / 10_000;
    assert(Math.abs(seen - share) < 0.03, `${word}: ${seen}`);
  }
});

Deno.test("drawOperation() draws what a commit can do alone, and likes where a mix has nothing of that", () => {
  const random = createRandom(2);
  const drawn = new Set(
    Array.from({ length: 500 }, () => drawOperation(mixOf({ post: 1, block: 1, sync: 9 }), random)),
  );
  assertEquals(drawn, new Set(["post", "block"] as const));
  assertEquals(drawOperation(mixOf({ sync: 1 }), random), "like");
});

Deno.test("NETWORK_MIX has the live network's shares of operations, and nothing that loses any", () => {
  assertEquals(MIX_WORDS.length, Object.keys(OPERATIONS).length + Object.keys(MESSAGES).length);
  const operations = Object.keys(OPERATIONS) as (keyof typeof OPERATIONS)[];
  const total = operations.reduce((sum, word) => sum + NETWORK_MIX[word], 0);
  for (const [word, share] of [["like", 0.7], ["post", 0.11], ["repost", 0.1], ["follow", 0.04]] as const) {
    assert(Math.abs(NETWORK_MIX[word] / total - share) < 0.02, word);
  }
  const none = MIX_WORDS.filter((word) => NETWORK_MIX[word] === 0);
  assertEquals(none, ["key-rotation", "reset", "broken-chain", "repeated-commit"]);
});
