import { assertEquals } from "@std/assert";
import { readEvidence } from "../../src/cursor/cursor.ts";

Deno.test("readEvidence() reads the last messages and the usual step, and leaves out what is not usable", () => {
  const recent = ["did:plc:a/3l", "did:plc:b/3m"];
  assertEquals(readEvidence({ recent, usualStep: 7, cursor: 5 }), { recent, usualStep: 7 });
  assertEquals(readEvidence({ recent: [...Array(100).keys()].map(String), usualStep: 1 }).recent?.length, 64);
  assertEquals(readEvidence({ recent: ["a", 5, null] }), { recent: ["a"] });
  for (const kept of [{}, { recent: "a", usualStep: "1" }, { recent: [], usualStep: 0.5 }, { usualStep: 0 }]) {
    assertEquals(readEvidence(kept), {});
  }
});
