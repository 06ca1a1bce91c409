import { assertEquals } from "@std/assert";
import { storedAtLeastOnce } from "../../src/app/resume.ts";
import { resolved } from "../support/resolved.ts";

Deno.test("storedAtLeastOnce() needs no brokers where lines are written", async () => {
  const settings = resolved({ output: "-", firehoseUrl: "wss://a,wss://b" });
  const file = { cursor: { host: "a", seq: 7, time: null }, others: new Map() };
  const { stored, owner } = await storedAtLeastOnce(settings, file, (_what, ask) => ask());
  assertEquals(owner, null);
  assertEquals([stored.relays, stored.other.kind, stored.ranBefore, stored.mayRepeat], [
    ["a", "b"],
    "none",
    false,
    true,
  ]);
  assertEquals(stored.own.kind === "cursor" && stored.own.cursor.seq, 7);
});
