/**
 * Archives and checksums of a release. The same files make the same bytes: entries have a fixed time and no owner.
 *
 * @module
 */
import { type Zippable, zipSync } from "fflate";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { create } from "tar";

/** The time of every entry: the earliest that a zip archive can state, in local time, as zip has no time zone. */
const ENTRY_TIME = new Date(1980, 0, 1);
const TAR_TIME = new Date(Date.UTC(1980, 0, 1));

/** The name of the archive of a target, without a version, so that a link to the latest release stays the same. */
export function archiveName(target: string): string {
  return `bluesky_firehose-${target}.${target.includes("windows") ? "zip" : "tar.gz"}`;
}

/**
 * Packs files of a folder, all under one folder of the archive's own name: tar with gzip, or zip where the archive's
 * name says so.
 */
export async function pack(folder: string, names: readonly string[], archive: string): Promise<void> {
  const prefix = (archive.split(/[/\\]/).at(-1) ?? "").replace(/\.(?:tar\.gz|zip)$/, "");
  if (archive.endsWith(".zip")) {
    const entries: Zippable = {};
    for (const name of names) entries[`${prefix}/${name}`] = await Deno.readFile(join(folder, name));
    await Deno.writeFile(archive, zipSync(entries, { level: 9, mtime: ENTRY_TIME }));
    return;
  }
  const options = { cwd: folder, prefix, file: archive, gzip: { level: 9 }, portable: true, mtime: TAR_TIME };
  await create(options, [...names]);
}

/** The SHA-256 of a file, as hexadecimal digits. */
export async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}

/** The checksums of files of a folder, in the form that `sha256sum --check` reads. */
export async function checksums(folder: string, names: readonly string[]): Promise<string> {
  const lines: string[] = [];
  for (const name of names.toSorted()) lines.push(`${await sha256(join(folder, name))}  ${name}\n`);
  return lines.join("");
}
