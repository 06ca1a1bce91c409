import { assert, assertEquals } from "@std/assert";
import npmOnly from "../../scripts/npm_only.json" with { type: "json" };
import { SPECIFIERS } from "../../scripts/import_map.ts";
import project from "../../deno.json" with { type: "json" };

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
  assertEquals(Object.keys(npmOnly.imports), Object.keys(project.imports));
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
