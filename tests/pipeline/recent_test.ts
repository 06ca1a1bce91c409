import { assertEquals } from "@std/assert";
import { RECENT_MESSAGES, RecentMessages } from "../../src/pipeline/recent.ts";
import { encodeMessage } from "../../src/simulator/frames.ts";
import { commitFrame, frameOf } from "../support/messages.ts";

Deno.test("RecentMessages.texts() names the last messages up to a place, of every kind, and those of before", async () => {
  const long = `did:web:${"x".repeat(80)}.example`;
  const recent = new RecentMessages(["did:plc:before/3l"]);
  recent.add(await commitFrame([], { repo: "did:plc:a", rev: "3lzzzzzzzzz2a" }), 0);
  recent.add(frameOf(encodeMessage("#identity", { seq: 1, did: "did:plc:b", time: "T" }), "identity"), 0);
  recent.add(await commitFrame([], { repo: long, rev: "3lzzzzzzzzz2b" }), 0);
  // What would be a nuisance in a cursor is left out.
  recent.add(await commitFrame([], { repo: `did:web:${"y".repeat(2000)}`, rev: "3lzzzzzzzzz2c" }), 0);
  const texts = ["did:plc:before/3l", "did:plc:a/3lzzzzzzzzz2a", "did:plc:b/#identity T", `${long}/3lzzzzzzzzz2b`];
  assertEquals([recent.count, recent.texts(5), recent.texts(2)], [5, texts, texts.slice(0, 2)]);
});

Deno.test("RecentMessages.texts() has 64 before any place that is not settled, however many come after it", async () => {
  const recent = new RecentMessages([]);
  const revs: string[] = [];
  const names = (upTo: number) =>
    revs.slice(Math.max(0, upTo - RECENT_MESSAGES), upTo).map((rev) => `did:plc:a/${rev}`);
  for (let i = 0; i < 5000; i++) {
    const rev = `3l${String(i).padStart(11, "2")}`;
    const settled = Math.max(0, i - 2500);
    recent.add(await commitFrame([], { repo: "did:plc:a", rev }), settled);
    revs.push(rev);
    if (i % 500 === 0) assertEquals(recent.texts(settled), names(settled));
  }
  assertEquals([recent.texts(5000), recent.texts(2499)], [names(5000), names(2499)]);
});
