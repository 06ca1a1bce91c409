/**
 * The project's programs as the bench starts them: from source, each in a process of its own.
 *
 * @module
 */
import { HEAP_FLAG } from "../scripts/program_flags.ts";

const ROOT = new URL("../", import.meta.url).pathname;

/** A program of the project: its output is piped, and what it says on standard error is dropped. */
export function program(importMap: string, args: readonly string[]): Deno.Command {
  return commandOf(importMap, args, "piped", "null");
}

/**
 * Starts the producer, into a topic of four partitions that it creates. `v8Flags`, which begin with a comma, go to V8
 * beside the program's own; what these make it print is piped.
 */
export function startProducer(
  importMap: string,
  { url, brokers, topic, cursorFile, v8Flags = "" }: {
    readonly url: string;
    readonly brokers: string;
    readonly topic: string;
    readonly cursorFile: string;
    readonly v8Flags?: string;
  },
): Deno.ChildProcess {
  const args = [
    ...[HEAP_FLAG + v8Flags, "main.ts", "stream", "--firehose-url", url, "--cursor", "oldest", "--collections", ""],
    ...["--kafka-bootstrap-servers", brokers, "--kafka-topic", topic, "--create-topic"],
    ...["--cursor-file", cursorFile, "--log-format", "text"],
  ];
  return commandOf(importMap, args, v8Flags === "" ? "null" : "piped", "inherit").spawn();
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
  stderr: "inherit" | "null",
): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "-q", "--lock=deno.lock", `--import-map=${importMap}`, ...args],
    cwd: ROOT,
    stdin: "null",
    stdout,
    stderr,
  });
}
