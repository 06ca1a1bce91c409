import { assert, assertEquals, assertThrows } from "@std/assert";
import { readRequest, stampInstaller } from "../../scripts/build.ts";
import { WORKER } from "../../scripts/bundle.ts";
import { binaryName, compileArgs, failureText, isStubMissing, STUB_ADVICE, TARGETS } from "../../scripts/compile.ts";
import { PUBLISHED } from "../../scripts/published.ts";
import { programFlags } from "../../scripts/program_flags.ts";

Deno.test("readRequest() wants a bare binary of this machine when nothing is said", () => {
  assertEquals(readRequest([], true), {
    targets: [null],
    outputDir: "dist",
    isRelease: false,
    releasesUrl: null,
    errors: [],
  });
});

Deno.test("readRequest() wants a release of every target when --all is given", () => {
  const { targets, isRelease, releasesUrl, errors } = readRequest(
    ["--all", "--releases-url", "https://example.com/o/r/releases"],
    false,
  );
  assertEquals([targets, isRelease, releasesUrl, errors], [
    [...TARGETS],
    true,
    "https://example.com/o/r/releases",
    [],
  ]);
});

for (
  const [args, said] of [
    [["--every"], "--every"],
    [["--target", "sparc"], '"sparc"'],
    [["--all", "--target", TARGETS[0]], "--all names every target"],
    [["--output-dir="], "--output-dir"],
    [["--release", "--releases-url", "ftp://x"], "--releases-url"],
    [["--release", "--releases-url", "https://x/'$(id)'"], "--releases-url"],
    [["--releases-url", "https://example.com"], "--releases-url"],
  ] as const
) {
  Deno.test(`readRequest() tells one error when it gets ${args.join(" ")}`, () => {
    const { errors } = readRequest(args, false);
    assertEquals(errors.length, 1, errors.join("\n"));
    assert(errors[0]?.includes(said), errors[0]);
  });
}

Deno.test("readRequest() refuses several targets when there is the stub of one", () => {
  assertEquals(readRequest(["--all"], true).errors.length, 1);
  assertEquals(readRequest(["--target", TARGETS[3]], true).errors, []);
});

Deno.test("readRequest() stamps the project's own releases page into a release when no other is given", () => {
  assertEquals(readRequest(["--release"], true).releasesUrl, PUBLISHED.releasesUrl);
  assertEquals(readRequest(["--target", TARGETS[0]], true).releasesUrl, null);
});

Deno.test("binaryName() names the target, and ends in .exe for Windows", () => {
  assertEquals(TARGETS.map((target) => binaryName(target)).toSorted(), [
    "bluesky_firehose-aarch64-apple-darwin",
    "bluesky_firehose-aarch64-unknown-linux-gnu",
    "bluesky_firehose-x86_64-apple-darwin",
    "bluesky_firehose-x86_64-pc-windows-msvc.exe",
    "bluesky_firehose-x86_64-unknown-linux-gnu",
  ]);
});

Deno.test("compileArgs() gives the program its least permissions and embeds no package when it has a target", () => {
  for (const target of TARGETS) {
    const args = compileArgs(target, "/out/x");
    assertEquals(args.slice(args.indexOf("--target")), [
      "--target",
      target,
      "--include",
      WORKER,
      "--output",
      "/out/x",
      "main.js",
    ]);
    for (const wanted of ["--no-npm", "--no-config", ...programFlags()]) assert(args.includes(wanted), wanted);
    assert(!args.includes("--allow-all") && !args.includes("-A"));
  }
});

Deno.test("failureText() names the stub, the target and why when Deno could not get it; what to do is said once", () => {
  const text = failureText("error: Writing deno compile executable: base binary not found", TARGETS[3]);
  for (const part of ["denort", Deno.version.deno, TARGETS[3]]) assert(text.includes(part), text);
  assert(isStubMissing(text) && !text.includes("DENORT_BIN"), text);
  for (const part of ["dl.deno.land", "DENORT_BIN", "--target"]) assert(STUB_ADVICE.includes(part), part);
  const printed = "error: Writing\n\nCaused by:\n    0: Setting up base binary.\n    1: dns error\n    2: more\n";
  assert(failureText(printed, null).endsWith("and the download failed: dns error"), failureText(printed, null));
  assert(!isStubMissing(failureText("error: no module", null)));
});

Deno.test("stampInstaller() writes the address into install.sh, and refuses a script without the line", async () => {
  const script = await Deno.readTextFile(new URL("../../install.sh", import.meta.url));
  const stamped = stampInstaller(script, "https://example.com/o/r/releases");
  assert(stamped.includes("\ndefault_releases='https://example.com/o/r/releases'\n"));
  assertEquals(stampInstaller(script, null), script);
  assertThrows(() => stampInstaller("echo\n", "https://example.com"), Error, "default_releases");
});
