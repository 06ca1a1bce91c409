/**
 * The bill of materials of the binary, in CycloneDX 1.6: the packages of which it holds modules, with the checksums and
 * dependencies of deno.lock, and the Deno runtime. It has no time and no serial number, so that the same sources make
 * the same bytes.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { EmbeddedPackage } from "./bundle.ts";

/** What deno.lock says, as far as it is read here. */
export interface Lock {
  readonly npm?: Readonly<Record<string, LockedPackage>>;
  readonly jsr?: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  readonly integrity?: string;
  readonly dependencies?: readonly string[];
}

/** What a bill of materials is made from. */
export interface Materials {
  readonly name: string;
  readonly version: string;
  /** SPDX identifier. */
  readonly license: string;
  readonly denoVersion: string;
  readonly packages: readonly EmbeddedPackage[];
  /** Specifiers that the program itself imports. */
  readonly imports: readonly string[];
  readonly lock: Lock;
  /** The licence that a package states, an SPDX expression; null where it states none. */
  readonly licenseOf: (each: EmbeddedPackage) => string | null;
}

/** The package URL of a package; JSR has no type of its own in that scheme. */
export function purl({ registry, name, version }: EmbeddedPackage): string {
  const path = name.replace(/^@/, "%40");
  if (registry === "npm") return `pkg:npm/${path}@${version}`;
  const home = encodeURIComponent(`https://jsr.io/${name}/${version}`);
  return `pkg:generic/${path}@${version}?download_url=${home}`;
}

/**
 * Makes the document.
 *
 * @throws {Error} at a package that deno.lock does not have
 */
export function billOfMaterials(from: Materials): Record<string, unknown> {
  const program = `pkg:generic/${from.name}@${from.version}`;
  const runtime = `pkg:github/denoland/deno@v${from.denoVersion}`;
  const direct = from.packages.filter(({ name, version }) =>
    from.imports.some((specifier) =>
      new RegExp(`^(?:npm|jsr):/?${escape(name)}@${escape(version)}(?:/|$)`).test(specifier)
    )
  );
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      component: {
        type: "application",
        "bom-ref": program,
        name: from.name,
        version: from.version,
        licenses: [{ license: { id: from.license } }],
        purl: program,
      },
    },
    components: [
      {
        type: "platform",
        "bom-ref": runtime,
        name: "deno",
        version: from.denoVersion,
        licenses: [{ license: { id: "MIT" } }],
        purl: runtime,
      },
      ...from.packages.map((each) => component(each, from)),
    ],
    dependencies: [
      { ref: program, dependsOn: [runtime, ...direct.map(purl)] },
      { ref: runtime, dependsOn: [] },
      ...from.packages.map((each) => ({ ref: purl(each), dependsOn: dependenciesOf(each, from) })),
    ],
  };
}

function component(each: EmbeddedPackage, from: Materials): Record<string, unknown> {
  const { integrity } = locked(each, from.lock);
  const license = from.licenseOf(each);
  const [scope, plain] = each.name.startsWith("@") ? each.name.split("/") : [undefined, each.name];
  return {
    type: "library",
    "bom-ref": purl(each),
    ...(scope === undefined ? {} : { group: scope }),
    name: plain,
    version: each.version,
    ...(integrity?.startsWith("sha512-") ? { hashes: [{ alg: "SHA-512", content: hexOf(integrity) }] } : {}),
    ...(license === null ? {} : { licenses: [{ expression: license }] }),
    purl: purl(each),
  };
}

/** Those of a package's dependencies of which the binary holds modules too. */
function dependenciesOf(each: EmbeddedPackage, { lock, packages }: Materials): string[] {
  // NAME, NAME@VERSION where the lock has several, ALIAS@npm:NAME@VERSION.
  const wanted = (locked(each, lock).dependencies ?? []).map((stated) =>
    /^(@?[^@]+)(?:@(.+))?$/.exec(stated.replace(/^.*(?:npm|jsr):/, ""))
  );
  const found = packages.filter((other) =>
    wanted.some((match) =>
      match?.[1] === other.name && (match[2] === undefined || match[2].split("_")[0] === other.version)
    )
  );
  return found.map(purl);
}

function locked({ registry, name, version }: EmbeddedPackage, lock: Lock): LockedPackage {
  const rows = Object.entries(lock[registry] ?? {});
  const row = rows.find(([key]) => key.split("_")[0] === `${name}@${version}`);
  if (row === undefined) throw new Error(`Cannot describe ${name}@${version}: it is embedded, but not in deno.lock`);
  return row[1];
}

function hexOf(integrity: string): string {
  return Buffer.from(integrity.slice("sha512-".length), "base64").toString("hex");
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
