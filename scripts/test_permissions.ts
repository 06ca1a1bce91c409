/**
 * The least permissions that the tests need, as flags of Deno.
 *
 * @module
 */
import { tmpdir } from "node:os";
import { PROXY_VARIABLES } from "../src/net/proxy.ts";
import { cacheFolder } from "./kafka_jars.ts";
import { isOnPath } from "./test_needs.ts";

const ROOT = new URL("../", import.meta.url).pathname;

/**
 * What tests start beside Deno: a broker in one of its forms, its certificates, clients that are not ours, shells, the
 * installer, a browser.
 */
const PROGRAMS = [
  "java",
  "mvn",
  "docker",
  "openssl",
  "kcat",
  "python3",
  "bash",
  "zsh",
  "fish",
  "sh",
  "tar",
  "chromium",
] as const;

/** Variables that tests read; all others look unset to them. */
const VARIABLES = [
  "CI",
  "DENO_DIR",
  "HOME",
  "KAFKA_TEST_BOOTSTRAP_SERVERS",
  "KAFKA_TEST_VERSION",
  "LOCALAPPDATA",
  "PATH",
  "TEST_KAFKA",
  "TEST_MISSING",
  "TMPDIR",
  "XDG_CACHE_HOME",
  ...PROXY_VARIABLES,
] as const;

/** This machine, and a host that never exists, for tests of failing to find one. */
const HOSTS = ["127.0.0.1", "localhost", "[::1]", "localhost.invalid"] as const;

/** The hosts of the broker that the tests were given. */
function givenHosts(): readonly string[] {
  const servers = Deno.env.get("KAFKA_TEST_BOOTSTRAP_SERVERS") ?? "";
  return servers.split(",").map((server) => server.trim().replace(/:\d+$/, "")).filter((host) => host !== "");
}

/** The permissions of the tests, as flags of Deno. */
export async function testPermissions(): Promise<readonly string[]> {
  const programs: string[] = [Deno.execPath()];
  // Deno remarks on each permission to run a program that is not there.
  for (const program of PROGRAMS) if (await isOnPath(program)) programs.push(program);
  const ours = [tmpdir(), cacheFolder()];
  return [
    "--no-prompt",
    `--allow-net=${[...HOSTS, ...givenHosts()].join(",")}`,
    `--allow-read=${[ROOT, Deno.execPath(), ...ours].join(",")}`,
    `--allow-write=${ours.join(",")}`,
    `--allow-run=${programs.join(",")}`,
    `--allow-env=${VARIABLES.join(",")}`,
    "--ignore-env",
    // The simulator's libraries ask for the host's name, that which writes archives for the user and the group, and
    // @atproto/identity, which tests alone have, for the addresses of the machine.
    "--allow-sys=hostname,uid,gid,networkInterfaces",
  ];
}
