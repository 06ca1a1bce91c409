/**
 * Makes the program into binaries with the Deno that runs this, with the licences of what they hold (NOTICES), and on
 * request into a release: an archive a target with README, LICENSE and NOTICES, SHA256SUMS, a bill of materials,
 * install.sh.
 *
 * @module
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import project from "../deno.json" with { type: "json" };
import { archiveName, checksums, pack } from "./archive.ts";
import { bundleProgram, type EmbeddedPackage, ROOT } from "./bundle.ts";
import { binaryName, compile, isStubMissing, programFile, STUB_ADVICE, TARGETS } from "./compile.ts";
import { currentImportMap, SPECIFIERS } from "./import_map.ts";
import { COMPILER } from "./core.ts";
import { coreLibrary, type Notice, noticesOf, noticesText } from "./notices.ts";
import { PUBLISHED } from "./published.ts";
import { billOfMaterials, type Lock } from "./sbom.ts";

/** Files of the repository that each archive holds beside the program. */
const DOCUMENTS = ["README.md", "LICENSE"] as const;
/** The licences of what a binary holds; also beside a bare binary. */
const NOTICES = "NOTICES";
const PROGRAM = "bluesky_firehose";
const SBOM = `${PROGRAM}.cdx.json`;
const INSTALLER = "install.sh";
const CHECKSUMS = "SHA256SUMS";

/** What is asked for, and everything that is wrong with it. */
export interface BuildRequest {
  /** Triples; null is this machine. */
  readonly targets: readonly (string | null)[];
  readonly outputDir: string;
  /** Whether to make a release in place of bare binaries. */
  readonly isRelease: boolean;
  /** Where install.sh of a release will find releases: the page of this project if no other is given. */
  readonly releasesUrl: string | null;
  /** One message each. */
  readonly errors: readonly string[];
}

const FLAGS = {
  target: { type: "string", multiple: true },
  all: { type: "boolean" },
  release: { type: "boolean" },
  "output-dir": { type: "string" },
  "releases-url": { type: "string" },
} as const;

function valuesOf(args: readonly string[]) {
  return parseArgs({ args: [...args], options: FLAGS }).values;
}

/** The values of the flags; what is no flag of ours is one more error, and then there are no values. */
function parsedArgs(args: readonly string[], errors: string[]): Partial<ReturnType<typeof valuesOf>> {
  try {
    return valuesOf(args);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const known = Object.keys(FLAGS).map((flag) => `--${flag}`).join(", ");
    errors.push(`${error.message}: expected ${known}`);
    return {};
  }
}

