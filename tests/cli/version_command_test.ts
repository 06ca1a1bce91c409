import { assertEquals } from "@std/assert";
import { VERSION_COMMAND } from "../../src/cli/version_command.ts";
import { VERSION } from "../../src/version.ts";
import { FakeContext } from "../support/context.ts";

const NOTHING = { flags: {}, operands: [], env: {}, files: {}, errors: [] } as const;

Deno.test("version prints the program's name and version", async () => {
  const context = new FakeContext();
  assertEquals(await VERSION_COMMAND.run(NOTHING, context), "ok");
  assertEquals([context.out, context.err], [`bluesky_firehose ${VERSION}\n`, ""]);
});

Deno.test("version prints nothing but the errors where its arguments have some", async () => {
  const context = new FakeContext();
  assertEquals(await VERSION_COMMAND.run({ ...NOTHING, errors: ["Unknown flag --x"] }, context), "usage");
  assertEquals([context.out, context.err], ["", "Error: Unknown flag --x\n"]);
});
