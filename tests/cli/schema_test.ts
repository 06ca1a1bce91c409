import { assertEquals, assertStringIncludes } from "@std/assert";
import { typesNamed, unknownType } from "../../src/cli/schema.ts";
import { FORMS } from "../../src/schemas/forms.ts";
import { EVENT_TYPES } from "../../src/events/registry.ts";
import { runProgram } from "../support/program.ts";

function typesOf(name: string) {
  const types = EVENT_TYPES.filter(({ type }) => type === name);
  assertEquals(types.length, 1);
  return types;
}

Deno.test("typesNamed() knows a type by its name or the last part of it, in any case", () => {
  assertEquals(typesNamed("Bluesky.Feed.Post"), typesOf("Bluesky.Feed.Post"));
  assertEquals(typesNamed("bluesky.feed.post"), typesOf("Bluesky.Feed.Post"));
  assertEquals(typesNamed("profile"), typesOf("Bluesky.Actor.Profile"));
  assertEquals(typesNamed("Feed"), []);
});

Deno.test("unknownType() names the nearest type", () => {
  assertStringIncludes(unknownType("psot"), '"Post" is the nearest');
  assertStringIncludes(unknownType("Bluesky.Feed.Liek"), '"Bluesky.Feed.Like" is the nearest');
});

Deno.test("schema prints every form of all types and of one, and tells all errors", async () => {
  const runs = await Promise.all([
    runProgram(["schema"]),
    runProgram(["schema", "like", "--format", "avro"]),
    runProgram(["schema", "nothing", "more", "--format", "thrift"]),
  ]);
  assertEquals(runs.map(({ code }) => code), [0, 0, 2]);
  assertEquals(runs[0]?.stdout, FORMS["json-schema"].print(EVENT_TYPES));
  assertEquals(runs[1]?.stdout, FORMS.avro.print(typesOf("Bluesky.Feed.Like")));
  assertEquals(runs[2]?.stderr.trim().split("\n").length, 3, runs[2]?.stderr);
});
