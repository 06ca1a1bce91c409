import { assertEquals } from "@std/assert";
import { fileEvidence, groupEvidence } from "../../src/app/evidence.ts";
import type { Cursor } from "../../src/cursor/cursor.ts";
import type { CursorOwner } from "../../src/cursor/owner.ts";
import { committedOf, storedCursorOf } from "../../src/kafka/offsets/cursor_offset.ts";

const OWNER: CursorOwner = { job: "j", cluster: "c", topic: "t", topicId: "i", options: "o" };
const CURSOR: Cursor = { host: "a", seq: 7, time: null, owner: OWNER };

function kept(cursor: Cursor | null, isLost = false) {
  return storedCursorOf(committedOf(cursor, "host pid 1", 0, isLost));
}

Deno.test("fileEvidence() says whose the cursor is", () => {
  const read = (cursor: Cursor | null) => fileEvidence({ cursor, others: new Map() }, "p", OWNER);
  assertEquals(read(null), { kind: "none", name: 'the file "p"' });
  const owners = [{}, { owner: OWNER }, { owner: { ...OWNER, topicId: "x" } }, { owner: { ...OWNER, job: "k" } }]
    .map((owner) => read({ host: "a", seq: 7, time: null, ...owner }))
    .map((evidence) => evidence.kind === "cursor" ? evidence.owner : null);
  assertEquals(owners, ["unknown", "own", "recreated", { differences: ['job "k", not "j"'] }]);
});

Deno.test("groupEvidence() takes nothing for a cursor but what a producer of this project committed", () => {
  const name = 'the group "g"';
  assertEquals(groupEvidence(null, "g", OWNER), { kind: "none", name });
  assertEquals(groupEvidence(kept(null), "g", OWNER), { kind: "none", name });
  assertEquals(groupEvidence(kept(null, true), "g", OWNER).kind, "foreign");
  assertEquals(groupEvidence(storedCursorOf({ offset: 9n, metadata: "" }), "g", OWNER).kind, "foreign");
  const own = { kind: "cursor", name, cursor: CURSOR, others: new Map(), owner: "own" } as const;
  assertEquals(groupEvidence(kept(CURSOR), "g", OWNER), own);
  const { owner: _owner, ...unowned } = CURSOR;
  assertEquals(groupEvidence(kept(unowned), "g", OWNER), { ...own, cursor: unowned });
});
