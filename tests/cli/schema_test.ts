import { assertEquals, assertStringIncludes } from "@std/assert";
import { typesNamed, unknownType } from "../../src/cli/schema.ts";
import { FORMS } from "../../src/schemas/forms.ts";
import { TYPES } from "../../src/events/schema.ts";
import { runProgram } from "../support/program.ts";

Deno.test("typesNamed() knows a type by its name or the last part of it, in any case", () => {
  assertEquals(typesNamed("Bluesky.Feed.Post"), ["Bluesky.Feed.Post"]);
  assertEquals(typesNamed("bluesky.feed.post"), ["Bluesky.Feed.Post"]);
  assertEquals(typesNamed("profile"), ["Bluesky.Actor.Profile"]);
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
  assertEquals(runs[0]?.stdout, FORMS["json-schema"].print(TYPES));
  assertEquals(runs[1]?.stdout, FORMS.avro.print(["Bluesky.Feed.Like"]));
  assertEquals(runs[2]?.stderr.trim().split("\n").length, 3, runs[2]?.stderr);
});
