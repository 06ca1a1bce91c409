/**
 * An npm registry on loopback with packages that hold one module each; it notes what is asked for.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { pack } from "../../scripts/archive.ts";
import { TestFolder } from "./folder.ts";

/** Version 1.0.0 of a package. */
interface Tarball {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly integrity: string;
}

/** A registry that runs. */
export interface NpmRegistry extends AsyncDisposable {
  readonly url: string;
  /** The packages whose archives were fetched, in their order. */
  readonly fetched: readonly string[];
  /** The digest of a package, as a lock file has it. */
  integrityOf(name: string): string;
}

/** Starts a registry with packages of these names. */
export async function startRegistry(names: readonly string[]): Promise<NpmRegistry> {
  const packages = new Map<string, Tarball>();
  for (const name of names) packages.set(name, await tarballOf(name));
  const fetched: string[] = [];
  const answer = (request: Request): Response => {
    const { origin, pathname } = new URL(request.url);
    const path = pathname.slice(1);
    const name = path.replace(/\/-\/.*$/, "");
    const tarball = packages.get(name);
    if (tarball === undefined) return new Response("Not found", { status: 404 });
    if (path !== name) {
      fetched.push(name);
      return new Response(tarball.bytes);
    }
    const dist = { tarball: `${origin}/${name}/-/${name}-1.0.0.tgz`, integrity: tarball.integrity };
    return Response.json({
      name,
      "dist-tags": { latest: "1.0.0" },
      versions: { "1.0.0": { name, version: "1.0.0", dist } },
    });
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    fetched,
    integrityOf: (name) => packages.get(name)?.integrity ?? "",
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function tarballOf(name: string): Promise<Tarball> {
  await using folder = new TestFolder();
  const manifest = { name, version: "1.0.0", type: "module", exports: "./index.js" };
  await Deno.writeTextFile(folder.file("package.json"), JSON.stringify(manifest));
  await Deno.writeTextFile(folder.file("index.js"), `export const name = ${JSON.stringify(name)};\n`);
  const archive = folder.file("package.tar.gz");
  await pack(folder.path, ["package.json", "index.js"], archive);
  const bytes = await Deno.readFile(archive);
  return { bytes, integrity: `sha512-${createHash("sha512").update(bytes).digest("base64")}` };
}
