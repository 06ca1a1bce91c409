/**
 * The program as a process of its own.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { printed, until } from "./wait.ts";

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

/** Deno and its arguments that run the program from source. */
export function programCommand(args: readonly string[]): readonly [string, ...string[]] {
  return [
    Deno.execPath(),
    ...[
      "run",
      "-q",
      "-A",
      "--no-prompt",
      `--lock=${ROOT}deno.lock`,
      `--import-map=${ROOT}${IMPORT_MAP}`,
      `${ROOT}main.ts`,
      ...args,
    ],
  ];
}

/** The variables that Deno itself needs, which are all that the program inherits. */
export function inherited(): Variables {
  const names = ["PATH", "HOME", "DENO_DIR", "XDG_CACHE_HOME", "TMPDIR"];
  return Object.fromEntries(names.flatMap((name) => {
    const text = Deno.env.get(name);
    return text === undefined ? [] : [[name, text]];
  }));
}

function command(args: readonly string[], env: Variables): Deno.Command {
  const [program, ...programArgs] = programCommand(args);
  return new Deno.Command(program, {
    args: programArgs,
    cwd: ROOT,
    clearEnv: true,
    env: { ...inherited(), ...env },
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

/** What is read of a program's standard output: all, its beginning (then the pipe is closed), or nothing. */
export type Reading = "all" | "beginning" | "none";

/** A process that runs; its output is gathered. */
export class RunningProcess implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #gathered: Promise<void>[];
  readonly #reading: Reading;
  stdout = "";
  stderr = "";
  /** The status once it has ended. */
  code: number | null = null;

  /** Of a process with its output piped. */
  constructor(process: Deno.ChildProcess, reading: Reading = "all") {
    this.#process = process;
    this.#reading = reading;
    void this.#process.status.then(({ code }) => this.code = code);
    this.#gathered = [
      reading === "none" ? Promise.resolve() : gather(this.#process.stdout, (text) => this.stdout += text, reading),
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

  /** The status once it ended and all its output was read; fails when nothing has moved for long, and it runs on. */
  async ended(): Promise<Ended> {
    try {
      await until("the end of the program", () => this.code !== null);
    } catch (error) {
      throw new Error(`The program runs on: ${this.stderr}`, { cause: error });
    }
    const { code } = await this.#process.status;
    if (this.#reading === "none" && !this.#process.stdout.locked) await this.#process.stdout.cancel();
    await Promise.all(this.#gathered);
    return { code, stdout: this.stdout, stderr: this.stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGKILL");
    await this.ended();
  }
}

/** The program, running. */
export class RunningProgram extends RunningProcess {
  constructor(args: readonly string[], env: Variables = {}, reading: Reading = "all") {
    super(command(args, env).spawn(), reading);
  }

  /**
   * Waits until it says something: a process that has only just begun dies of a signal, and what a test waited for
   * before that may be the work of an earlier instance.
   */
  async speaks(something = ""): Promise<void> {
    await until(
      `the program to speak ${something}`,
      () => (this.stderr !== "" && this.stderr.includes(something)) || this.code !== null,
    );
  }

  /** Ends a stream that started, as an operator does, and gives what it said. */
  async stop(): Promise<string> {
    await this.speaks("Started");
    this.kill("SIGTERM");
    const { code, stderr } = await this.ended();
    assertEquals(code, 0, stderr);
    return stderr;
  }
}

async function gather(
  stream: ReadableStream<Uint8Array>,
  take: (text: string) => void,
  reading: Reading = "all",
): Promise<void> {
  for await (const text of stream.pipeThrough(new TextDecoderStream() as never)) {
    take(String(text));
    printed(String(text));
    // Leaving the loop cancels the stream, which closes the pipe.
    if (reading === "beginning") return;
  }
}
