import { assertEquals } from "@std/assert";
import { parseCursor } from "../../src/cursor/file.ts";
import { compareOwners } from "../../src/cursor/owner.ts";
import { ofAnotherJob, withClockOff } from "./faults.ts";

const OWNER = { job: "one", cluster: "c", topic: "t", topicId: "i", options: "o" };
const SAVED = {
  cursor: 7,
  host: "relay.example",
  time: null,
  savedAt: "2026-01-01T00:00:00.000Z",
  epoch: 2,
  owner: OWNER,
};

Deno.test("withClockOff() moves the time of the save by minutes, and nothing else", () => {
  const changed = JSON.parse(withClockOff(JSON.stringify(SAVED), -3));
  assertEquals(changed, { ...SAVED, savedAt: "2025-12-31T23:57:00.000Z" });
});

Deno.test("ofAnotherJob() is a whole cursor file that belongs to another job", () => {
  const cursor = parseCursor(ofAnotherJob(JSON.stringify(SAVED)))?.cursor;
  assertEquals([cursor?.seq, cursor?.epoch], [1007, 2]);
  const owner = cursor?.owner;
  assertEquals(owner === undefined ? null : compareOwners(owner, OWNER).kind, "other");
});
