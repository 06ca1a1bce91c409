import { assertEquals, assertRejects } from "@std/assert";
import { askUntilAnswered, fileEvidence, groupEvidence, storedAtLeastOnce } from "../../src/app/resume.ts";
import { resolveConfig } from "../../src/config/resolve.ts";
import type { Cursor } from "../../src/cursor/cursor.ts";
import type { CursorOwner } from "../../src/cursor/owner.ts";
import { committedOf, keptCursorOf } from "../../src/sink/kafka/kept_cursor.ts";
import { KafkaRefusedError } from "../../src/sink/kafka/errors.ts";

const OWNER: CursorOwner = { job: "j", cluster: "c", topic: "t", topicId: "i", options: "o" };
const CURSOR: Cursor = { host: "a", seq: 7, time: null, owner: OWNER };
const NEVER = new AbortController().signal;

function kept(cursor: Cursor | null, isLost = false) {
  return keptCursorOf(committedOf(cursor, "host pid 1", 0, isLost));
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
  assertEquals(groupEvidence(keptCursorOf({ offset: 9n, metadata: "" }), "g", OWNER).kind, "foreign");
  const own = { kind: "cursor", name, cursor: CURSOR, others: new Map(), owner: "own" } as const;
  assertEquals(groupEvidence(kept(CURSOR), "g", OWNER), own);
  const { owner: _owner, ...unowned } = CURSOR;
  assertEquals(groupEvidence(kept(unowned), "g", OWNER), { ...own, cursor: unowned });
});

Deno.test("storedAtLeastOnce() needs no brokers where lines are written", async () => {
  const resolution = resolveConfig({ output: "-", firehoseUrl: "wss://a,wss://b" }, {});
  if (resolution.kind === "mistakes") throw new Error(resolution.mistakes.join());
  const { owner: _owner, ...unowned } = CURSOR;
  const file = { cursor: unowned, others: new Map() };
  const { stored, owner } = await storedAtLeastOnce(resolution, file, (_what, ask) => ask());
  assertEquals(owner, null);
  assertEquals([stored.relays, stored.other.kind, stored.ranBefore, stored.mayRepeat], [
    ["a", "b"],
    "none",
    false,
    true,
  ]);
  assertEquals(stored.own.kind === "cursor" && stored.own.cursor.seq, 7);
});

Deno.test("askUntilAnswered() asks again through trouble, says what it waits for, and ends with a refusal or the signal", async () => {
  const seen: string[] = [];
  const observer = {
    waiting: ({ reason }: { reason: string }) => void seen.push(reason),
    answered: () => void seen.push("answered"),
  };
  const ask = askUntilAnswered(observer, NEVER);
  let asked = 0;
  const flaky = () => ++asked < 3 ? Promise.reject(new Error("connection lost")) : Promise.resolve("answer");
  assertEquals(await ask("the offset", flaky), "answer");
  const waited = "cannot read the offset: connection lost";
  assertEquals(seen, [waited, waited, "answered"]);
  await assertRejects(() => ask("x", () => Promise.reject(new KafkaRefusedError("no"))), KafkaRefusedError, "no");
  const stop = new AbortController();
  const waiting = askUntilAnswered({ ...observer, waiting: () => stop.abort() }, stop.signal);
  await assertRejects(() => waiting("x", () => Promise.reject(new Error("away"))), DOMException);
});
