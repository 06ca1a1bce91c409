import { assert, assertEquals, assertMatch } from "@std/assert";
import { binaryName, compileArgs, failureText, importsOf, readRequest, TARGETS } from "../../scripts/build.ts";
import { currentImportMap } from "../../scripts/import_map.ts";
import { programPermissions } from "../../scripts/program_flags.ts";
import { TestFolder } from "../support/folder.ts";

const ROOT = new URL("../../", import.meta.url);

Deno.test("binaryName() has the target in it where one is given, and the ending of Windows there alone", () => {
  assertEquals(binaryName("aarch64-apple-darwin"), "bluesky_firehose-aarch64-apple-darwin");
  assertEquals(binaryName("x86_64-pc-windows-msvc"), "bluesky_firehose-x86_64-pc-windows-msvc.exe");
  assertEquals(binaryName(null), Deno.build.os === "windows" ? "bluesky_firehose.exe" : "bluesky_firehose");
});

Deno.test("compileArgs() bakes in the program's permissions and no more", () => {
  const args = compileArgs(TARGETS[0], "/out/x", ["/cache/unused"]);
  assertEquals(args.filter((arg) => arg.startsWith("--allow") || arg === "-A").length, 5);
  for (const flag of programPermissions()) assert(args.includes(flag), flag);
  assertEquals(args.slice(-7), ["--exclude", "/cache/unused", "--target", TARGETS[0], "--output", "/out/x", "main.ts"]);
  assertEquals(compileArgs(null, "x", []).includes("--target"), false);
});

Deno.test("importsOf() keeps the rows that modules of the program import while it runs", () => {
  const graph = {
    modules: [
      {
        specifier: "file:///a/main.ts",
        dependencies: [
          { specifier: "used", code: {} },
          { specifier: "used/part.js", code: {} },
          { specifier: "deep/part.js", code: {} },
          { specifier: "typed" },
        ],
      },
      { specifier: "npm:/used@1.0.0", dependencies: [{ specifier: "theirs", code: {} }] },
    ],
  };
  const imports = {
    used: "npm:used@1.0.0",
    deep: "npm:deep@1.0.0",
    typed: "npm:t@1",
    theirs: "npm:x@1",
    test: "npm:y@1",
  };
  assertEquals(importsOf(graph, imports), { used: "npm:used@1.0.0", deep: "npm:deep@1.0.0" });
});

Deno.test("stageProgram() copies the modules of the program alone, and names no package of tests or of the build", async () => {
  await using folder = new TestFolder();
  // In a process of its own, as the tests may not read Deno's cache.
  const code = `import { stageProgram } from ${JSON.stringify(new URL("scripts/build.ts", ROOT).href)};
    console.log(JSON.stringify(await stageProgram(${JSON.stringify(folder.path)}, "${currentImportMap()}")));`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "-q", "--no-lock", `--import-map=${currentImportMap()}`, code],
    cwd: ROOT,
  }).output();
  const { imports } = JSON.parse(new TextDecoder().decode(stdout) || new TextDecoder().decode(stderr));
  const names = Object.keys(imports);
  for (const name of ["@atproto/sync", "@std/assert", "cloudevents"]) assertEquals(names.includes(name), false, name);
  for (const name of ["kafkajs", "@atproto/repo"]) assert(names.includes(name), names.join());
  const files = filesIn(folder.path);
  assert(files.includes("main.ts") && files.includes("src/pipeline/run.ts"));
  assertEquals(files.filter((file) => !/^(?:main\.ts|deno\.json|deno\.lock|src\/.*\.ts)$/.test(file)), []);
  const staged = JSON.parse(await Deno.readTextFile(folder.file("deno.json")));
  assertEquals(staged.imports, imports);
  const project = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  assertEquals(staged.version, project.version);
});

Deno.test("failureText() says what is wanted where the runtime stub cannot be fetched", () => {
  const text = failureText("error: Download https://dl.deno.land/release/v2.9.6/denort-x86_64.zip failed", TARGETS[1]);
  for (const part of [TARGETS[1], Deno.version.deno, "DENORT_BIN", "dl.deno.land"]) assert(text.includes(part), text);
  assertMatch(failureText("error: syntax", null), /^Cannot compile for this machine: /);
});

Deno.test("readRequest() reads targets and folder, and tells every mistake", () => {
  assertEquals(readRequest([], false), { targets: [null], outputDir: "dist", mistakes: [] });
  const [first, second] = TARGETS;
  assertEquals(readRequest(["--target", first, `--target=${second}`, "--output-dir", "x"], false), {
    targets: [first, second],
    outputDir: "x",
    mistakes: [],
  });
  assertEquals(readRequest(["--target", first, "--target", second], true).mistakes.length, 1);
  const { mistakes } = readRequest(["--targt", "x", "--target", "vax", "--output-dir="], false);
  for (const part of ["--targt", '"vax"', "--output-dir"]) {
    assert(mistakes.some((mistake) => mistake.includes(part)), `${part} in ${mistakes.join("\n")}`);
  }
});

function filesIn(folder: string, below = ""): string[] {
  return [...Deno.readDirSync(`${folder}/${below}`)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesIn(folder, `${below}${name}/`) : [`${below}${name}`]
  );
}
