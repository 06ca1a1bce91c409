import { assertEquals, assertMatch } from "@std/assert";
import { REASONS, reject } from "../../src/atproto/rejected.ts";

Deno.test("reject() says as much of the place as is known, and null of the rest", () => {
  assertEquals(reject("block-missing", "bafy", { seq: 0, path: "c/r" }), {
    kind: "rejected",
    reason: "block-missing",
    seq: 0,
    did: null,
    path: "c/r",
    detail: "bafy",
  });
  const { seq, did, path } = reject("frame-undecodable", "");
  assertEquals([seq, did, path], [null, null, null]);
});

Deno.test("REASONS has each reason in one form, with what it means", () => {
  for (const [name, doc] of Object.entries(REASONS)) {
    assertMatch(name, /^[a-z]+(?:-[a-z]+)+$/);
    assertMatch(doc, /^[a-z].*[^.]$/);
  }
});

Deno.test("REASONS are all used by the stages, each in one that can meet it", async () => {
  const sources = await Promise.all(
    ["atproto/frame.ts", "atproto/commit.ts", "atproto/repo_op.ts", "events/dead_letter.ts", "pipeline/verdicts.ts"]
      .map((path) => Deno.readTextFile(new URL(`../../src/${path}`, import.meta.url))),
  );
  for (const name of Object.keys(REASONS)) assertEquals(sources.join("").includes(`"${name}"`), true, name);
});
