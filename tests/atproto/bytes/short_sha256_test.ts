import { assert, assertEquals } from "@std/assert";
import { hash } from "node:crypto";
import { MAX_SHORT, shortSha256 } from "../../../src/atproto/bytes/short_sha256.ts";
import { createRandom } from "../../../src/simulator/random.ts";

Deno.test("shortSha256() gives what the runtime's own does, of texts of every length that it takes", () => {
  const random = createRandom(1);
  let texts = 0;
  for (let length = 0; length <= MAX_SHORT; length++) {
    for (let round = 0; round < 20; round++, texts++) {
      const text = Array.from({ length }, () => String.fromCharCode(random.below(128))).join("");
      assertEquals(shortSha256(text), Number.parseInt(hash("sha256", text, "hex").slice(0, 8), 16), text);
    }
  }
  assert(texts > 1000);
});
