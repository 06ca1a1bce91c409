/**
 * The project's programs as the bench starts them: from source, each in a process of its own.
 *
 * @module
 */
import { HEAP_FLAG } from "../scripts/program_flags.ts";

const ROOT = new URL("../", import.meta.url).pathname;

/** A program of the project: its output is piped, and what it says on standard error is dropped, or piped too. */
export function program(importMap: string, args: readonly string[], stderr: "null" | "piped" = "null"): Deno.Command {
  return commandOf(importMap, args, "piped", stderr);
}

/**
 * Starts the producer, into a topic of four partitions that it creates. `v8Flags`, which begin with a comma, go to V8
 * beside the program's own; what these make it print is piped.
 */
export function startProducer(
  importMap: string,
  { url, brokers, topic, cursorFile, v8Flags = "", logLevel = "info", stderr = "inherit" }: {
    readonly url: string;
    readonly brokers: string;
    readonly topic: string;
    readonly cursorFile: string;
    readonly v8Flags?: string;
    readonly logLevel?: "info" | "debug";
    readonly stderr?: "inherit" | "piped";
  },
): Deno.ChildProcess {
  const args = [
    ...[HEAP_FLAG + v8Flags, "main.ts", "stream", "--firehose-url", url, "--cursor", "oldest", "--collections", ""],
    ...["--kafka-bootstrap-servers", brokers, "--kafka-topic", topic, "--create-topic"],
    ...["--cursor-file", cursorFile, "--log-format", "text", "--log-level", logLevel],
  ];
  return commandOf(importMap, args, v8Flags === "" ? "null" : "piped", stderr).spawn();
}

/** A producer that is asked how far it is. */
export interface Measured extends AsyncDisposable {
  /** Its metrics as they are now. */
  metrics(): Promise<string>;
}

/** Starts the producer with these flags, into topics of four partitions that it creates, and waits for its metrics. */
export async function startMeasured(
  importMap: string,
  { url, brokers, cursorFile, flags, env = {} }: {
    readonly url: string;
    readonly brokers: string;
    readonly cursorFile: string;
    readonly flags: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  },
): Promise<Measured> {
  const args = [
    ...[HEAP_FLAG, "main.ts", "stream", "--firehose-url", url, "--cursor", "oldest", "--cursor-file", cursorFile],
    ...["--kafka-bootstrap-servers", brokers, "--create-topic", "--topic-replication", "1"],
    ...["--log-format", "json", "--metrics-port", "0", ...flags],
  ];
  const process = commandOf(importMap, args, "null", "piped", env).spawn();
  let told = "";
  let isOver = false;
  const { promise: found, resolve } = Promise.withResolvers<string>();
  const reading = (async () => {
    for await (const text of process.stderr.pipeThrough(new TextDecoderStream() as never)) {
      told += String(text);
      const address = /"url":"(http:[^"]+\/metrics)"/.exec(told)?.[1];
      if (address !== undefined) resolve(address);
    }
  })();
  const address = await Promise.race([found, reading.then(() => null)]);
  if (address === null) throw new Error(`Cannot measure ${flags.join(" ")}: the producer ended: ${told.trim()}`);
  return {
    metrics: async () => await (await fetch(address)).text(),
    [Symbol.asyncDispose]: async () => {
      if (isOver) return;
      isOver = true;
      process.kill("SIGKILL");
      await Promise.all([process.status, reading]);
    },
  };
}

/** Resident memory of a process in megabytes, from /proc. */
export async function residentMb(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? NaN) * 1024 / 1e6);
}

function commandOf(
  importMap: string,
  args: readonly string[],
  stdout: "piped" | "null",
  stderr: "inherit" | "null" | "piped",
  env: Readonly<Record<string, string>> = {},
): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    env: { ...env },
    args: ["run", "-A", "-q", "--lock=deno.lock", `--import-map=${importMap}`, ...args],
    cwd: ROOT,
    stdin: "null",
    stdout,
    stderr,
  });
}
