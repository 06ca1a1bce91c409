/**
 * The licences of what a binary holds beside the program itself: NOTICES in archives and in the image.
 *
 * @module
 */
import { join } from "node:path";
import { type EmbeddedPackage, ROOT } from "./bundle.ts";
import { COMPILER, COMPILER_LOCK } from "./core.ts";
import type { Lock } from "./sbom.ts";

/** A package, and what it says of its licence. */
export interface Notice extends EmbeddedPackage {
  /** An SPDX expression; null where the package states none. */
  readonly license: string | null;
  /** Whom its package.json names; null where it names nobody, or there is none. */
  readonly author: string | null;
  /** Its own files about that, such as LICENSE. */
  readonly texts: readonly string[];
}

/** Names of files that have a licence or a notice. */
const NOTICE_FILE = /^(?:licen[cs]e|copying|notice)(?:$|[.-])/i;
const LINE = "=".repeat(80);

/** The MIT licence, for the two parts whose package has no file of it. */
const MIT =
  `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;
const DENO_AUTHORS = `Copyright 2018-2026 the Deno authors

${MIT}`;

/**
 * The library of the compiler of core/, of which core.wasm holds parts, and the lock that has its checksum.
 *
 * @throws {Error} where the specifier of the compiler has no version
 */
export async function coreLibrary(): Promise<{ readonly notice: Notice; readonly lock: Lock }> {
  const [, name, version] = /^npm:([^@]+)@([^/]+)\//.exec(COMPILER) ?? [];
  if (name === undefined || version === undefined) throw new Error(`Cannot read "${COMPILER}": expected a version`);
  const text = await Deno.readTextFile(join(ROOT, "core/NOTICE"));
  return {
    notice: { registry: "npm", name, version, license: "Apache-2.0", author: null, texts: [text] },
    lock: JSON.parse(await Deno.readTextFile(join(ROOT, COMPILER_LOCK))),
  };
}

/** What the packages say of their licences, by their files in a cache of Deno. */
export async function noticesOf(packages: readonly EmbeddedPackage[], npmCache: string): Promise<Notice[]> {
  const notices: Notice[] = [];
  for (const each of packages) {
    notices.push(
      each.registry === "jsr"
        ? { ...each, license: "MIT", author: null, texts: [DENO_AUTHORS] }
        : await npmNotice(each, npmCache),
    );
  }
  return notices;
}

async function npmNotice(each: EmbeddedPackage, npmCache: string): Promise<Notice> {
  for await (const { name: registry } of Deno.readDir(npmCache)) {
    const folder = join(npmCache, registry, each.name, each.version);
    try {
      const { license, author } = JSON.parse(await Deno.readTextFile(join(folder, "package.json")));
      const texts = await noticeFiles(folder);
      return {
        ...each,
        license: typeof license === "string" ? license : null,
        author: typeof author === "string" ? author : typeof author?.name === "string" ? author.name : null,
        texts,
      };
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return { ...each, license: null, author: null, texts: [] };
}

/** The texts of a folder's files about licences, and of those in a folder `licenses` of it, by name. */
async function noticeFiles(folder: string): Promise<string[]> {
  const entries = (await Array.fromAsync(Deno.readDir(folder))).sort((a, b) => a.name < b.name ? -1 : 1);
  const texts: string[] = [];
  for (const { name, isFile, isDirectory } of entries) {
    const path = join(folder, name);
    if (isFile && NOTICE_FILE.test(name)) texts.push(await Deno.readTextFile(path));
    if (!isDirectory || !/^licen[cs]es$/i.test(name)) continue;
    for (const each of (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name).sort()) {
      texts.push(await Deno.readTextFile(join(path, each)));
    }
  }
  return texts;
}

/** The file NOTICES. Packages with the same texts stand together. */
export function noticesText(notices: readonly Notice[], denoVersion: string): string {
  const groups = new Map<string, string[]>();
  const add = (text: string, heading: string) => groups.set(text, [...groups.get(text) ?? [], heading]);
  add(
    `${DENO_AUTHORS}\n\nhttps://github.com/denoland/deno/tree/v${denoVersion} has the licences of the runtime's own parts.`,
    `deno ${denoVersion}, the runtime (MIT)`,
  );
  for (const { name, version, license, author, texts } of notices) {
    const heading = `${name} ${version} (${license ?? "no licence is stated"})`;
    const by = author === null ? "" : ` Its author: ${author}.`;
    const mit = license === "MIT" ? `\n\n${MIT}` : "";
    const none = `The package has no file of its licence; its package.json states it.${by}${mit}`;
    add(texts.length === 0 ? none : texts.map((text) => text.replace(/\r\n/g, "\n").trim()).join("\n\n"), heading);
  }
  const parts = [...groups].map(([text, headings]) => `${LINE}\n${headings.join("\n")}\n${LINE}\n\n${text}\n`);
  return `bluesky_firehose is under the licence in LICENSE. The binary also holds parts of what follows, each under its own
licence.

${parts.join("\n")}`;
}
