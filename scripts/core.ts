/**
 * Compiles the core: `deno task core`. The compiler gives the same bytes on every machine, so with `--check` it only says
 * whether src/plane/core.wasm is what core/ gives.
 *
 * @module
 */

/** The compiler; core.wasm holds parts of its library. */
export const COMPILER = "npm:assemblyscript@0.28.20/asc";
/** The checksums of the compiler's packages; deno.lock has none of them, as the program imports none. */
export const COMPILER_LOCK = "core/deno.lock";
const ENTRY = "core/core.ts";
const TARGET = "src/plane/core.wasm";
/** 51 MiB, as core/layout.ts has it. */
const PAGES = "816";

/** Compiles to a file. */
async function compile(path: string): Promise<void> {
  const memory = ["--initialMemory", PAGES, "--maximumMemory", PAGES, "--runtime", "stub"];
  const speed = ["--optimizeLevel", "3", "--shrinkLevel", "0", "--noAssert", "--enable", "simd,bulk-memory"];
  const compiler = ["run", "-A", "-q", "--no-config", `--lock=${COMPILER_LOCK}`, "--frozen", COMPILER];
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: [...compiler, ENTRY, "--outFile", path, ...memory, ...speed],
  }).spawn().status;
  if (code !== 0) throw new Error(`Cannot compile ${ENTRY}: see above`);
}

if (import.meta.main) {
  if (!Deno.args.includes("--check")) await compile(TARGET);
  else {
    const folder = await Deno.makeTempDir();
    try {
      await compile(`${folder}/core.wasm`);
      const [made, kept] = await Promise.all([Deno.readFile(`${folder}/core.wasm`), Deno.readFile(TARGET)]);
      if (made.toBase64() !== kept.toBase64()) {
        throw new Error(`${TARGET} is not what core/ gives: run "deno task core"`);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
}
