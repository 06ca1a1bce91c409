import { assertEquals } from "@std/assert";
import { isSampled } from "../../src/filter/sample.ts";
import type { SimulatedFrame } from "../../src/simulator/messages.ts";
import { accountFor, accountId, explainGaps } from "./account.ts";

const POST = "app.bsky.feed.post";

function frame(did: string, rev: string, ...ops: readonly (readonly [action: string, path: string])[]): SimulatedFrame {
  return {
    ...{ seq: 1, bytes: new Uint8Array(), type: "#commit", did, rev, time: "" },
    ops: ops.map(([action, path]) => ({ action, path })) as unknown as SimulatedFrame["ops"],
  };
}

Deno.test("accountFor() puts each operation under one head, and finds what is lost, again, unknown or out of order", () => {
  const paths = Array.from({ length: 100 }, (_, i) => `${POST}/${i}`);
  const kept = paths.filter((path) => isSampled(`at://a/${path}`, 0.5));
  const [first = "", second = "", third = ""] = kept;
  const left = paths.find((path) => !kept.includes(path)) ?? "";
  const frames = [
    frame("a", "1", ["create", first], ["delete", second], ["create", "app.bsky.feed.like/1"], ["create", left]),
    frame("a", "2", ["update", second]),
    frame("a", "3", ["create", third]),
    frame("a", "4", ["create", third]),
  ];
  const taken = { collections: new Set([POST]), sampleRate: 0.5, missingEvery: 3 };
  const found = [`a/2/${second}`, `a/1/${first}`, `a/2/${second}`, "a/9/x"].map((id) => ({ id, key: "a" }));
  assertEquals(accountFor(frames, taken, found), {
    operations: 7,
    delivered: 2,
    filtered: 2,
    sampledOut: 1,
    rejected: 1,
    lost: 1,
    lostIds: [`3 a/4/${third}`],
    repeated: 1,
    unknown: 1,
    disordered: 1,
  });
});

Deno.test("accountFor() accounts for deletes, other collections and messages about accounts where all is wanted", () => {
  const frames = [
    frame("a", "1", ["create", "com.example.thing/1"], ["delete", `${POST}/1`]),
    { ...frame("a", "2"), type: "#sync", seq: 7 },
    { ...frame("a", "2"), type: "#account", seq: 8 },
    { ...frame("a", "2"), type: "#handle", seq: 9 },
    frame("a", "3", ["delete", `${POST}/2`], ["update", "com.example.thing/1"]),
  ];
  const taken = { collections: null, sampleRate: 1, missingEvery: 5 };
  const ids = ["a/1/com.example.thing/1", `a/1/${POST}/1`, accountId("a", "account", 8), `a/3/${POST}/2`];
  const account = accountFor(frames, taken, ids.map((id) => ({ id, key: "a" })));
  assertEquals([account.operations, account.delivered, account.filtered, account.rejected, account.unknown], [
    ...[6, 4, 0, 1, 0],
  ]);
  assertEquals(account.lostIds, ["1 a/sync#7"]);
});

Deno.test("explainGaps() takes a gap for the relay's own hole only between messages that follow each other", () => {
  const frames = [1, 2, 9, 10].map((seq) => ({ ...frame("a", "1"), seq }));
  const gap = (fromSeq: number, toSeq: number, cause = "window-exceeded") => ({
    ...{ id: `gap/h/${fromSeq}/h/${toSeq}`, cause, fromSeq, toSeq },
  });
  assertEquals(explainGaps(frames, [gap(2, 9), gap(2, 9)]), { holes: 1, unexplained: [] });
  const wrong = [gap(1, 9), gap(9, 10), gap(3, 9), gap(0, 2, "cursor-lost"), gap(2, 9, "sequence-reset")];
  for (const each of wrong) {
    assertEquals(explainGaps(frames, [each]), { holes: 0, unexplained: [`${each.cause} ${each.id}`] });
  }
});
