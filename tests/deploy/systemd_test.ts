import { assert, assertEquals } from "@std/assert";
import { EXIT } from "../../src/cli/exit.ts";
import { SHUTDOWN_SECS, text, variableProblems } from "../support/deploy.ts";

const UNIT = await text("deploy/systemd/bluesky_firehose.service");

/** All values of a setting. */
function settings(name: string): string[] {
  return [...UNIT.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map(([, value]) => value ?? "");
}

Deno.test("bluesky_firehose.service sets variables of the program to values that it takes", () => {
  const variables = settings("Environment").map((each) => each.split(/=(.*)/s));
  assertEquals(variables.length, 2);
  assertEquals(variableProblems(Object.fromEntries(variables)), []);
});

Deno.test("bluesky_firehose.service keeps the cursor in its state directory, and gives time to stop", () => {
  const [state] = settings("StateDirectory");
  assert(settings("Environment").includes(`BLUESKY_CURSOR_FILE=/var/lib/${state}/cursor.json`));
  assert(Number(settings("TimeoutStopSec")[0]) > SHUTDOWN_SECS);
});

Deno.test("bluesky_firehose.service restarts after failures, but not after errors in its variables or another took over", () => {
  assertEquals(settings("Restart"), ["on-failure"]);
  assertEquals(settings("RestartPreventExitStatus"), [`${EXIT.usage.code} ${EXIT.fenced.code}`]);
});

Deno.test("bluesky_firehose.service runs without root, capabilities and a writable system", () => {
  for (
    const [name, value] of [
      ["DynamicUser", "yes"],
      ["NoNewPrivileges", "yes"],
      ["CapabilityBoundingSet", ""],
      ["ProtectSystem", "strict"],
      ["ProtectHome", "yes"],
      ["PrivateDevices", "yes"],
      ["RestrictNamespaces", "yes"],
      ["SystemCallArchitectures", "native"],
    ] as const
  ) assertEquals(settings(name), [value], name);
  assert(settings("SystemCallFilter").includes("@system-service"));
});
