/**
 * From a bundle to binaries: the targets, their names, and `deno compile`.
 *
 * @module
 */
import { run } from "./kafka_jars.ts";
import { WORKER } from "./bundle.ts";
import { programFlags } from "./program_flags.ts";

/** Targets that a release has, all of them known to `deno compile`. */
export const TARGETS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
] as const;

/** The name of the program's file on a target. */
export function programFile(target: string): string {
  return `bluesky_firehose${target.includes("windows") ? ".exe" : ""}`;
}

/** The name of the binary for a target; null is this machine. */
export function binaryName(target: string | null): string {
  if (target === null) return programFile(Deno.build.target);
  const [stem = "", ...extension] = programFile(target).split(".");
  return [`${stem}-${target}`, ...extension].join(".");
}

/** The arguments of `deno` that compile `main.js` of the working directory for a target. */
export function compileArgs(target: string | null, output: string): string[] {
  return [
    // The bundle has everything in it, so neither configuration nor packages are looked for.
    ...["compile", "--quiet", "--no-check", "--no-config", "--no-lock", "--no-npm", ...programFlags()],
    ...(target === null ? [] : ["--target", target]),
    // Nothing in the bundle imports it, so it has to be named.
    ...["--include", WORKER, "--output", output, "main.js"],
  ];
}

/** Whether what Deno printed, or what {@linkcode failureText} made of it, is about the stub. */
export function isStubMissing(printed: string): boolean {
  return /base binary|denort/i.test(printed);
}

/** What to do about a runtime stub that is missing, whatever the target. */
export const STUB_ADVICE =
  "Each target has a stub of its own. Let this machine reach dl.deno.land, or name the stub of one " +
  "target and of this very version of Deno by DENORT_BIN, and build with --target.";

/** The error for a compilation that failed, by what Deno printed. */
export function failureText(printed: string, target: string | null): string {
  if (isStubMissing(printed)) {
    const why = /^ *\d+: ((?!Setting up).+)$/m.exec(printed)?.[1] ?? "";
    return `Cannot get the runtime stub (denort) of Deno ${Deno.version.deno} for ${target ?? "this machine"}: ` +
      `it is not in Deno's cache, and the download failed${why === "" ? "" : `: ${why}`}`;
  }
  return `Cannot compile for ${target ?? "this machine"}: Deno says why above`;
}

/** Compiles the bundle in a folder for one target and returns what is wrong, or null. */
export async function compile(folder: string, target: string | null, output: string): Promise<string | null> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: compileArgs(target, output),
    cwd: folder,
  }).output();
  if (!success) {
    const printed = new TextDecoder().decode(stderr);
    if (!isStubMissing(printed)) Deno.stderr.writeSync(stderr);
    return failureText(printed, target);
  }
  if (target !== null && target !== Deno.build.target) return null;
  // A stub of another version is embedded without a word, and then nothing starts.
  if ((await run(output, ["--version"]))?.success) return null;
  await Deno.remove(output);
  return `Cannot run ${output}: DENORT_BIN is no stub of Deno ${Deno.version.deno}; expected one of this very version`;
}