/** Reads the arguments; `hasStub` says whether DENORT_BIN names a stub, which fits one target only. */
export function readRequest(args: readonly string[], hasStub: boolean): BuildRequest {
  const errors: string[] = [];
  const parsed = parsedArgs(args, errors);
  const named = parsed.target ?? [];
  if (parsed.all && named.length > 0) errors.push("Cannot use --target: --all names every target already");
  const targets = parsed.all ? [...TARGETS] : named;
  for (const target of named) {
    if ((TARGETS as readonly string[]).includes(target)) continue;
    errors.push(`Cannot compile for "${target}": it is no target; expected one of ${TARGETS.join(", ")}`);
  }
  const outputDir = parsed["output-dir"] ?? "dist";
  if (outputDir === "") errors.push("Cannot use --output-dir: it has no value; expected a folder");
  if (hasStub && targets.length > 1) {
    errors.push(
      `Cannot compile for ${targets.length} targets: DENORT_BIN is the stub of one; expected one --target`,
    );
  }
  const isRelease = parsed.all === true || parsed.release === true;
  const given = parsed["releases-url"] ?? null;
  const releasesUrl = given ?? (isRelease ? PUBLISHED.releasesUrl : null);
  if (releasesUrl !== null && !/^https?:\/\/[^\s'"$`\\]+$/.test(releasesUrl)) {
    errors.push("Cannot use --releases-url: it is no http or https address; expected one without quotes and spaces");
  }
  if (given !== null && !isRelease) {
    errors.push("Cannot use --releases-url: expected --release or --all with it");
  }
  return { targets: targets.length === 0 ? [null] : targets, outputDir, isRelease, releasesUrl, errors };
}

/** install.sh with the address of the releases in it. */
export function stampInstaller(script: string, releasesUrl: string | null): string {
  if (releasesUrl === null) return script;
  const stamped = script.replace(/^default_releases=.*$/m, () => `default_releases='${releasesUrl}'`);
  if (stamped === script) throw new Error(`Cannot stamp ${INSTALLER}: it has no line "default_releases="`);
  return stamped;
}

/** Makes what is asked for; the answer is what went wrong, one message each. */
async function build({ targets, outputDir, isRelease, releasesUrl }: BuildRequest): Promise<readonly string[]> {
  await Deno.mkdir(outputDir, { recursive: true });
  const output = await Deno.realPath(outputDir);
  const temporary = await Deno.makeTempDir({ dir: tmpdir(), prefix: `${PROGRAM}_build_` });
  // The name of the folder gets into the binary.
  const folder = join(temporary, PROGRAM);
  const failures: string[] = [];
  const made: string[] = [];
  try {
    await Deno.mkdir(folder);
    // Those of an earlier build would not fit, should this one fail.
    if (isRelease) await Deno.remove(join(output, CHECKSUMS)).catch(() => {});
    const materials = await materialsOf(await bundleProgram(folder, currentImportMap()));
    const notices = noticesText(materials.notices, Deno.version.deno);
    for (const target of targets) {
      const triple = target ?? Deno.build.target;
      const staged = join(temporary, triple);
      await Deno.mkdir(staged, { recursive: true });
      const binary = isRelease ? join(staged, programFile(triple)) : join(output, binaryName(target));
      const failure = await compile(folder, target, binary);
      if (failure !== null) {
        failures.push(failure);
        continue;
      }
      const name = isRelease ? archiveName(triple) : binaryName(target);
      if (isRelease) {
        for (const each of DOCUMENTS) await Deno.copyFile(join(ROOT, each), join(staged, each));
        await Deno.writeTextFile(join(staged, NOTICES), notices);
        await pack(staged, [programFile(triple), ...DOCUMENTS, NOTICES], join(output, name));
        await Deno.remove(staged, { recursive: true });
      }
      made.push(name);
      say(Deno.stdout, join(outputDir, name));
    }
    if (!isRelease && made.length > 0) await Deno.writeTextFile(join(output, NOTICES), notices);
    // The checksums of an incomplete release would pass for those of a whole one.
    if (isRelease && failures.length === 0) {
      await Deno.writeTextFile(join(output, SBOM), sbomText(materials));
      const installer = stampInstaller(await Deno.readTextFile(join(ROOT, INSTALLER)), releasesUrl);
      await Deno.writeTextFile(join(output, INSTALLER), installer, { mode: 0o755 });
      await Deno.writeTextFile(join(output, CHECKSUMS), await checksums(output, [...made, SBOM, INSTALLER]));
      for (const name of [SBOM, INSTALLER, CHECKSUMS]) say(Deno.stdout, join(outputDir, name));
    }
  } catch (error) {
    failures.push(error instanceof Error ? error.message : String(error));
  } finally {
    await Deno.remove(temporary, { recursive: true });
  }
  return failures;
}

/** What a binary holds, with its licences, and the checksums of all that. */
interface Materials {
  readonly notices: readonly Notice[];
  readonly lock: Lock;
}

async function materialsOf(packages: readonly EmbeddedPackage[]): Promise<Materials> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"], cwd: ROOT }).output();
  const { npmCache } = JSON.parse(new TextDecoder().decode(stdout)) as { npmCache: string };
  const lock: Lock = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.lock")));
  const core = await coreLibrary();
  return {
    notices: [...await noticesOf(packages, npmCache), core.notice],
    lock: { ...lock, npm: { ...core.lock.npm, ...lock.npm } },
  };
}

function sbomText({ notices, lock }: Materials): string {
  const document = billOfMaterials({
    name: PROGRAM,
    version: project.version,
    license: project.license,
    denoVersion: Deno.version.deno,
    packages: notices,
    imports: [...SPECIFIERS[currentImportMap()], COMPILER],
    lock,
    licenseOf: (each) => notices.find((other) => other === each)?.license ?? null,
  });
  return `${JSON.stringify(document, null, 2)}\n`;
}

function say(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  stream.writeSync(new TextEncoder().encode(`${text}\n`));
}

if (import.meta.main) {
  const request = readRequest(Deno.args, (Deno.env.get("DENORT_BIN") ?? "") !== "");
  const failures = request.errors.length > 0 ? [] : await build(request);
  for (const each of [...request.errors, ...failures]) say(Deno.stderr, `Error: ${each}`);
  if (failures.some(isStubMissing)) say(Deno.stderr, STUB_ADVICE);
  Deno.exitCode = request.errors.length > 0 ? 2 : failures.length > 0 ? 1 : 0;
}
