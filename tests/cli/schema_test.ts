import { assertEquals, assertStringIncludes } from "@std/assert";
import { typesNamed, unknownType } from "../../src/cli/schema.ts";
import { FORMS } from "../../src/schemas/forms.ts";
import { EVENT_TYPES } from "../../src/events/registry.ts";
import { LIKE } from "../../src/events/types/like.ts";
import { POST } from "../../src/events/types/post.ts";
import { PROFILE } from "../../src/events/types/profile.ts";
import { runProgram } from "../support/program.ts";

Deno.test("typesNamed() knows a type by its name or the last part of it, in any case", () => {
  assertEquals(typesNamed("Bluesky.Feed.Post"), [POST]);
  assertEquals(typesNamed("bluesky.feed.post"), [POST]);
  assertEquals(typesNamed("profile"), [PROFILE]);
  assertEquals(typesNamed("Feed"), []);
});

Deno.test("unknownType() names the nearest type", () => {
  assertStringIncludes(unknownType("psot"), '"Post" is the nearest');
  assertStringIncludes(unknownType("Bluesky.Feed.Liek"), '"Bluesky.Feed.Like" is the nearest');
});

Deno.test("schema prints every form of all types and of one, and tells all mistakes", async () => {
  const runs = await Promise.all([
    runProgram(["schema"]),
    runProgram(["schema", "like", "--format", "avro"]),
    runProgram(["schema", "nothing", "more", "--format", "thrift"]),
  ]);
  assertEquals(runs.map(({ code }) => code), [0, 0, 2]);
  assertEquals(runs[0]?.stdout, FORMS["json-schema"].print(EVENT_TYPES));
  assertEquals(runs[1]?.stdout, FORMS.avro.print([LIKE]));
  assertEquals(runs[2]?.stderr.trim().split("\n").length, 3, runs[2]?.stderr);
});
