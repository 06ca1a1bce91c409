/**
 * Messages that once broke something: one a file, packed, as some of them are 5 MB of the same byte.
 *
 * @module
 */
import { gunzipSync, gzipSync } from "node:zlib";

const FOLDER = new URL("./regressions/", import.meta.url);

/** Keeps a message under a name. */
export async function keepRegression(name: string, bytes: Uint8Array): Promise<void> {
  await Deno.writeFile(new URL(`${name}.bin.gz`, FOLDER), gzipSync(bytes));
}

/** All messages that are kept, by the names of their files. */
export async function regressions(): Promise<ReadonlyMap<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  for await (const { name } of Deno.readDir(FOLDER)) {
    if (name.endsWith(".bin.gz")) {
      found.set(name, new Uint8Array(gunzipSync(await Deno.readFile(new URL(name, FOLDER)))));
    }
  }
  return found;
}
