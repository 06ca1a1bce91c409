/**
 * `bluesky_firehose`: signals become an AbortSignal, the outcome becomes the exit status.
 *
 * @module
 */
import { columnsOf } from "./src/app/process.ts";
import { EXIT } from "./src/cli/exit.ts";
import { firstLine } from "./src/cli/first_line.ts";
import { eventWriter, writer } from "./src/cli/standard_streams.ts";

const stop = new AbortController();
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT", "SIGBREAK"] : ["SIGINT", "SIGTERM"];

/** Ctrl+C reaches the program and what runs it, such as `deno task`, which passes it on: the same so soon is the same. */
const PASSED_ON_WITHIN_MS = 300;
let first: { readonly signal: Deno.Signal; readonly atMs: number } | null = null;

for (const signal of SIGNALS) {
  Deno.addSignalListener(signal, () => {
    const atMs = performance.now();
    if (first === null) {
      first = { signal, atMs };
      stop.abort();
    } else if (signal !== first.signal || atMs - first.atMs > PASSED_ON_WITHIN_MS) Deno.exit(EXIT.interrupted.code);
  });
}

// Nothing else is loaded, or with an empty cache fetched, before this can be read.
const line = firstLine(Deno.args, (name) => Deno.env.get(name));
if (line !== null) writer(Deno.stdout, "ends")(`${line}\n`);

const { main } = await import("./src/cli/main.ts");
const exit = await main(Deno.args, {
  signal: stop.signal,
  env: Deno.env.toObject(),
  writeOut: writer(Deno.stdout, "ends"),
  writeErr: writer(Deno.stderr, "whole"),
  writeEvents: eventWriter(Deno.stdout),
  terminal: Deno.stderr.isTerminal(),
  outTerminal: Deno.stdout.isTerminal(),
  attached: [Deno.stdin, Deno.stdout, Deno.stderr].some((stream) => stream.isTerminal()),
  columns: () => columnsOf(Deno.consoleSize),
});
Deno.exitCode = EXIT[exit].code;
// Sockets of a library may still be closing; what had to be delivered is delivered, so nothing is waited for.
Deno.exit();
