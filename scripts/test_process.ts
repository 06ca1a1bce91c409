/**
 * One process of `deno test`, and what its results are.
 *
 * @module
 */
import { LEFT_OUT, type Need, NEEDS } from "./test_needs.ts";

/** A process that prints nothing for so long is ended: its tests wait for what will not come. */
const SILENT_MS = 600_000;

/** One test, with its time in seconds. */
export interface TestTime {
  readonly path: string;
  readonly name: string;
  readonly seconds: number;
}

/** What came of the files of one process. */
export interface Results {
  readonly passed: number;
  readonly failed: number;
  /** The tests that were left out, by what they need. */
  readonly leftOut: readonly { readonly need: Need; readonly name: string }[];
  /** Tests that are ignored for another reason, such as another system. */
  readonly ignored: number;
  readonly times: readonly TestTime[];
  /** What went wrong, in Deno's words; empty if nothing did. */
  readonly failures: string;
  /** Whether Deno came to its end: if not, nothing is known of the tests but that they failed. */
  readonly ended: boolean;
}

/** Runs `deno test` with these arguments. */
export async function runTests(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<Results> {
  const report = await Deno.makeTempFile({ prefix: "bluesky_firehose_tests_", suffix: ".xml" });
  try {
    const process = new Deno.Command(Deno.execPath(), {
      args: ["test", "--no-check", `--junit-path=${report}`, ...args],
      cwd,
      env: { ...env, NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    let text = "";
    let timer: ReturnType<typeof setTimeout> | undefined;
    const rest = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        text += `\nNothing was printed for ${SILENT_MS / 60_000} minutes\n`;
        process.kill("SIGKILL");
      }, SILENT_MS);
    };
    rest();
    const read = async (stream: ReadableStream<Uint8Array>) => {
      const decoder = new TextDecoder();
      for await (const bytes of stream) {
        text += decoder.decode(bytes, { stream: true });
        rest();
      }
    };
    const [{ code }] = await Promise.all([process.status, read(process.stdout), read(process.stderr)]);
    clearTimeout(timer);
    return readResults(text, await Deno.readTextFile(report), code);
  } finally {
    await Deno.remove(report);
  }
}

/** The results of a process, by what it printed, its report in the form of JUnit, and its status. */
export function readResults(text: string, report: string, code: number): Results {
  const leftOut = [...text.matchAll(new RegExp(`^${LEFT_OUT}(\\S+) (.+)$`, "gm"))].flatMap(([, need = "", name = ""]) =>
    isNeed(need) ? [{ need, name }] : []
  );
  const [summary] = [...text.matchAll(/^(?:ok|FAILED) \| (.+)$/gm)].map(([, counts = ""]) => counts).slice(-1);
  const count = (what: string) => Number(new RegExp(`(\\d+) ${what}`).exec(summary ?? "")?.[1] ?? 0);
  const paths = pathsIn(text);
  const times = [...report.matchAll(/<testcase name="([^"]*)" classname="[^"]*" time="([^"]*)"/g)].flatMap(
    ([, escaped = "", seconds = ""]) => {
      const name = plain(escaped);
      const path = paths.get(name);
      return path === undefined ? [] : [{ path, name, seconds: Number(seconds) }];
    },
  );
  const unrun = new Set([...text.matchAll(/^(.+) \.\.\. ignored/gm)].map(([, name]) => name));
  // A test that begins and then finds that it cannot go on ends well for Deno.
  const begun = leftOut.filter(({ name }) => !unrun.has(name)).length;
  // Deno also fails for what is no test, such as a module that does not load.
  const failed = code === 0 ? 0 : Math.max(1, count("failed"));
  return {
    passed: count("passed") - begun,
    failed,
    leftOut,
    ignored: count("ignored") - (leftOut.length - begun),
    times,
    failures: failed === 0 ? "" : failuresIn(text),
    ended: summary !== undefined,
  };
}

/** The file of each test: the report names the place that registers it, which may be a helper. */
function pathsIn(text: string): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  let path = "";
  for (const line of text.split("\n")) {
    path = /^running \d+ tests? from (?:\.\/)?(.+)$/.exec(line)?.[1] ?? path;
    const name = /^(\S.*?) \.\.\./.exec(line)?.[1];
    if (name !== undefined) paths.set(name, path);
  }
  return paths;
}

function isNeed(text: string): text is Need {
  return Object.hasOwn(NEEDS, text);
}

/** The errors that Deno lists, each test's own output before them; all of the text if it lists none. */
function failuresIn(text: string): string {
  const [, errors] = /\n ERRORS \n\n([^]*?)\n FAILURES \n/.exec(text) ?? [];
  if (errors === undefined) return text.trim();
  const outputs = [...text.matchAll(/^(.+) \.\.\.\n(-+ output -+\n[^]*?\n-+ output end -+)\n\1 \.\.\. FAILED/gm)];
  return [...outputs.map(([, name, output]) => `${name}\n${output}`), errors.trim()].join("\n\n");
}

/** Text as it was before it was put into XML. */
function plain(text: string): string {
  return text.replaceAll("&quot;", '"').replaceAll("&apos;", "'").replaceAll("&gt;", ">").replaceAll("&lt;", "<")
    .replaceAll("&amp;", "&");
}
