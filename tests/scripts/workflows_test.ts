import { assert, assertEquals, assertMatch } from "@std/assert";
import { parse } from "yaml";
import { TARGETS } from "../../scripts/compile.ts";

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly jobs: Readonly<
    Record<string, {
      readonly permissions?: Readonly<Record<string, string>>;
      readonly "timeout-minutes"?: number;
      readonly steps: readonly { readonly uses?: string; readonly run?: string }[];
    }>
  >;
}

const ROOT = new URL("../../", import.meta.url);
const read = (path: string) => Deno.readTextFile(new URL(path, ROOT));

for (const path of [".github/workflows/ci.yml", ".github/workflows/release.yml"]) {
  Deno.test(`${path} pins actions by commit, grants little, and limits each job`, async () => {
    const text = await read(path);
    const workflow = parse(text) as Workflow;
    assertEquals(workflow.permissions, { contents: "read" });
    const used = text.match(/uses: .*/g) ?? [];
    assert(used.length > 4);
    for (const each of used) assertMatch(each, /^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    for (const [name, job] of Object.entries(workflow.jobs)) {
      assert(job["timeout-minutes"] !== undefined, name);
      // Whoever may write to the repository runs nothing of it.
      const isChecking = job.steps.some(({ uses }) => uses?.startsWith("actions/checkout@"));
      assert(!isChecking || job.permissions?.["contents"] !== "write", name);
    }
  });

  Deno.test(`${path} has the Deno of README and of the Dockerfile`, async () => {
    const version = (parse(await read(path)) as Workflow).env["DENO_VERSION"];
    assert((await read("README.md")).includes(`deno@${version} `));
    assert((await read("Dockerfile")).includes(`denoland/deno:${version} `));
  });
}

for (const path of [".github/workflows/ci.yml", ".ci/run"]) {
  Deno.test(`${path} takes the packages of deno.lock alone, asks for known weaknesses, and fuzzes for 20 s`, async () => {
    const text = await read(path);
    assertMatch(text, /\bdeno cache .*--lock=deno\.lock --frozen/);
    assertMatch(text, /\bdeno audit --lock=deno\.lock --level high --ignore-registry-errors\n/);
    assertMatch(text, /\bdeno task fuzz --seconds 20\n/);
  });
}

Deno.test("release.yml publishes what build --all makes, and tries the archive of its own platform", async () => {
  const text = await read(".github/workflows/release.yml");
  assert(text.includes("deno task build --all --releases-url"));
  assert(TARGETS.some((target) => text.includes(`bluesky_firehose-${target}.tar.gz`)));
});
