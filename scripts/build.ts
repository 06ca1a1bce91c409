/**
 * Compiles the program into one binary with the Deno that runs this: `[--target TRIPLE]... [--output-dir DIR]`.
 * The binary may use the network and files, read the environment, and nothing else.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";

/** Targets that `deno compile` knows. */
export const TARGETS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
] as const;

/** What the binary may do. KafkaJS asks for the host's name; the environment is listed to find mistyped variables. */
export const PERMISSIONS = ["--allow-net", "--allow-read", "--allow-write", "--allow-env", "--allow-sys=hostname"];

/** The name of the binary for a target; null is this machine. */
export function binaryName(target: string | null): string {
  const isWindows = target === null ? Deno.build.os === "windows" : target.includes("windows");
  return `bluesky_firehose${target === null ? "" : `-${target}`}${isWindows ? ".exe" : ""}`;
}

/** The arguments of `deno` that compile the binary for a target. */
export function compileArgs(importMap: string, target: string | null, outputDir: string): string[] {
  return [
    ...["compile", "--quiet", "--no-check", "--no-prompt", `--import-map=${importMap}`, ...PERMISSIONS],
    ...(target === null ? [] : ["--target", target]),
    ...["--output", `${outputDir}/${binaryName(target)}`, "main.ts"],
  ];
}

async function importMap(): Promise<string> {
  const args = ["run", "-q", "--no-lock", "--allow-import", "scripts/import_map.ts"];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args, stderr: "inherit" }).output();
  return new TextDecoder().decode(stdout);
}

async function compile(map: string, target: string | null, outputDir: string): Promise<boolean> {
  const args = compileArgs(map, target, outputDir);
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args, stderr: "piped" }).output();
  const text = new TextDecoder().decode(stderr);
  if (success) {
    say(Deno.stdout, `${outputDir}/${binaryName(target)}`);
    return true;
  }
  say(Deno.stderr, text.trimEnd());
  if (/denort|dl\.deno\.land|download/i.test(text)) {
    say(
      Deno.stderr,
      `Error: Cannot fetch the runtime stub of Deno ${Deno.version.deno}: the network refuses it, or there is none; ` +
        "allow dl.deno.land, or set DENORT_BIN to a denort of this very version",
    );
  } else say(Deno.stderr, `Error: Cannot compile for ${target ?? "this machine"}: see above`);
  return false;
}

function say(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  stream.writeSync(new TextEncoder().encode(`${text}\n`));
}

if (import.meta.main) {
  const unknown: string[] = [];
  const parsed = parseArgs(Deno.args, {
    string: ["target", "output-dir"],
    collect: ["target"],
    default: { "output-dir": "dist" },
    unknown: (argument: string) => {
      unknown.push(argument);
      return false;
    },
  });
  const targets: (string | null)[] = (parsed.target as string[] | undefined) ?? [];
  const wrong = targets.filter((target) => !(TARGETS as readonly (string | null)[]).includes(target));
  if (unknown.length > 0 || wrong.length > 0) {
    for (const argument of unknown) {
      say(Deno.stderr, `Error: Cannot use "${argument}": --target and --output-dir are known`);
    }
    for (const target of wrong) {
      say(Deno.stderr, `Error: Cannot compile for "${target}": one of ${TARGETS.join(", ")} is wanted`);
    }
    Deno.exitCode = 2;
  } else {
    const map = await importMap();
    await Deno.mkdir(String(parsed["output-dir"]), { recursive: true });
    for (const target of targets.length === 0 ? [null] : targets) {
      if (!(await compile(map, target, String(parsed["output-dir"])))) Deno.exitCode = 1;
    }
  }
}
