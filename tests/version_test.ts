import { assertEquals, assertMatch } from "@std/assert";
import project from "../deno.json" with { type: "json" };
import { USER_AGENT, VERSION } from "../src/version.ts";

Deno.test("VERSION is that of deno.json, and the newest entry of CHANGELOG.md", async () => {
  assertEquals(VERSION, project.version);
  const changelog = await Deno.readTextFile(new URL("../CHANGELOG.md", import.meta.url));
  assertEquals(/^## (\S+)/m.exec(changelog)?.[1], VERSION);
});

Deno.test("USER_AGENT is one product token with the version", () => {
  assertMatch(USER_AGENT, /^bluesky_firehose\/\d+\.\d+\.\d+$/);
});
