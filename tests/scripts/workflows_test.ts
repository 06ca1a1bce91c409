import { assert, assertEquals, assertMatch } from "@std/assert";
import { parse } from "yaml";
import { TARGETS } from "../../scripts/compile.ts";

interface Job {
  /** Another workflow that it consists of. */
  readonly uses?: string;
  readonly needs?: string | readonly string[];
  readonly if?: string;
  readonly "continue-on-error"?: unknown;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly "timeout-minutes"?: number;
  readonly steps?: readonly {
    readonly uses?: string;
    readonly run?: string;
    readonly if?: string;
    readonly "continue-on-error"?: unknown;
  }[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

/** The jobs of a workflow that must have succeeded before one begins. */
function before({ jobs }: Workflow, name: string): ReadonlySet<string> {
  const direct = [jobs[name]?.needs ?? []].flat();
  return new Set(direct.flatMap((each) => [each, ...before({ jobs } as Workflow, each)]));
}

const CI = "./.github/workflows/ci.yml";
const ROOT = new URL("../../", import.meta.url);
const read = (path: string) => Deno.readTextFile(new URL(path, ROOT));

for (const path of [".github/workflows/ci.yml", ".github/workflows/release.yml"]) {
  Deno.test(`${path} pins actions by commit, grants little, and limits each job`, async () => {
    const text = await read(path);
    const workflow = parse(text) as Workflow;
    assertEquals(workflow.permissions, { contents: "read" });
    const used = (text.match(/uses: .*/g) ?? []).filter((each) => each !== `uses: ${CI}`);
    assert(used.length > 4);
    for (const each of used) assertMatch(each, /^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    for (const [name, job] of Object.entries(workflow.jobs)) {
      // Those of another workflow have limits of their own.
      if (job.uses === CI) continue;
      assert(job["timeout-minutes"] !== undefined, name);
      // Whoever may write to the repository runs nothing of it.
      const isChecking = job.steps?.some(({ uses }) => uses?.startsWith("actions/checkout@"));
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
  Deno.test(`${path} takes the packages of deno.lock alone, asks for known weaknesses, compiles the core, fuzzes for 20 s, and makes ten faults`, async () => {
    const text = await read(path);
    assertMatch(text, /\bdeno cache .*--lock=deno\.lock --frozen/);
    assertMatch(text, /\bdeno audit --lock=deno\.lock --level high --ignore-registry-errors\n/);
    assertMatch(text, /\bdeno task fuzz --seconds 20\n/);
    assertMatch(text, /\bdeno task core --check\n/);
    assertMatch(text, /\bdeno task mutants --sample 10 /);
  });
}

Deno.test("release.yml publishes what build --all makes, and tries the archive of its own platform", async () => {
  const text = await read(".github/workflows/release.yml");
  assert(text.includes("deno task build --all --releases-url"));
  assert(TARGETS.some((target) => text.includes(`bluesky_firehose-${target}.tar.gz`)));
});

Deno.test("release.yml publishes nothing before all of ci.yml has succeeded: lock file, audit, gate, tests", async () => {
  const release = parse(await read(".github/workflows/release.yml")) as Workflow;
  const checks = Object.entries(release.jobs).filter(([, { uses }]) => uses === CI);
  assertEquals(checks.length, 1);
  const [check = ""] = checks.map(([name]) => name);
  const writing = Object.keys(release.jobs).filter((name) =>
    Object.values(release.jobs[name]?.permissions ?? {}).includes("write")
  );
  assert(writing.length >= 3 && writing.includes("publish"), writing.join());
  for (const [name, job] of Object.entries(release.jobs)) {
    // With a condition of its own a job may run though what it needs has failed.
    assertEquals([job.if, job["continue-on-error"]], [undefined, undefined], name);
    if (name !== check) assert(before(release, name).has(check), `${name} does not wait for ${check}`);
  }
  const ci = parse(await read(CI)) as Workflow;
  assert("workflow_call" in ci.on);
  const steps = ci.jobs["linux"]?.steps ?? [];
  const commands = ["--lock=deno.lock --frozen ", "deno audit --lock=deno.lock", "deno task gate", "deno task test"];
  for (const command of commands) {
    const step = steps.find(({ run }) => run?.includes(command));
    assert(step !== undefined, command);
    assertEquals([step.if, step["continue-on-error"]], [undefined, undefined], command);
  }
  for (const [name, job] of Object.entries(ci.jobs)) assertEquals(job["continue-on-error"], undefined, name);
});
