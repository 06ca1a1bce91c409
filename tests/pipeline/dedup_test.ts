import { assertEquals } from "@std/assert";
import { eventId } from "../../src/events/envelope.ts";
import { DedupWindow } from "../../src/pipeline/dedup.ts";
import { RecordWrite } from "../../src/atproto/repo_op.ts";
import { rulesOf } from "../../src/filter/collections.ts";
import { Filter, UNFILTERED } from "../../src/filter/filter.ts";
import { commitFrame } from "../support/messages.ts";

const LIKE = "app.bsky.feed.like";
const READER = new Filter({ collections: rulesOf([LIKE]), ...UNFILTERED });

/** The records of a commit. */
async function blocks(
  names: readonly string[],
  fields: Readonly<Record<string, unknown>> = {},
): Promise<RecordWrite[]> {
  const frame = await commitFrame(names.map((name) => ({ path: `${LIKE}/${name}`, record: { name } })), fields);
  return READER.read(frame).filter((each) => each instanceof RecordWrite);
}

Deno.test("DedupWindow.admit() knows a record again by account, revision and path, whatever its number", async () => {
  const records = new DedupWindow(100);
  const all = [
    ...await blocks(["a", "b"]),
    ...await blocks(["a"], { rev: "3lzzzzzzzzz2b" }),
    ...await blocks(["a"], { repo: "did:plc:bbbbbbbbbbbbbbbbbbbbbbbb" }),
  ];
  assertEquals(all.map((block) => records.admit(eventId(block))), [true, true, true, true]);
  const again = [...await blocks(["b", "c"], { seq: 7 }), ...await blocks(["a"], { seq: 8 })];
  assertEquals(again.map((block) => records.admit(eventId(block))), [false, true, false]);
});

Deno.test("DedupWindow remembers at least as many as it is given, and not for ever", async () => {
  const records = new DedupWindow(10);
  const all = await blocks(Array.from({ length: 30 }, (_, i) => `n${i}`));
  for (const block of all) records.admit(eventId(block));
  assertEquals(all.slice(-10).map((block) => records.admit(eventId(block))).includes(true), false);
  assertEquals(all.slice(0, 5).map((block) => records.admit(eventId(block))).includes(false), false);
});
