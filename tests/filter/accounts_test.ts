import { assertEquals } from "@std/assert";
import { accountFilter } from "../../src/filter/accounts.ts";
import { DidSet } from "../../src/filter/dids.ts";

/** In the shard 1 of 4. */
const DID = "did:plc:z72i7hdynmk6r22z27h6tvur";

const ALL = { shard: null, dids: null, excludeDids: null };
const OTHER = "did:web:other.example";

function drops(rules: Parameters<typeof accountFilter>[0], did: string) {
  const bytes = new TextEncoder().encode(`x${did}x`);
  const filter = accountFilter(rules);
  if (filter === null) throw new Error("no filter");
  const reason = filter.drops(bytes, { start: 1, end: bytes.length - 1 });
  assertEquals(filter.wants(did), reason === null);
  return reason;
}

Deno.test("accountFilter() is none where every account is wanted", () => {
  assertEquals(accountFilter(ALL), null);
});

Deno.test("AccountFilter.drops() leaves out what is in other shards", () => {
  const reasons = [0, 1, 2, 3].map((index) => drops({ ...ALL, shard: { index, count: 4 } }, DID));
  assertEquals(reasons, ["shard", null, "shard", "shard"]);
});

Deno.test("AccountFilter.drops() wants the listed accounts alone, and none that is excluded", () => {
  const [one, both] = [new DidSet([DID]), new DidSet([DID, OTHER])];
  assertEquals([DID, OTHER].map((did) => drops({ ...ALL, dids: one }, did)), [null, "did"]);
  assertEquals([DID, OTHER].map((did) => drops({ ...ALL, excludeDids: one }, did)), ["did", null]);
  assertEquals([DID, OTHER].map((did) => drops({ ...ALL, dids: both, excludeDids: one }, did)), ["did", null]);
  assertEquals(drops({ dids: both, excludeDids: null, shard: { index: 0, count: 4 } }, DID), "shard");
});

Deno.test("AccountFilter takes another list at any time", () => {
  const filter = accountFilter({ ...ALL, dids: new DidSet([DID]) });
  if (filter !== null) filter.dids = new DidSet([OTHER]);
  assertEquals([filter?.wants(DID), filter?.wants(OTHER)], [false, true]);
});
