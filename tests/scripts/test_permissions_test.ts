import { assert, assertEquals } from "@std/assert";
import { tmpdir } from "node:os";
import { cacheFolder } from "../../scripts/kafka_jars.ts";
import { testPermissions } from "../../scripts/test_permissions.ts";

Deno.test("testPermissions() lets tests reach this machine alone, write to temporary files and the cache, and read few variables", async () => {
  const flags = new Map((await testPermissions()).map((flag): [string, string[]] => {
    const [name = "", values = ""] = flag.split("=");
    return [name, values.split(",")];
  }));
  assertEquals(flags.get("--allow-net")?.slice(0, 3), ["127.0.0.1", "localhost", "[::1]"]);
  assert(flags.get("--allow-read")?.includes(new URL("../../", import.meta.url).pathname));
  assertEquals(flags.get("--allow-write"), [tmpdir(), cacheFolder()]);
  assert(flags.get("--allow-run")?.includes(Deno.execPath()));
  assertEquals(flags.has("--allow-all") || flags.has("--allow-ffi"), false);
  assert(flags.get("--allow-env")?.includes("TEST_MISSING"));
});
