import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { currentImportMap } from "../../scripts/import_map.ts";
import { programPermissions } from "../../scripts/program_flags.ts";
import { simulator } from "../support/stream.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** What a program tries that is none of its business; each line says what came of it. */
const PROBE = `
const tries = {
  process: () => new Deno.Command(Deno.execPath(), { args: ["--version"] }).outputSync(),
  shell: () => new Deno.Command("sh", { args: ["-c", "true"] }).outputSync(),
  library: () => Deno.dlopen("/lib/x86_64-linux-gnu/libc.so.6", {}),
  system: () => Deno.osRelease(),
  user: () => Deno.uid(),
  home: () => { if (Deno.env.get("HOME") === undefined) throw new Deno.errors.NotCapable("unset"); },
  password: () => { if (Deno.env.get("SASL_PASSWORD") !== "canary") throw new Error("unset"); },
};
for (const [name, attempt] of Object.entries(tries)) {
  try {
    attempt();
    console.log(name, "works");
  } catch (error) {
    console.log(name, error.name);
  }
}
`;

async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", ...programPermissions(), `--import-map=${ROOT}${currentImportMap()}`, ...args],
    env: { ...env },
    cwd,
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

async function filesIn(folder: string, prefix = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) found.push(...await filesIn(join(folder, name), `${prefix}${name}/`));
    else found.push(`${prefix}${name}`);
  }
  return found.toSorted();
}

Deno.test("programPermissions() let no process start and no library load, and hide the rest of the environment", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(join(folder, "probe.ts"), PROBE);
  const { stdout, stderr } = await run(["probe.ts"], { SASL_PASSWORD: "canary" }, folder);
  assertEquals(
    stdout.trim().split("\n"),
    [
      ...["process NotCapable", "shell NotCapable", "library NotCapable", "system NotCapable", "user NotCapable"],
      ...["home NotCapable", "password works"],
    ],
    stderr,
  );
});

Deno.test("stream writes its cursor and its output and no other file", async () => {
  const { program, url } = await simulator("--frames", "500", "--rate", "2000", "--accounts", "10");
  await using _simulator = program;
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(join(folder, "tmp"));
  await Deno.mkdir(join(folder, "work"));
  const { code, stderr } = await run(
    [
      ...[join(ROOT, "main.ts"), "stream", "--firehose-url", url, "--cursor", "oldest", "--max-events", "100"],
      ...["--collections", "", "--cursor-file", "../cursor.json", "--output", "../events.ndjson"],
    ],
    { TMPDIR: join(folder, "tmp"), NO_COLOR: "1" },
    join(folder, "work"),
  );
  assertEquals(code, 0, stderr);
  assertEquals(await filesIn(folder), ["cursor.json", "events.ndjson"]);
  assertEquals((await Deno.readTextFile(join(folder, "events.ndjson"))).trimEnd().split("\n").length, 100);
});
