import { assert, assertEquals, assertThrows } from "@std/assert";
import { bundleProgram, CORE, packagesIn, portable, WORKER } from "../../scripts/bundle.ts";
import { currentImportMap, IMPORT_MAPS } from "../../scripts/import_map.ts";
import { packJob, type WorkerAnswer } from "../../src/verify/job.ts";
import project from "../../deno.json" with { type: "json" };

const MODULES = `// ../../home/me/.cache/deno/npm/npm.example.org/@noble/curves/1.9.7/esm/p256.js
var require_x = __commonJS({
  "../cache dir/npm/localhost/kafkajs/2.2.4/src/index.js"(exports) {
  }
});
// deno:https://jsr.io/@std/cli/1.0.28/parse_args.ts
// https://jsr.io/@std/path/1.0.8/_os.ts is where this comes from
// src/cli/main.ts
const text = "../npm/of/a/1.0/text";
`;

Deno.test("portable() names modules by package and version when their paths are those of a cache", () => {
  assertEquals(
    portable(MODULES).split("\n").slice(0, 3),
    [
      "// npm:@noble/curves@1.9.7/esm/p256.js",
      "var require_x = __commonJS({",
      '  "npm:kafkajs@2.2.4/src/index.js"(exports) {',
    ],
  );
});

Deno.test("portable() refuses a module when it is neither in the project nor in a package", () => {
  assertThrows(() => portable("// ../elsewhere/secret.ts\n"), Error, 'Cannot bundle "../elsewhere/secret.ts"');
});

Deno.test("packagesIn() lists npm and JSR packages once each, sorted, when modules of them are in the bundle", () => {
  assertEquals(packagesIn(portable(MODULES)), [
    { registry: "npm", name: "@noble/curves", version: "1.9.7" },
    { registry: "jsr", name: "@std/cli", version: "1.0.28" },
    { registry: "npm", name: "kafkajs", version: "2.2.4" },
  ]);
});

Deno.test("bundleProgram() holds what the program imports and nothing else, the same each time, and runs", async () => {
  const folders = [await Deno.makeTempDir(), await Deno.makeTempDir()] as const;
  try {
    const packages = await bundleProgram(folders[0], currentImportMap());
    await bundleProgram(folders[1], currentImportMap());
    const names = packages.map(({ name }) => name);
    const standard = currentImportMap() === IMPORT_MAPS.jsr ? "@std/cli" : "deno-std";
    for (const name of ["kafkajs", "@atproto/repo", standard]) {
      assert(names.includes(name), `${name} is not in the bundle`);
    }
    for (const name of ["@atproto/sync", "cloudevents", "tar", "fflate", "yaml", "express", "prettier"]) {
      assert(!names.includes(name), `${name} is in the bundle`);
    }
    const [first, second] = [
      await Deno.readFile(`${folders[0]}/main.js`),
      await Deno.readFile(`${folders[1]}/main.js`),
    ];
    assertEquals(first.length, second.length);
    assert(first.every((byte, i) => byte === second[i]));
    assert(first.length < 3_000_000, `${first.length} bytes`);
    for (const name of ["main.js", WORKER, CORE]) {
      assertEquals((await Deno.stat(`${folders[0]}/${name}`)).mtime?.getTime(), 0);
    }
    assertEquals(
      await Deno.readFile(`${folders[0]}/${CORE}`),
      await Deno.readFile(new URL(`../../src/plane/${CORE}`, import.meta.url)),
    );
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-config", "--no-lock", "--no-npm", "-A", `${folders[0]}/main.js`, "--version"],
    }).output();
    assertEquals(new TextDecoder().decode(stdout).trim(), `bluesky_firehose ${project.version}`);
    assertEquals(await answerOf(new Worker(new URL(`file://${folders[0]}/${WORKER}`), { type: "module" })), [7, 0]);
  } finally {
    for (const folder of folders) await Deno.remove(folder, { recursive: true });
  }
});

/** What a worker that verifies answers to an empty job. */
async function answerOf(worker: Worker): Promise<[id: number, verdicts: number]> {
  const answered = new Promise<WorkerAnswer>((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
  });
  worker.postMessage({ mode: "proofs", mostKeys: 1 });
  worker.postMessage({ id: 7, job: packJob([]) });
  const { id, verdicts } = await answered.finally(() => worker.terminate());
  return [id, verdicts.length];
}
