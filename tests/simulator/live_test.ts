import { assertEquals } from "@std/assert";
import { Account, makePast } from "../../src/simulator/account.ts";
import { LiveRecords } from "../../src/simulator/live.ts";
import { createRandom } from "../../src/simulator/random.ts";
import { tidOf } from "../../src/simulator/tid.ts";

const NOW_MS = Date.UTC(2026, 0, 1);

Deno.test("LiveRecords has what was written last, and of the past what nobody changed", async () => {
  const random = createRandom(1);
  const account = await Account.create(0, random, await makePast(3, NOW_MS, random));
  const [updated = "", deleted = "", kept = ""] = account.past.paths;
  const records = new LiveRecords();
  let count = 0;
  const write = async (seq: number | null, path: string, record: Record<string, unknown> | null) => {
    const action = record === null ? "delete" : account.has(path) ? "update" : "create";
    const { ops } = await account.commit([{ action, path, record }], tidOf(NOW_MS, count++));
    records.apply(account.did, ops, seq);
  };
  await write(5, "a.b.c/1", { text: "one" });
  await write(6, "a.b.c/2", { text: "two" });
  await write(7, updated, { text: "new" });
  await write(8, deleted, null);
  await write(9, "a.b.c/1", null);
  await write(null, "a.b.c/2", { text: "lost" });
  const live = [];
  for (const [path, { cid, value, seq }] of records.of(account)) {
    assertEquals(cid.toString(), (await account.cidAt(path))?.toString());
    live.push([path, value, seq]);
  }
  const expected = [["a.b.c/2", { text: "lost" }, null], [updated, { text: "new" }, 7], [
    kept,
    account.past.record,
    null,
  ]];
  assertEquals<unknown>(live, expected);
  records.erase(account.did);
  assertEquals([...records.of(account)].map(([path]) => path), [kept]);
});
