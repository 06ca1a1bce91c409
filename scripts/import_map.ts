/**
 * Chooses the import map: `scripts/jsr.json`, or `scripts/npm_only.json` where JSR does not answer and an npm registry does.
 * As a command it prints the path of the map, from the root of the repository, and nothing else.
 *
 * @module
 */
import withJsr from "./jsr.json" with { type: "json" };
import npmOnly from "./npm_only.json" with { type: "json" };

/** The two maps, by their paths from the root of the repository. They hold the same names. */
export const IMPORT_MAPS = { jsr: "scripts/jsr.json", npmOnly: "scripts/npm_only.json" } as const;

/**
 * The specifiers of packages in each map. Where JSR does not answer, `scripts/npm_std/` gives npm's untyped copies of the
 * standard library the types that JSR publishes, and the map's scope says what is behind those modules.
 */
export const SPECIFIERS: { readonly [Map in ImportMap]: readonly string[] } = {
  "scripts/jsr.json": Object.values(withJsr.imports),
  "scripts/npm_only.json": [npmOnly.imports, npmOnly.scopes["./npm_std/"]].flatMap((names) => Object.values(names))
    .filter((specifier) => !specifier.startsWith("./")),
};

/** Path of an import map from the root of the repository. */
export type ImportMap = typeof IMPORT_MAPS[keyof typeof IMPORT_MAPS];

/** Longest wait for JSR: a firewall that answers nothing would hold each task for minutes. */
export const PATIENCE_MS = 5000;

/** Names in the maps that only tests and documents import. */
const NOT_OF_PROGRAM: readonly string[] = ["@std/assert"];

/** The JSR modules that the program itself imports, by their specifiers. */
export function programModules(): readonly string[] {
  return jsrModules((name) => !NOT_OF_PROGRAM.includes(name));
}

function jsrModules(isWanted: (name: string) => boolean): readonly string[] {
  return Object.entries(withJsr.imports)
    .filter(([name, specifier]) => specifier.startsWith("jsr:") && isWanted(name))
    .map(([, specifier]) => specifier);
}

/**
 * Tells which map works here. Every JSR module is tried, as one that is cached says nothing of the others.
 *
 * @param load Loads a module by its specifier; rejects when that is not to be had.
 * @param patienceMs Longest wait for the answers, in milliseconds.
 * @param specifiers The JSR modules that have to be there: all, where nothing else is said.
 */
export async function chooseImportMap(
  load: (specifier: string) => Promise<unknown>,
  patienceMs: number,
  specifiers: readonly string[] = jsrModules(() => true),
): Promise<ImportMap> {
  const { promise: patience, resolve } = Promise.withResolvers<ImportMap>();
  const timer = setTimeout(() => resolve(IMPORT_MAPS.npmOnly), patienceMs);
  const loaded = Promise.all(specifiers.map(load)).then(() => IMPORT_MAPS.jsr, () => IMPORT_MAPS.npmOnly);
  try {
    return await Promise.race([loaded, patience]);
  } finally {
    clearTimeout(timer);
  }
}

/** The map that the running program was started with, for the programs that it starts. */
export function currentImportMap(): ImportMap {
  try {
    // A module of JSR that is loaded already resolves to its address, which depends on the registry.
    const resolved = import.meta.resolve("@std/cli/parse-args");
    return resolved.endsWith("/npm_std/parse_args.ts") ? IMPORT_MAPS.npmOnly : IMPORT_MAPS.jsr;
  } catch {
    return IMPORT_MAPS.npmOnly;
  }
}

if (import.meta.main) {
  const map = await chooseImportMap((specifier) => import(specifier), PATIENCE_MS);
  Deno.stdout.writeSync(new TextEncoder().encode(map));
  // A module that is still being waited for would keep the process alive.
  Deno.exit(0);
}
