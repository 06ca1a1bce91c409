/**
 * The flags with which Deno runs or compiles the program: its least permissions, and how V8 is to keep its heap. As a
 * command it prints them with the lock file and the import map, for the tasks of deno.json.
 *
 * @module
 */
import { OPTIONS } from "../src/config/config.ts";
import { variablesOf } from "../src/config/table.ts";
import { PROXY_VARIABLES } from "../src/net/proxy.ts";
import { chooseImportMap, programModules } from "./import_map.ts";

/**
 * Longest wait for JSR before the program starts. Somebody looks at an empty screen meanwhile, and what npm has instead
 * is as good.
 */
const PATIENCE_MS = 700;

/** Variables that the program reads beside those of its options: how the terminal is to be written to. */
const TERMINAL_VARIABLES = ["NO_COLOR", "TERM"] as const;

/**
 * How V8 is to keep its heap: semi-spaces of 2 MB, where 16 save no time and cost tens of megabytes; a collection of all
 * when it has grown by 40 %, where V8 would let it grow fourfold, to 100 MB, as collecting is cheap here; and no pages in
 * store for later. docs/performance.md has the figures.
 */
export const HEAP_FLAG =
  "--v8-flags=--max-semi-space-size=2,--heap-growing-percent=40,--no-memory-pool,--no-large-page-pool";

/** The variables that the program may read. The pattern lets it warn of `BLUESKY_*` variables that it does not know. */
export function programVariables(): readonly string[] {
  const named = variablesOf(OPTIONS).filter((name) => !name.startsWith("BLUESKY_"));
  return ["BLUESKY_*", ...named, ...TERMINAL_VARIABLES, ...PROXY_VARIABLES];
}

/**
 * The permissions of the program. Any server and any file may be named by its options; no other program is started, no
 * native library is loaded, and variables beside {@linkcode programVariables} look unset.
 */
export function programPermissions(): readonly string[] {
  return [
    "--no-prompt",
    "--allow-net",
    "--allow-read",
    "--allow-write",
    `--allow-env=${programVariables().join(",")}`,
    // Libraries ask for variables of their own; without this flag they would fail rather than find them unset.
    "--ignore-env",
    // The lock of the cursor file and the offsets of exactly-once name the host; so does the logger of a library.
    "--allow-sys=hostname",
  ];
}

/** All flags but the import map. */
export function programFlags(): readonly string[] {
  return [...programPermissions(), HEAP_FLAG];
}

if (import.meta.main) {
  const map = await chooseImportMap((specifier) => import(specifier), PATIENCE_MS, programModules());
  Deno.stdout.writeSync(
    new TextEncoder().encode([...programFlags(), "--lock=deno.lock", `--import-map=${map}`].join(" ")),
  );
  // A module that is still being waited for would keep the process alive.
  Deno.exit(0);
}
