/**
 * Prints which import map to use: `deno.json` where JSR answers or its packages are cached, else
 * `scripts/npm_only.json`, which maps the same names to the same code on npm.
 *
 * @module
 */
import project from "../deno.json" with { type: "json" };

/** A firewall that swallows packets must not hold up every task. */
const PATIENCE_MS = 5000;

async function hasJsr(): Promise<boolean> {
  const specifier: string = project.imports["@std/cli/parse-args"];
  try {
    await import(specifier);
    return true;
  } catch {
    return false;
  }
}

const late = new Promise<false>((resolve) => setTimeout(resolve, PATIENCE_MS, false));
const found = await Promise.race([hasJsr(), late]);
Deno.stdout.writeSync(new TextEncoder().encode(found ? "deno.json" : "scripts/npm_only.json"));
Deno.exit();
