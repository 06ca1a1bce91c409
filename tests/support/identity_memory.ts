/**
 * A program: fills a cache of as many accounts as its argument says, and prints how many bytes more are resident then.
 *
 * @module
 */
import { BASE32 } from "../../src/atproto/base32.ts";
import { IdentityCache, identityTable } from "../../src/identity/cache.ts";
import { createRandom } from "../../src/simulator/random.ts";

const count = Number(Deno.args[0]);
const before = Deno.memoryUsage().rss;
const cache = new IdentityCache(identityTable(count, 5), null);
const key = { curve: "k256", bytes: new Uint8Array([2, ...createRandom(1).bytes(32)]) } as const;
for (let i = 0; i < count; i++) {
  const name = Array.from({ length: 24 }, (_, place) => BASE32[place > 4 ? 0 : (i >>> (5 * place)) & 31]).join("");
  cache.set(`did:plc:${name}`, "found", { handle: `account${i}.bsky.social`, key }, 1 + i);
}
const grown = Deno.memoryUsage().rss - before;
Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify({ size: cache.size, grown })}\n`));
