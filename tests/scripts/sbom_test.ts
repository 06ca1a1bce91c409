import { assertEquals, assertThrows } from "@std/assert";
import { billOfMaterials, type Materials, purl } from "../../scripts/sbom.ts";

const MATERIALS: Materials = {
  name: "program",
  version: "1.2.3",
  license: "MIT",
  denoVersion: "2.9.6",
  packages: [
    { registry: "npm", name: "@scope/direct", version: "1.0.0" },
    { registry: "npm", name: "indirect", version: "2.0.0" },
    { registry: "jsr", name: "@std/cli", version: "1.0.28" },
  ],
  imports: ["npm:@scope/direct@1.0.0", "jsr:@std/cli@1.0.28/parse-args", "npm:for-tests@1.0.0"],
  lock: {
    npm: {
      "@scope/direct@1.0.0": { integrity: "sha512-AAEC", dependencies: ["alias@npm:indirect@2.0.0", "left-out"] },
      "indirect@2.0.0_peer@1.0.0": { integrity: "sha512-/w==" },
      "left-out@1.0.0": {},
      "for-tests@1.0.0": {},
    },
    jsr: { "@std/cli@1.0.28": { integrity: "00ff" } },
  },
  licenseOf: ({ name }) => name === "indirect" ? null : "Apache-2.0 OR MIT",
};

Deno.test("billOfMaterials() lists the runtime and what is embedded, and leaves out the rest of the lock file", () => {
  const { components, specVersion } = billOfMaterials(MATERIALS) as {
    specVersion: string;
    components: { purl: string; hashes?: unknown; licenses?: unknown; group?: string; name: string }[];
  };
  assertEquals(specVersion, "1.6");
  assertEquals(components.map(({ purl }) => purl), [
    "pkg:github/denoland/deno@v2.9.6",
    "pkg:npm/%40scope/direct@1.0.0",
    "pkg:npm/indirect@2.0.0",
    "pkg:generic/%40std/cli@1.0.28?download_url=https%3A%2F%2Fjsr.io%2F%40std%2Fcli%2F1.0.28",
  ]);
  const [, direct, indirect, std] = components;
  assertEquals([direct?.group, direct?.name], ["@scope", "direct"]);
  assertEquals(direct?.hashes, [{ alg: "SHA-512", content: "000102" }]);
  assertEquals(direct?.licenses, [{ expression: "Apache-2.0 OR MIT" }]);
  assertEquals([indirect?.licenses, std?.hashes], [undefined, undefined]);
});

Deno.test("billOfMaterials() joins packages by the dependencies of the lock file, aliases among them", () => {
  const { dependencies } = billOfMaterials(MATERIALS) as { dependencies: { ref: string; dependsOn: string[] }[] };
  const [direct, indirect, std] = MATERIALS.packages.map(purl);
  assertEquals(dependencies.map(({ dependsOn }) => dependsOn), [
    ["pkg:github/denoland/deno@v2.9.6", direct, std],
    [],
    [indirect],
    [],
    [],
  ]);
});

Deno.test("billOfMaterials() refuses a package when the lock file does not have it", () => {
  const packages = [{ registry: "npm", name: "indirect", version: "3.0.0" }] as const;
  assertThrows(() => billOfMaterials({ ...MATERIALS, packages }), Error, "indirect@3.0.0");
});
