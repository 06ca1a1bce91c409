import { assertEquals } from "@std/assert";
import { accountFilter } from "../../src/filter/accounts.ts";

/** In the shard 1 of 4. */
const DID = "did:plc:z72i7hdynmk6r22z27h6tvur";

function drops(rules: Parameters<typeof accountFilter>[0], did: string) {
  const bytes = new TextEncoder().encode(`x${did}x`);
  const filter = accountFilter(rules);
  if (filter === null) throw new Error("no filter");
  const reason = filter.drops(bytes, { start: 1, end: bytes.length - 1 });
  assertEquals(filter.wants(did), reason === null);
  return reason;
}

Deno.test("accountFilter() is none where every account is wanted", () => {
  assertEquals(accountFilter({ shard: null }), null);
});

Deno.test("AccountFilter.drops() leaves out what is in other shards", () => {
  const reasons = [0, 1, 2, 3].map((index) => drops({ shard: { index, count: 4 } }, DID));
  assertEquals(reasons, ["shard", null, "shard", "shard"]);
});
