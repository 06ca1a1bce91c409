import { assert, assertEquals } from "@std/assert";
import npmOnly from "../../scripts/npm_only.json" with { type: "json" };
import { SPECIFIERS } from "../../scripts/import_map.ts";
import project from "../../deno.json" with { type: "json" };
import withJsr from "../../scripts/jsr.json" with { type: "json" };

interface Lock {
  readonly specifiers: Readonly<Record<string, string>>;
  readonly jsr: Readonly<Record<string, { readonly integrity?: string }>>;
  readonly npm: Readonly<Record<string, { readonly integrity?: string }>>;
}

const LOCK: Lock = JSON.parse(Deno.readTextFileSync(new URL("../../deno.lock", import.meta.url)));

Deno.test("deno.lock has a digest of every package", () => {
  const packages = Object.entries(LOCK.npm);
  assert(packages.length > 50);
  for (const [name, { integrity = "" }] of packages) assert(/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity), name);
  const modules = Object.entries(LOCK.jsr);
  assert(modules.length > 2);
  for (const [name, { integrity = "" }] of modules) assert(/^[0-9a-f]{64}$/.test(integrity), name);
});

Deno.test("both import maps have the same names, each at one exact version that deno.lock holds", () => {
  assertEquals(Object.keys(npmOnly.imports), Object.keys(withJsr.imports));
  for (const specifier of Object.values(SPECIFIERS).flat()) {
    const [, registry, name, version] = /^(npm|jsr):\/?((?:@[^/]+\/)?[^@/]+)@([^/]+)/.exec(specifier) ?? [];
    assert(version !== undefined && /^\d+\.\d+\.\d+$/.test(version), specifier);
    // Behind the version stand the peers with which it was locked.
    const locked = LOCK.specifiers[`${registry}:${name}@${version}`] ?? "";
    assertEquals(locked.split("_")[0], version, specifier);
  }
});

Deno.test("no package may run a script when it is installed", () => {
  assertEquals(project.allowScripts.allow, []);
});

Deno.test("each task that loads packages checks them against deno.lock", () => {
  const commands = Object.values(project.tasks).flatMap(({ command }) => command.split(" && "));
  const loading = commands.filter((command) => command.includes("--import-map=") || command.includes(" main.ts"));
  assert(loading.length > 5);
  for (const command of loading) {
    // The program's flags name it too, as the test of scripts/program_flags.ts has it.
    assert(command.includes(" --lock=deno.lock ") || command.includes("scripts/program_flags.ts"), command);
  }
});

Deno.test("deno.json names neither a package nor a lock file, all of which deno task would fetch before it begins", () => {
  assertEquals(project.lock, false);
  assertEquals(Object.hasOwn(project, "imports"), false);
});
