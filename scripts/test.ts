/**
 * Runs the tests under the least permissions that they need: `deno task test [FILES AND FLAGS OF deno test]`.
 *
 * @module
 */
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { chooseImportMap, PATIENCE_MS } from "./import_map.ts";
import { cacheFolder } from "./kafka_jars.ts";

const ROOT = new URL("../", import.meta.url).pathname;

/**
 * What tests start beside Deno: a broker in one of its forms, its certificates, clients that are not ours, shells, the
 * installer.
 */
const PROGRAMS = ["java", "mvn", "docker", "openssl", "kcat", "python3", "bash", "zsh", "fish", "sh", "tar"] as const;

/** Variables that tests read; all others look unset to them. */
const VARIABLES = [
  "CI",
  "DENO_DIR",
  "HOME",
  "KAFKA_TEST_BOOTSTRAP_SERVERS",
  "LOCALAPPDATA",
  "PATH",
  "TMPDIR",
  "XDG_CACHE_HOME",
] as const;

/** This machine, and a host that never exists, for tests of failing to find one. */
const HOSTS = ["127.0.0.1", "localhost", "[::1]", "localhost.invalid"] as const;

/** Whether a program is on the path; Deno remarks on each permission to run one that is not. */
async function isInstalled(program: string): Promise<boolean> {
  const names = Deno.build.os === "windows" ? [`${program}.exe`, `${program}.cmd`] : [program];
  for (const folder of (Deno.env.get("PATH") ?? "").split(delimiter)) {
    for (const name of names) {
      const found = await Deno.stat(join(folder, name)).then((file) => file.isFile, () => false);
      if (found) return true;
    }
  }
  return false;
}

/** The hosts of the broker that the tests were given. */
function givenHosts(): readonly string[] {
  const servers = Deno.env.get("KAFKA_TEST_BOOTSTRAP_SERVERS") ?? "";
  return servers.split(",").map((server) => server.trim().replace(/:\d+$/, "")).filter((host) => host !== "");
}

/** The permissions of the tests, as flags of Deno. */
export async function testPermissions(): Promise<readonly string[]> {
  const programs: string[] = [Deno.execPath()];
  for (const program of PROGRAMS) if (await isInstalled(program)) programs.push(program);
  const ours = [tmpdir(), cacheFolder()];
  return [
    "--no-prompt",
    `--allow-net=${[...HOSTS, ...givenHosts()].join(",")}`,
    `--allow-read=${[ROOT, Deno.execPath(), ...ours].join(",")}`,
    `--allow-write=${ours.join(",")}`,
    `--allow-run=${programs.join(",")}`,
    `--allow-env=${VARIABLES.join(",")}`,
    "--ignore-env",
    // The simulator's libraries ask for the host's name, that which writes archives for the user and the group.
    "--allow-sys=hostname,uid,gid",
  ];
}

if (import.meta.main) {
  const map = await chooseImportMap((specifier) => import(specifier), PATIENCE_MS);
  const files = Deno.args.some((argument) => !argument.startsWith("-")) ? [] : ["tests/"];
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "--parallel", ...(await testPermissions()), `--import-map=${map}`, ...Deno.args, ...files],
    cwd: ROOT,
  }).spawn().status;
  Deno.exit(code);
}
