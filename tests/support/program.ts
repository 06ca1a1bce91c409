/**
 * The program as a process of its own.
 *
 * @module
 */

const ROOT = new URL("../../", import.meta.url).pathname;
const MAP = new Deno.Command(Deno.execPath(), {
  args: ["run", "-q", "--no-lock", "--allow-import", `${ROOT}scripts/import_map.ts`],
  cwd: ROOT,
}).outputSync();
const IMPORT_MAP = new TextDecoder().decode(MAP.stdout);

/** How a run of the program ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Variables for the program; those of the test's own environment that it would read are hidden from it. */
export type Variables = Readonly<Record<string, string>>;

function command(args: readonly string[], env: Variables): Deno.Command {
  const inherited = ["PATH", "HOME", "DENO_DIR", "XDG_CACHE_HOME", "TMPDIR"];
  const kept = inherited.flatMap((name) => {
    const text = Deno.env.get(name);
    return text === undefined ? [] : [[name, text]];
  });
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", "--no-prompt", `--import-map=${ROOT}${IMPORT_MAP}`, `${ROOT}main.ts`, ...args],
    cwd: ROOT,
    clearEnv: true,
    env: { ...Object.fromEntries(kept), ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Runs the program to its end. */
export async function runProgram(args: readonly string[], env: Variables = {}): Promise<Ended> {
  const { code, stdout, stderr } = await command(args, env).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

/** A program that runs; its output is gathered. */
export class RunningProgram implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #gathered: Promise<void>[];
  stdout = "";
  stderr = "";

  constructor(args: readonly string[], env: Variables = {}) {
    this.#process = command(args, env).spawn();
    this.#gathered = [
      gather(this.#process.stdout, (text) => this.stdout += text),
      gather(this.#process.stderr, (text) => this.stderr += text),
    ];
  }

  kill(signal: Deno.Signal): void {
    try {
      this.#process.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  }

  /** The status once it ended and all its output was read. */
  async ended(): Promise<Ended> {
    const { code } = await this.#process.status;
    await Promise.all(this.#gathered);
    return { code, stdout: this.stdout, stderr: this.stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGKILL");
    await this.ended();
  }
}

async function gather(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
  for await (const text of stream.pipeThrough(new TextDecoderStream() as never)) take(String(text));
}
