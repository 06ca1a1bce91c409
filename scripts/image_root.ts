/**
 * Lays out the root file system of the image's final stage: what its base image has of Debian, and what the Dockerfile
 * copies into it.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { ROOT } from "./bundle.ts";
import type { FinalStage } from "./dockerfile.ts";

/** Of the packages of distroless cc, those that the program needs; less than the image has, so never more. */
const PACKAGES = ["libc6", "libgcc-s1", "ca-certificates"] as const;

/** What was laid out. */
export interface LaidOut {
  /** Packages with their versions. */
  readonly packages: readonly string[];
  /** Files that can be run and are no libraries, by their paths in the image. */
  readonly programs: readonly string[];
}

/**
 * Lays it out in a folder that does not exist yet.
 *
 * @throws {Error} where a package cannot be had, or the stage copies something else than the program, its volume and
 * licences
 */
export async function layOutRoot(root: string, stage: FinalStage, binary: string): Promise<LaidOut> {
  await Deno.mkdir(root, { recursive: true });
  const downloads = await Deno.makeTempDir({ prefix: "bluesky_firehose_debs_" });
  const packages: string[] = [];
  try {
    // apt downloads as a user of its own.
    await Deno.chmod(downloads, 0o777);
    await run("apt-get", ["download", "-qq", ...PACKAGES], downloads);
    for await (const { name } of Deno.readDir(downloads)) {
      await run("dpkg-deb", ["--extract", join(downloads, name), root], downloads);
      packages.push(name.split("_").slice(0, 2).join(" "));
    }
  } finally {
    await Deno.remove(downloads, { recursive: true });
  }
  // The package makes this file when it is installed; the base image has it made.
  const bundle: string[] = [];
  const authorities = join(root, "usr/share/ca-certificates/mozilla");
  for await (const { name } of Deno.readDir(authorities)) bundle.push(await Deno.readTextFile(join(authorities, name)));
  await Deno.mkdir(join(root, "etc/ssl/certs"), { recursive: true });
  await Deno.writeTextFile(join(root, "etc/ssl/certs/ca-certificates.crt"), bundle.join(""));
  // Scripts for administration need a shell, which the base image has not.
  for (const folder of ["bin", "sbin", "usr/bin", "usr/sbin", "usr/share"]) {
    await Deno.remove(join(root, folder), { recursive: true }).catch(() => {});
  }
  for (const folder of ["proc", "dev", "tmp", ...stage.volumes]) {
    await Deno.mkdir(join(root, folder), { recursive: true });
  }
  await Deno.chmod(join(root, "tmp"), 0o1777);

  for (const { source, target } of stage.copies) {
    if (stage.volumes.includes(target)) continue;
    const isProgram = target === stage.entrypoint[0];
    const from = isProgram ? binary : licenseFile(source, binary);
    if (from === null) throw new Error(`Cannot lay out ${source}: it is no program, no volume and no licence`);
    await Deno.mkdir(dirname(join(root, target)), { recursive: true });
    await Deno.copyFile(from, join(root, target));
    await Deno.chmod(join(root, target), isProgram ? 0o755 : 0o644);
  }
  return { packages: packages.sort(), programs: (await programsIn(root, "")).sort() };
}

/** Where what the image says of licences is here: that of the program, or, beside the binary, those of its parts. */
function licenseFile(source: string, binary: string): string | null {
  if (source === "/build/LICENSE") return join(ROOT, "LICENSE");
  return source === "/out/NOTICES" ? join(dirname(binary), "NOTICES") : null;
}

async function programsIn(root: string, folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory, isFile } of Deno.readDir(join(root, folder))) {
    const path = `${folder}/${name}`;
    if (isDirectory) found.push(...await programsIn(root, path));
    if (!isFile || /\.so(?:\.|$)/.test(name)) continue;
    if (((await Deno.stat(join(root, path))).mode ?? 0) & 0o111) found.push(path);
  }
  return found;
}

async function run(program: string, args: readonly string[], cwd: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args: [...args], cwd }).output();
  if (success) return;
  throw new Error(`Cannot run "${program} ${args.join(" ")}": ${new TextDecoder().decode(stderr).trim()}`);
}
