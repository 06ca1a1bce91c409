/**
 * Cycles of imports between files, those of types included: what imports itself by others cannot be read alone.
 *
 * @module
 */
import { resolvePath } from "./lint_layers.ts";

/** Static and dynamic imports, exports from another file and types from it; a comment begins with another character. */
const IMPORTS = /^(?:import|export)\b[^;"]*?"(\.[^"]+)"|\bimport\(\s*"(\.[^"]+)"/gm;

/** The files of the project that a file imports, by their paths from its root. */
export function importsOf(path: string, source: string): readonly string[] {
  return [...source.matchAll(IMPORTS)].map(([, fixed, computed]) => resolvePath(path, fixed ?? computed ?? ""));
}

/**
 * Finds a cycle, as the way from a file back to it; null if there is none.
 *
 * @param imports What each file imports, by its path.
 *
 * @example Three files in a circle, and one that only looks at it
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const imports = new Map([["x", ["a"]], ["a", ["b"]], ["b", ["c"]], ["c", ["a"]]]);
 * assertEquals(findCycle(imports), ["a", "b", "c", "a"]);
 * imports.delete("c");
 * assertEquals(findCycle(imports), null);
 * ```
 */
export function findCycle(imports: ReadonlyMap<string, readonly string[]>): readonly string[] | null {
  const done = new Set<string>();
  function from(path: string, way: readonly string[]): readonly string[] | null {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path];
    if (done.has(path)) return null;
    for (const next of imports.get(path) ?? []) {
      const cycle = from(next, [...way, path]);
      if (cycle !== null) return cycle;
    }
    done.add(path);
    return null;
  }
  for (const path of imports.keys()) {
    const cycle = from(path, []);
    if (cycle !== null) return cycle;
  }
  return null;
}
