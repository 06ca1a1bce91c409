/**
 * Tests that need more than Deno, and what becomes of them where that is missing: they are left out, and the runner
 * (scripts/test.ts) counts them as that and says why. Run by `deno test` itself, every test runs.
 *
 * @module
 */
import { LEFT_OUT, type Need } from "../../scripts/test_needs.ts";

/** What the runner found missing, or chose not to run. */
const MISSING: ReadonlySet<string> = new Set((Deno.env.get("TEST_MISSING") ?? "").split(","));

/** Registers a test that runs where nothing of what it needs is missing. */
export function testNeeding(needs: readonly Need[], test: Deno.TestDefinition): void {
  const missing = needs.find((need) => MISSING.has(need));
  if (missing !== undefined) leaveOut(missing, test.name);
  Deno.test({ ...test, ignore: missing !== undefined });
}

/** Tells the runner that a test is left out, also one that has begun and then ends without a failure. */
export function leaveOut(need: Need, name: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`\n${LEFT_OUT}${need} ${name}\n`));
}
