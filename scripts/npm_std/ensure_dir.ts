/**
 * `@std/fs/ensure-dir` for the npm-only import map: JSR's signature for npm's untyped `ensureDir`.
 *
 * @module
 */
import * as fs from "@std/fs/ensure-dir";

/**
 * Creates a folder, and those above it, unless it exists.
 *
 * @throws {Error} if the path exists and is no folder
 */
export const ensureDir: (dir: string | URL) => Promise<void> = fs.ensureDir;
