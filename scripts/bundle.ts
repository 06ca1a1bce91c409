/**
 * The program as one JavaScript file: its own modules and, of each package, only the modules that are reached. Module
 * names in it are the same on every machine, and tell which packages are in it.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ImportMap } from "./import_map.ts";

/** The root of the repository, with a slash at the end. */
export const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** A package of which a bundle holds modules. */
export interface EmbeddedPackage {
  readonly registry: "npm" | "jsr";
  readonly name: string;
  readonly version: string;
}

/** The core, which the bundler does not take: it lies beside the bundle, under the name by which src/plane imports it. */
export const CORE = "core.wasm";
const CORE_PATH = `src/plane/${CORE}`;
/** The threads that verify run a program of their own, which lies beside the bundle too. */
export const WORKER = "verify_worker.js";
const WORKER_PATH = "src/verify/worker.ts";

/** The name of a module stands in a comment above it, or, for CommonJS and what is loaded late, as a key. */
const NPM_MODULE = /^(\s*(?:\/\/ |"))[^"\n]*?\/npm\/[^/\s"]+\/((?:@[^/\s"]+\/)?[^/\s"]+)\/(\d[^/\s"]*)\//gm;
const JSR_MODULE = /^(\s*(?:\/\/ |"))deno:https:\/\/jsr\.io\/(@[^/\s"]+\/[^/\s"]+)\/(\d[^/\s"]*)\//gm;
const MODULE_OF_PACKAGE = /^\s*(?:\/\/ |")(npm|jsr):((?:@[^/\s"]+\/)?[^/\s"@]+)@(\d[^/\s"]*)\//gm;

/**
 * Names the modules of packages `npm:NAME@VERSION/PATH` and `jsr:NAME@VERSION/PATH`, in place of paths in a cache.
 *
 * @throws {Error} at a module that is neither in the project nor in a package
 */
export function portable(code: string): string {
  const named = code.replace(NPM_MODULE, "$1npm:$2@$3/").replace(JSR_MODULE, "$1jsr:$2@$3/");
  const stray = /^\s*(?:\/\/ |")((?:\.\.\/)+[^"\n]+\.[cm]?[jt]s)/m.exec(named)?.[1];
  if (stray === undefined) return named;
  throw new Error(`Cannot bundle "${stray}": it is outside of the project and in no package`);
}

/** The packages of a portable bundle, sorted by name. */
export function packagesIn(code: string): EmbeddedPackage[] {
  const found = new Map<string, EmbeddedPackage>();
  for (const [, registry, name = "", version = ""] of code.matchAll(MODULE_OF_PACKAGE)) {
    found.set(`${name}@${version}`, { registry: registry === "jsr" ? "jsr" : "npm", name, version });
  }
  return [...found.entries()].toSorted(([a], [b]) => a < b ? -1 : 1).map(([, each]) => each);
}

/**
 * Bundles the program into `main.js` of a folder, with the core and the worker beside it, and gives its packages.
 *
 * @throws {Error} with what Deno says, where a package or the bundler itself cannot be had
 */
export async function bundleProgram(folder: string, map: ImportMap): Promise<EmbeddedPackage[]> {
  const [path, worker] = [join(folder, "main.js"), join(folder, WORKER)];
  const packages = ["--lock=deno.lock", `--import-map=${map}`];
  // Without deno.json: with its lazy imports the bundler finds no module of JSR.
  const args = ["bundle", "--quiet", "--no-config", "--platform", "deno", ...packages, "--external", `./${CORE}`];
  const found: EmbeddedPackage[] = [];
  for (const [output, source] of [[path, "main.ts"], [worker, WORKER_PATH]] as const) {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [...args, "--output", output, source],
      cwd: ROOT,
    }).output();
    if (!success) {
      const printed = new TextDecoder().decode(stderr).trim();
      throw new Error(
        `Cannot bundle the program: the packages of deno.lock and the bundler that Deno fetches from the ` +
          `npm registry are wanted, Deno says: ${printed}`,
      );
    }
    const code = portable(await Deno.readTextFile(output));
    await Deno.writeTextFile(output, code);
    if (output === path) found.push(...packagesIn(code));
    else if (packagesIn(code).length > 0) throw new Error(`Cannot bundle ${WORKER}: it has packages, expected none`);
  }
  await Deno.copyFile(join(ROOT, CORE_PATH), join(folder, CORE));
  // The times of the files get into the binary, and are to be the same for the same sources.
  for (const name of [path, worker, join(folder, CORE)]) await Deno.utime(name, 0, 0);
  return found;
}
