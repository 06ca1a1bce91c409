/**
 * What the command line resolves to, for tests of what a run is given.
 *
 * @module
 */
import type { Resolved } from "../../src/app/settings.ts";
import { resolveConfig } from "../../src/config/config.ts";

/** What flags resolve to. Throws where they have errors. */
export function resolved(flags: Readonly<Record<string, string>>): Resolved {
  const resolution = resolveConfig(flags, {});
  if (resolution.kind === "errors") throw new Error(resolution.errors.join("\n"));
  return resolution;
}
